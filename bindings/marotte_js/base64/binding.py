"""The binding: pure JavaScript, declared here."""

from __future__ import annotations

from marotte.realm import Binding, face_source, host_function

__all__ = ["BINDING"]


@host_function(effect="control")
def atob(data: str) -> str:
    """Decode base64 into a text whose characters are bytes, U+0000 to U+00FF.

    Args:
        data: Base64, with white space anywhere and padding or none; anything else throws a
            `DOMException` named `InvalidCharacterError`.
    """
    raise NotImplementedError("implemented by the face")


@host_function(effect="control")
def btoa(data: str) -> str:
    """Encode a text whose characters are bytes as base64.

    Args:
        data: Characters up to U+00FF; one beyond throws a `DOMException` named
            `InvalidCharacterError`.
    """
    raise NotImplementedError("implemented by the face")


BINDING = Binding(
    name="base64",
    declared=[atob, btoa],
    global_names=["atob", "btoa"],
    face=face_source("marotte_js.base64"),
    doc="Base64.",
)
