"""The binding: the global object by its other name, and what runs the script."""

from __future__ import annotations

from typing import Annotated, Protocol

from marotte.realm import Binding, TypeScript, face_source

__all__ = ["BINDING", "Navigator"]


class Navigator(Protocol):
    """What runs the script."""

    @property
    def user_agent(self) -> str:
        """The name of the runtime, a single token without a version."""


BINDING = Binding(
    name="scope",
    declared_values={
        "self": Annotated[object, TypeScript("typeof globalThis")],
        "navigator": Navigator,
    },
    global_names=["self", "navigator"],
    face=face_source("marotte_js.scope"),
    docs={"self": "The global object."},
    doc="Where a script runs.",
)
