"""The binding: what the web's own interfaces throw."""

from __future__ import annotations

from typing import ClassVar, Protocol

from marotte.realm import Binding, face_source

__all__ = ["BINDING", "DOMException"]


class DOMException(Protocol):
    """What the web's interfaces throw; its `name` says what happened, such as `AbortError`.

    Attributes:
        INDEX_SIZE_ERR: The code of `IndexSizeError`.
        DOMSTRING_SIZE_ERR: The code of `DOMStringSizeError`.
        HIERARCHY_REQUEST_ERR: The code of `HierarchyRequestError`.
        WRONG_DOCUMENT_ERR: The code of `WrongDocumentError`.
        INVALID_CHARACTER_ERR: The code of `InvalidCharacterError`.
        NO_DATA_ALLOWED_ERR: The code of `NoDataAllowedError`.
        NO_MODIFICATION_ALLOWED_ERR: The code of `NoModificationAllowedError`.
        NOT_FOUND_ERR: The code of `NotFoundError`.
        NOT_SUPPORTED_ERR: The code of `NotSupportedError`.
        INUSE_ATTRIBUTE_ERR: The code of `InUseAttributeError`.
        INVALID_STATE_ERR: The code of `InvalidStateError`.
        SYNTAX_ERR: The code of `SyntaxError`.
        INVALID_MODIFICATION_ERR: The code of `InvalidModificationError`.
        NAMESPACE_ERR: The code of `NamespaceError`.
        INVALID_ACCESS_ERR: The code of `InvalidAccessError`.
        VALIDATION_ERR: The code of `ValidationError`.
        TYPE_MISMATCH_ERR: The code of `TypeMismatchError`.
        SECURITY_ERR: The code of `SecurityError`.
        NETWORK_ERR: The code of `NetworkError`.
        ABORT_ERR: The code of `AbortError`.
        URL_MISMATCH_ERR: The code of `URLMismatchError`.
        QUOTA_EXCEEDED_ERR: The code of `QuotaExceededError`.
        TIMEOUT_ERR: The code of `TimeoutError`.
        INVALID_NODE_TYPE_ERR: The code of `InvalidNodeTypeError`.
        DATA_CLONE_ERR: The code of `DataCloneError`.
    """

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
