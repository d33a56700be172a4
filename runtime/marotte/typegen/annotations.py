"""Annotations that name classes of JavaScript, for which pydantic has no schema."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

__all__ = ["class_key", "with_classes_marked"]


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


def with_classes_marked(annotation: object, classes: Collection[type]) -> object:
    """Return the annotation with a mark in the place of each of the classes."""
    if isinstance(annotation, type) and annotation in classes:
        return Annotated[object, _Marked(annotation)]
    arguments = get_args(annotation)
    marked = tuple(with_classes_marked(argument, classes) for argument in arguments)
    if marked == arguments:
        return annotation
    origin: Any = get_origin(annotation)
    return reduce(or_, marked) if origin in (Union, UnionType) else origin[marked]
