"""Where a binding's JavaScript half comes from, and what its typings say where Python cannot."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

__all__ = ["TypeScript", "face_source"]


def face_source(package: str, name: str = "face.js") -> str:
    """The JavaScript face that lies in a package: ``face_source(__package__)``."""
    return files(package).joinpath(name).read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class TypeScript:
    """In ``Annotated``: what the typings say of a type that Python has no word for.

    Attributes:
        text: A type expression of TypeScript, such as ``(event: Event) => void``.
    """

    text: str
