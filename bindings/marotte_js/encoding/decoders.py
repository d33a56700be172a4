"""Decoders of the legacy encodings: Python's codecs, brought in line with the Encoding standard."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from functools import cache
from typing import Protocol

__all__ = ["Decoder", "decoder_for"]

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
CODECS = {
    "ibm866": "cp866",
    "iso-8859-8-i": "iso8859-8",
    "koi8-u": "koi8-u",
    "macintosh": "mac-roman",
    "windows-874": "cp874",
    "x-mac-cyrillic": "mac-cyrillic",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "iso-2022-jp": "iso2022_jp_ext",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "utf-16be": "utf-16-be",
    "utf-16le": "utf-16-le",
}
MULTIBYTE = frozenset(
    "gbk gb18030 big5 euc-jp iso-2022-jp shift_jis euc-kr utf-16be utf-16le".split()
)
# Bytes that the standard maps otherwise than Python's codec does.
CORRECTIONS = {
    "koi8-u": {
        0xAE: "\N{CYRILLIC SMALL LETTER SHORT U}",
        0xBE: "\N{CYRILLIC CAPITAL LETTER SHORT U}",
    },
}


class Decoder(Protocol):
    """Decodes piece by piece; an incremental decoder of :mod:`codecs`."""

    def decode(self, data: bytes, final: bool = False, /) -> str:
        """The text of `data`, as far as it is complete.

        Raises:
            UnicodeDecodeError: Invalid bytes, where they are an error.
        """
        ...

    def reset(self) -> None:
        """Forget what was not complete."""
        ...


class SingleByteDecoder:
    """An encoding of one byte a character, as a table of 256."""

    def __init__(self, encoding: str, fatal: bool) -> None:
        self._encoding = encoding
        self._table = _table(encoding)
        self._fatal = fatal

    def decode(self, data: bytes, final: bool = False, /) -> str:
        text = data.decode("latin-1").translate(self._table)
        if self._fatal and REPLACEMENT in text:
            raise UnicodeDecodeError(self._encoding, data, 0, len(data), "invalid byte")
        return text

    def reset(self) -> None:
        """Nothing is ever incomplete."""


def _table(encoding: str) -> dict[int, str]:
    if encoding == "x-user-defined":
        return {byte: chr(0xF780 + byte - 0x80) for byte in range(0x80, 0x100)}
    codec = CODECS.get(encoding, encoding)
    table = {byte: _character(codec, byte) for byte in range(0x80, 0x100)}
    return table | CORRECTIONS.get(encoding, {})


def _character(codec: str, byte: int) -> str:
    """What a byte means; a control where Python has nothing, as in the standard's indexes."""
    text = bytes([byte]).decode(codec, "replace")
    return chr(byte) if text == REPLACEMENT and byte < 0xA0 else text


# Characters that Python's codecs choose where the standard's indexes, which are those of Windows,
# have another; the last four stand for bytes that have no meaning at all.
_FULLWIDTH = {
    0x301C: 0xFF5E,
    0x2016: 0x2225,
    0x2212: 0xFF0D,
    0x00A2: 0xFFE0,
    0x00A3: 0xFFE1,
    0x00AC: 0xFFE2,
}
# Python's GB 18030 is that of 2000: these characters had no code points of their own yet.
_SINCE_2000 = {
    **dict(
        zip(range(0xE78D, 0xE797), (0xFE10, 0xFE12, 0xFE11, *range(0xFE13, 0xFE1A)), strict=True)
    ),
    0x1E3F: 0xE7C7,
    0xE5E5: 0x3000,
    0xE7C7: 0x1E3F,
    0xE81E: 0x9FB4,
    0xE826: 0x9FB5,
    0xE82B: 0x9FB6,
    0xE82C: 0x9FB7,
    0xE832: 0x9FB8,
    0xE843: 0x9FB9,
    0xE854: 0x9FBA,
    0xE864: 0x9FBB,
}
TRANSLATIONS: dict[str, dict[int, int]] = {
    "gbk": _SINCE_2000,
    "gb18030": _SINCE_2000,
    "euc-jp": _FULLWIDTH,
    "iso-2022-jp": _FULLWIDTH,
    "shift_jis": dict.fromkeys(range(0xF8F0, 0xF8F4), ord(REPLACEMENT)),
}


class MultibyteDecoder:
    """An encoding of several bytes a character."""

    def __init__(self, encoding: str, fatal: bool) -> None:
        codec = CODECS.get(encoding, encoding)
        self._decoder = codecs.getincrementaldecoder(codec)(_error_handler(encoding, fatal))
        self._encoding = encoding
        self._fatal = fatal

    def decode(self, data: bytes, final: bool = False, /) -> str:
        text = self._decoder.decode(data, final)
        translation = TRANSLATIONS.get(self._encoding)
        if translation is None:
            return text
        text = text.translate(translation)
        if self._fatal and REPLACEMENT in text:
            raise UnicodeDecodeError(self._encoding, data, 0, len(data), "invalid byte")
        return text

    def reset(self) -> None:
        self._decoder.reset()


@cache
def _error_handler(encoding: str, fatal: bool) -> str:
    """The name of an error handler that knows what Python's codec does not."""
    leads = LEADS.get(encoding)
    if leads is None:
        return "strict" if fatal else "replace"
    rescue = RESCUES.get(encoding, _hopeless)

    def handle(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        data = error.object[error.start : error.start + 3]
        text, used = rescue(data[:2])
        if used:
            return text, error.start + used
        if fatal:
            raise error
        return REPLACEMENT, error.start + _invalid(data, leads)

    name = f"marotte-{encoding}-{'fatal' if fatal else 'replace'}"
    codecs.register_error(name, handle)
    return name


def _invalid(data: bytes, leads: bytes) -> int:
    """How many bytes one replacement stands for: a lead takes trails with it, but never ASCII."""
    if data[0] not in leads or len(data) < 2 or data[1] < 0x80:
        return 1
    three = data[0] == 0x8F and leads is EUC_LEADS and data[1] >= 0xA1
    return 3 if three and len(data) == 3 and data[2] >= 0x80 else 2


EUC_LEADS = bytes([0x8E, 0x8F, *range(0xA1, 0xFF)])
LEADS: dict[str, bytes] = {
    **dict.fromkeys(("gbk", "gb18030", "big5", "euc-kr"), bytes(range(0x81, 0xFF))),
    "shift_jis": bytes([*range(0x81, 0xA0), *range(0xE0, 0xFD)]),
    "euc-jp": EUC_LEADS,
    "iso-2022-jp": b"",
}


def _hopeless(data: bytes) -> tuple[str, int]:
    return "", 0


def _gb18030(data: bytes) -> tuple[str, int]:
    return ("\N{EURO SIGN}", 1) if data[:1] == b"\x80" else ("", 0)


def _big5(data: bytes) -> tuple[str, int]:
    return ("\N{EURO SIGN}", 2) if data == b"\xa3\xe1" else ("", 0)


def _jis0208(data: bytes) -> tuple[str, int]:
    """The rows that NEC and IBM added, which Python has in its codec for Windows only."""
    if len(data) < 2:
        return "", 0
    row, cell = ((byte & 0x7F) - 0x20 for byte in data)
    if row not in (13, 89, 90, 91, 92) or not 1 <= cell <= 94:
        return "", 0
    lead = (row - 1) // 2 + (0x81 if row <= 62 else 0xC1)
    trail = cell + (0x9E if row % 2 == 0 else 0x40 if cell >= 64 else 0x3F)
    text = bytes([lead, trail]).decode("cp932", "ignore")
    return text, 2 if text else 0


RESCUES: dict[str, Callable[[bytes], tuple[str, int]]] = {
    "gbk": _gb18030,
    "gb18030": _gb18030,
    "big5": _big5,
    "euc-jp": _jis0208,
    "iso-2022-jp": _jis0208,
}


def decoder_for(encoding: str, fatal: bool) -> Decoder:
    """A decoder of one of the encodings in :data:`marotte_js.encoding.labels.LABELS`."""
    if encoding not in MULTIBYTE:
        return SingleByteDecoder(encoding, fatal)
    return MultibyteDecoder(encoding, fatal)
