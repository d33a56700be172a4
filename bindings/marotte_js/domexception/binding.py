"""The binding: what the web's own interfaces throw."""

from __future__ import annotations

from typing import ClassVar, Protocol

from marotte.realm import Binding, face_source

__all__ = ["BINDING", "DOMException"]


class DOMException(Protocol):
    """What the web's interfaces throw; its `name` says what happened, such as `AbortError`."""

    js_extends: ClassVar[str] = "Error"

    INDEX_SIZE_ERR: ClassVar[int]
    DOMSTRING_SIZE_ERR: ClassVar[int]
    HIERARCHY_REQUEST_ERR: ClassVar[int]
    WRONG_DOCUMENT_ERR: ClassVar[int]
    INVALID_CHARACTER_ERR: ClassVar[int]
    NO_DATA_ALLOWED_ERR: ClassVar[int]
    NO_MODIFICATION_ALLOWED_ERR: ClassVar[int]
    NOT_FOUND_ERR: ClassVar[int]
    NOT_SUPPORTED_ERR: ClassVar[int]
    INUSE_ATTRIBUTE_ERR: ClassVar[int]
    INVALID_STATE_ERR: ClassVar[int]
    SYNTAX_ERR: ClassVar[int]
    INVALID_MODIFICATION_ERR: ClassVar[int]
    NAMESPACE_ERR: ClassVar[int]
    INVALID_ACCESS_ERR: ClassVar[int]
    VALIDATION_ERR: ClassVar[int]
    TYPE_MISMATCH_ERR: ClassVar[int]
    SECURITY_ERR: ClassVar[int]
    NETWORK_ERR: ClassVar[int]
    ABORT_ERR: ClassVar[int]
    URL_MISMATCH_ERR: ClassVar[int]
    QUOTA_EXCEEDED_ERR: ClassVar[int]
    TIMEOUT_ERR: ClassVar[int]
    INVALID_NODE_TYPE_ERR: ClassVar[int]
    DATA_CLONE_ERR: ClassVar[int]

    def __init__(self, message: str = "", name: str = "Error") -> None:
        """Make an exception.

        Args:
            message: What happened, for people.
            name: What happened, for code.
        """

    @property
    def name(self) -> str:
        """What happened, for code."""

    @property
    def message(self) -> str:
        """What happened, for people."""

    @property
    def code(self) -> int:
        """The legacy number of the name; 0 where it has none."""


BINDING = Binding(
    name="domexception",
    declared_classes=[DOMException],
    global_names=["DOMException"],
    face=face_source("marotte_js.domexception"),
    doc="The exception of the web's interfaces.",
)
