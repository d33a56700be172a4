"""Where a binding's JavaScript half comes from, and what its typings say where Python cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

if TYPE_CHECKING:
    from marotte.realm.functions.types import HostObject

__all__ = [
    "CompletedBy",
    "FaceValue",
    "Signature",
    "TypeArguments",
    "TypeScript",
    "TypedAs",
    "face_source",
]


def face_source(package: str, name: str = "face.js") -> str:
    """The JavaScript face that lies in a package: ``face_source(__package__)``."""
    return files(package).joinpath(name).read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class TypeScript:
    """In ``Annotated``: what the typings say of a type that Python has no word for.

    Attributes:
        text: A type expression of TypeScript, such as ``(event: Event) => void``; of a rest
            parameter, the type of the whole list. It may name globals, and what the binding's
            module exports.
        parameters: The type parameters that a function with this annotation has for it, such as
            ``T extends object``.
        rest: Of a last parameter: it is declared as a rest parameter, and `text` is the type of
            the whole list. So it may depend on types whether it can be left out.
        doc: What the typings say of it where it has a name, as the value of a ``TypeAliasType``.
    """

    text: str
    parameters: tuple[str, ...] = ()
    rest: bool = False
    doc: str = ""

    def __get_pydantic_json_schema__(
        self, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        said = {"tsType": self.text, "tsParameters": list(self.parameters)}
        more = {"description": self.doc} if self.doc else {}
        return said | more | ({"tsRest": True} if self.rest else {})


@dataclass(frozen=True, slots=True)
class TypeArguments:
    """In ``Annotated``, of a model or signature that is generic in the typings: what it is given.

    Without this, what mentions such a type is generic in the same way, and hands its own
    parameters on.

    Attributes:
        arguments: Type expressions of TypeScript; what is left out is as it is by default.
        parameters: The type parameters that a function with this annotation has for them.
    """

    arguments: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        given = {"tsArguments": list(self.arguments), "tsParameters": list(self.parameters)}
        return {**handler(schema), **given}


@dataclass(frozen=True, slots=True)
class TypedAs:
    """In ``Annotated``: what the typings say, where that is narrower than what Python says.

    Of a parameter or field they ask for it where Python takes more. So a function can say in its
    own words what is wrong, and editors say it beforehand. What is typed so is required, whatever
    default it has. Of a result they promise what a face adds; see :class:`CompletedBy`.

    Attributes:
        annotation: The narrower type.
    """

    annotation: Any


@dataclass(frozen=True, slots=True)
class Signature:
    """In ``Annotated[Callback, …]``: what a script's function takes and answers.

    Attributes:
        function: A Python function whose parameters, result and docstring say so; its body never
            runs. If it is a coroutine function, the script's may answer with a promise.
        name: What the typings call the type of such functions; without one, they write it out
            wherever it is mentioned.
    """

    function: Callable[..., Any]
    name: str = ""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        schema = handler(source)
        metadata = schema.get("metadata", {})
        if metadata.get("marotte") != "callback":
            raise TypeError(f"Signature belongs to a Callback, not to {source!r}")
        return {**schema, "metadata": {**metadata, "signature": self}}


@dataclass(frozen=True, slots=True)
class FaceValue:
    """A value for a script that is more than JSON: the face of a binding makes it.

    Attributes:
        binding: Whose face; it returns a function ``_receive(data, object)``.
        data: A JSON object, that the function gets.
        object: A host object that it gets too, for what it makes to call.
    """

    binding: str
    data: Any
    object: HostObject | None = None


@dataclass(frozen=True, slots=True)
class CompletedBy:
    """In ``Annotated``, of a result: the face of a binding makes of it what scripts get.

    Attributes:
        binding: Whose face; see :class:`FaceValue`.
        key: Under which the function finds the value in its data.
    """

    binding: str
    key: str
