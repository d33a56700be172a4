"""The binding: pure JavaScript, declared here."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from marotte.realm import Binding, TypeScript, face_source, host_function

__all__ = ["BINDING"]

Cloned = Annotated[object, TypeScript("T", parameters=("T",))]


class StructuredSerializeOptions(BaseModel):
    """How to clone."""

    model_config = ConfigDict(frozen=True)

    transfer: Annotated[object, TypeScript("Iterable<ArrayBuffer>")] = Field(
        default=None, description="Buffers that are moved: the originals are detached."
    )


@host_function(effect="control")
def structured_clone(value: Cloned, options: StructuredSerializeOptions | None = None) -> Cloned:
    """Copy a value deeply, with its cycles, maps, sets, dates, errors and binary data.

    Prototypes, getters and what is not enumerable are not copied.

    Args:
        value: What to copy; a function, a symbol, a promise or an object of the host's throws a
            `DOMException` named `DataCloneError`.
        options: How.
    """
    raise NotImplementedError("implemented by the face")


BINDING = Binding(
    name="structured_clone",
    declared=[structured_clone],
    global_names=["structuredClone"],
    face=face_source("marotte_js.structured_clone"),
    doc="Deep copies.",
)
