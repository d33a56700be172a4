"""Annotations in words that pydantic has no schema for: classes of JavaScript, type variables."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from marotte.realm import TypedAs, TypeScript

__all__ = ["class_key", "describable", "promised", "typed_as"]


def class_key(cls: type) -> str:
    """Return what stands for a class in a schema."""
    return f"class:{cls.__module__}.{cls.__qualname__}:{id(cls)}"


@dataclass(frozen=True, slots=True)
class _Marked:
    """In ``Annotated``: the JavaScript class that is meant."""

    cls: type

    def __get_pydantic_json_schema__(
        self, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"tsClass": class_key(self.cls)}


def typed_as(metadata: Iterable[object]) -> TypedAs | None:
    """Return what the metadata of an annotation says that typings ask for, if it says so."""
    return next((found for found in metadata if isinstance(found, TypedAs)), None)


def promised(annotation: object) -> object:
    """Return the annotation that typings go by for a result."""
    narrower = typed_as(get_args(annotation))
    return annotation if narrower is None else narrower.annotation


def describable(annotation: object, classes: Collection[type]) -> object:
    """Return the annotation with a mark in the place of each of the classes and type variables.

    A type variable becomes a type parameter of the function that it belongs to.
    """
    if isinstance(annotation, type) and annotation in classes:
        return Annotated[object, _Marked(annotation)]
    if isinstance(annotation, TypeVar):
        return Annotated[object, TypeScript(annotation.__name__, (annotation.__name__,))]
    arguments = get_args(annotation)
    marked = tuple(describable(argument, classes) for argument in arguments)
    if marked == arguments:
        return annotation
    origin: Any = get_origin(annotation)
    return reduce(or_, marked) if origin in (Union, UnionType) else origin[marked]
