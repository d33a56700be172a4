"""The binding: the operating system has the randomness."""

from __future__ import annotations

import base64
import secrets
import uuid
from typing import Annotated, Protocol

from marotte.realm import Binding, TypeScript, face_source, host_function, js_name

__all__ = ["BINDING", "Crypto"]

IntegerArray = Annotated[
    object,
    TypeScript(
        "T",
        parameters=(
            "T extends Int8Array | Uint8Array | Uint8ClampedArray | Int16Array | Uint16Array | "
            "Int32Array | Uint32Array | BigInt64Array | BigUint64Array",
        ),
    ),
]


@host_function(name="_randomBytes", effect="control")
def random_bytes(count: int) -> str:
    """Random bytes, as base64."""
    return base64.b64encode(secrets.token_bytes(count)).decode("ascii")


@host_function(name="_randomUUID", effect="control")
def random_uuid() -> str:
    """A random UUID."""
    return str(uuid.uuid4())


class Crypto(Protocol):
    """Random values, good enough for keys."""

    def get_random_values(self, array: IntegerArray) -> IntegerArray:
        """Fill an array with random integers, and answer it.

        Args:
            array: At most 65 536 bytes; more throws a `DOMException` named `QuotaExceededError`,
                an array of other things one named `TypeMismatchError`.
        """

    @js_name("randomUUID")
    def random_uuid(self) -> str:
        """Make a random (version 4) UUID."""


BINDING = Binding(
    name="crypto",
    functions=[random_bytes, random_uuid],
    declared_classes=[Crypto],
    declared_values={"crypto": Crypto},
    global_names=["Crypto", "crypto"],
    face=face_source("marotte_js.crypto"),
    doc="Random values.",
)
