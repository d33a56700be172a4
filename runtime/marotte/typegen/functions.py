"""Functions of bindings as types."""

from __future__ import annotations

import collections.abc
from collections.abc import Mapping
from typing import Any, Self, get_args, get_origin

from marotte.realm import HostFunction
from marotte.typegen.annotations import promised
from marotte.typegen.docs import Doc, parse_doc
from marotte.typegen.reading import read_rest, read_type, type_parameters
from marotte.typegen.schema import Schema, SchemaGenerator
from marotte.typegen.types import VOID, Application, Function, Parameter, Text, Type

__all__ = ["FunctionReader"]

_WRAPPERS: Mapping[object, str] = {
    collections.abc.AsyncIterator: "AsyncIterableIterator",
    collections.abc.Awaitable: "Promise",
    collections.abc.Iterator: "IterableIterator",
}


def _is_declared(schema: Schema) -> bool:
    """Whether the annotation itself says whether the parameter may be left out."""
    return "tsRequired" in schema or "tsRest" in schema


class FunctionReader:
    """Reads what a function takes, answers and says of itself.

    Args:
        schemas: Describes annotations.
    """

    def __init__(self, schemas: SchemaGenerator) -> None:
        self._schemas = schemas

    def function(self, declared: HostFunction[..., Any], owner: type | None = None) -> Function:
        """Return the type of a function; `owner` is the class that it is a method of.

        Raises:
            TypingsError: A type has no form in JavaScript.
        """
        schemas = self._schemas.parameters(declared, "input")
        parameters = tuple(
            Parameter(
                parameter.js_name,
                read_rest(schema, "input") if parameter.rest else read_type(schema, "input"),
                optional=not (parameter.required or parameter.rest or _is_declared(schema)),
                rest=parameter.rest or "tsRest" in schema,
            )
            for parameter, schema in zip(declared.parameters, schemas, strict=True)
        )
        result, schema = self._result(declared, owner)
        said = declared.hints.get("self")
        own = [] if said is None else [self._schemas.describe(said, "input")]
        asked = self._type_parameters([*own, *schemas], schema)
        return Function(parameters, result, asked, read_type(own[0], "input") if own else None)

    def _type_parameters(self, asked: list[Schema], answered: Schema | None) -> tuple[str, ...]:
        """Return the type parameters of a function, those with a default last.

        A parameter of which only a script's function tells gets one: the compiler finds no type
        for it where that function has no annotations, and would take it for `any`.
        """
        known = self._schemas.definitions
        given = set(type_parameters(asked, known, of_data=True))
        found = dict.fromkeys(type_parameters([*asked, answered], known))
        closed = [name if name in given or " " in name else f"{name} = unknown" for name in found]
        return tuple(sorted(closed, key=lambda parameter: "=" in parameter))

    def result(self, declared: HostFunction[..., Any]) -> Type:
        """Return the type of what a function answers."""
        return self._result(declared, None)[0]

    def annotation(self, annotation: object) -> Type:
        """Return the type of what scripts get where Python has `annotation`."""
        return read_type(self._schemas.describe(annotation, "output"), "output")

    def doc(self, declared: HostFunction[..., Any]) -> Doc:
        """Return what the function's docstring says, of what scripts pass."""
        names = {parameter.name: parameter.js_name for parameter in declared.parameters}
        return parse_doc(declared.function.__doc__, names)

    def _result(
        self, declared: HostFunction[..., Any], owner: type | None
    ) -> tuple[Type, Schema | None]:
        annotation = declared.answer
        if annotation is Self or (owner is not None and annotation is owner):
            return Text("this"), None
        result, schema = (VOID, None) if declared.returns_nothing else self._answer(annotation)
        return Application("Promise", result) if declared.asynchronous else result, schema

    def _answer(self, annotation: object) -> tuple[Type, Schema | None]:
        wrapper = _WRAPPERS.get(get_origin(annotation))
        if wrapper is not None:
            inner, schema = self._answer(get_args(annotation)[0])
            return Application(wrapper, inner), schema
        schema = self._schemas.describe(promised(annotation), "output")
        return read_type(schema, "output"), schema
