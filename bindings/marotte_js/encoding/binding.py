"""The binding: the codecs are Python's."""

from __future__ import annotations

import base64
import codecs
from typing import Annotated, Protocol

from pydantic import BaseModel, ConfigDict, Field

from marotte.realm import Binding, HostObject, TypeScript, face_source, host_function, host_method
from marotte_js.encoding.decoders import Decoder, decoder_for
from marotte_js.encoding.labels import encoding_of

__all__ = ["BINDING", "TextDecoder", "TextEncoder"]

Bytes = Annotated[object, TypeScript("Uint8Array")]
BufferSource = Annotated[object, TypeScript("ArrayBuffer | SharedArrayBuffer | ArrayBufferView")]


class InvalidDataError(ValueError):
    """Bytes that are not valid in an encoding, met by a decoder that is fatal."""

    js_name = "TypeError"


@host_function(name="_encode", effect="control")
def encode(text: str) -> str:
    """The UTF-8 of a text, as base64."""
    return base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")


@host_function(name="_decodeUtf8", effect="control")
def decode_utf8(data: str, fatal: bool, final: bool) -> str:
    """The text of base64 bytes, behind a digit: how many bytes at the end await more."""
    given = base64.b64decode(data)
    try:
        text, used = codecs.utf_8_decode(given, "strict" if fatal else "replace", final)
    except UnicodeDecodeError:
        raise InvalidDataError("the encoded data was not valid for encoding utf-8") from None
    return f"{len(given) - used}{text}"


@host_function(name="_encoding", effect="control")
def encoding(label: str) -> str | None:
    """The encoding that a label means, or nothing."""
    return encoding_of(label)


class LegacyDecoder(HostObject):
    """Decodes a stream of bytes in an encoding other than UTF-8."""

    def __init__(self, encoding: str, decoder: Decoder) -> None:
        self._encoding = encoding
        self._decoder = decoder

    @host_method(effect="control")
    def decode(self, data: str, final: bool) -> str:
        """The text of base64 bytes, as far as they are complete."""
        try:
            return self._decoder.decode(base64.b64decode(data), final)
        except UnicodeDecodeError:
            self._decoder.reset()
            raise InvalidDataError(
                f"the encoded data was not valid for encoding {self._encoding}"
            ) from None

    @host_method(effect="control")
    def reset(self) -> None:
        """Forget what was not complete."""
        self._decoder.reset()


@host_function(name="_decoder", effect="control")
def decoder(encoding: str, fatal: bool) -> LegacyDecoder:
    """Make a decoder."""
    return LegacyDecoder(encoding, decoder_for(encoding, fatal))


class TextDecoderOptions(BaseModel):
    """How to decode."""

    model_config = ConfigDict(frozen=True)

    fatal: bool = Field(default=False, description="Whether invalid bytes are an error.")
    ignoreBOM: bool = Field(default=False, description="Whether a byte order mark is kept.")


class TextDecodeOptions(BaseModel):
    """What comes after."""

    model_config = ConfigDict(frozen=True)

    stream: bool = Field(default=False, description="Whether more bytes will follow.")


class TextEncoderEncodeIntoResult(BaseModel):
    """How far `encodeInto` came."""

    model_config = ConfigDict(frozen=True)

    read: int = Field(description="UTF-16 code units taken.")
    written: int = Field(description="Bytes written.")


class TextEncoder(Protocol):
    """Turns text into UTF-8."""

    def __init__(self) -> None:
        """Make an encoder."""

    @property
    def encoding(self) -> str:
        """Always `utf-8`."""

    def encode(self, input: str = "") -> Bytes:
        """The UTF-8 of a text; lone surrogates become U+FFFD.

        Args:
            input: The text.
        """

    def encode_into(self, source: str, destination: Bytes) -> TextEncoderEncodeIntoResult:
        """Write the UTF-8 of as many characters as fit.

        Args:
            source: The text.
            destination: Where to, from its beginning.
        """


class TextDecoder(Protocol):
    """Turns bytes into text, at once or piece by piece."""

    def __init__(self, label: str = "utf-8", options: TextDecoderOptions | None = None) -> None:
        """Make a decoder.

        Args:
            label: A label of the Encoding standard; an unknown one throws a `RangeError`.
            options: How to decode.
        """

    @property
    def encoding(self) -> str:
        """The name of the encoding, in lower case."""

    @property
    def fatal(self) -> bool:
        """Whether invalid bytes are a `TypeError`, not U+FFFD."""

    @property
    def ignoreBOM(self) -> bool:
        """Whether a byte order mark is kept."""

    def decode(self, input: BufferSource = None, options: TextDecodeOptions | None = None) -> str:
        """The text of bytes, and of those that were left over from the last piece.

        Args:
            input: The bytes.
            options: Whether more will follow.
        """


BINDING = Binding(
    name="encoding",
    functions=[encode, decode_utf8, encoding, decoder],
    declared_classes=[TextEncoder, TextDecoder],
    global_names=["TextEncoder", "TextDecoder"],
    face=face_source("marotte_js.encoding"),
    doc="Text as bytes.",
)
