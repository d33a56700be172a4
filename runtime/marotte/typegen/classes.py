"""Classes of bindings as declarations: host classes, classes of faces, errors."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, get_origin

from pydantic import BaseModel

from marotte.realm import DeclaredMember, HostFunction, HostObject, declared_class
from marotte.realm.functions.binding import error_name
from marotte.realm.functions.members import Member as HostMember
from marotte.typegen.declarations import ClassDeclaration, Member, Method
from marotte.typegen.docs import Doc, parse_doc
from marotte.typegen.functions import FunctionReader
from marotte.typegen.reading import read_property
from marotte.typegen.schema import SchemaGenerator
from marotte.typegen.types import Application, Function, Literal, Text, Type

__all__ = ["ClassReader"]


class ClassReader:
    """Reads classes; what they mention is described on the way."""

    def __init__(self, schemas: SchemaGenerator, functions: FunctionReader) -> None:
        self._schemas = schemas
        self._functions = functions

    # -- host classes -----------------------------------------------------------------------------

    def host_class(self, cls: type[HostObject], name: str) -> ClassDeclaration:
        """Return a class whose objects only the host makes."""
        members = tuple(self._host_member(cls, member) for member in cls.js_class.members)
        doc = parse_doc(cls.js_class.doc)
        generic = cls.js_class.generic
        return ClassDeclaration(name, members, Doc(doc.text), opaque=True, generic=generic)

    def _host_member(self, cls: type[HostObject], member: HostMember) -> Member | Method:
        declared = member.function
        doc = self._functions.doc(declared)
        if member.kind == "getter":
            return Member(member.name, self._functions.result(declared), Doc(doc.text))
        if member.kind == "iterator":
            iterate = Function((), self._iterator(declared))
            return Method("[Symbol.asyncIterator]", iterate, doc)
        return Method(member.name, self._functions.function(declared, cls), doc)

    def _iterator(self, declared: HostFunction[..., Any]) -> Type:
        """Return what iterates: as the binding says, or over what nobody has told."""
        if get_origin(declared.hints["return"]) is Annotated:
            return self._functions.result(declared)
        return Application("AsyncIterableIterator", Text("unknown"))

    # -- classes of faces -------------------------------------------------------------------------

    def declared_class(self, cls: type, name: str, *, value: bool) -> ClassDeclaration:
        """Return a class that a binding's face implements."""
        found = declared_class(cls)
        members = [m for member in found.members for m in self._declared_members(member, cls)]
        made = [m for m in members if isinstance(m, Method) and m.name == "constructor"]
        return ClassDeclaration(
            name,
            tuple(m for m in members if m not in made),
            parse_doc(inspect.cleandoc(found.doc)),
            extends=found.extends,
            constructor=made[0] if made else None,
            value=value,
            generic=found.generic,
        )

    def _declared_members(self, member: DeclaredMember, cls: type) -> Iterator[Member | Method]:
        if member.kind == "constant" or member.function is None:
            type_ = self._functions.annotation(member.annotation)
            doc = Doc(dict(parse_doc(cls.__doc__).attributes).get(member.name, ""))
            yield Member(member.name, type_, doc, static=True)
            yield Member(member.name, type_, doc)
            return
        doc = self._functions.doc(member.function)
        if member.kind in ("getter", "accessor"):
            type_ = self._functions.result(member.function)
            yield Member(member.name, type_, Doc(doc.text), readonly=member.kind == "getter")
            return
        static = member.kind == "static"
        function = self._functions.function(member.function, None if static else cls)
        if member.kind == "constructor":  # The type parameters of a class are its own.
            function = replace(function, type_parameters=())
        yield Method(member.function.js_name, function, doc, static=static)

    # -- errors -----------------------------------------------------------------------------------

    def error_class(
        self, error: type[BaseException], properties: type[BaseModel] | None
    ) -> ClassDeclaration:
        """Return an error class with what scripts find on an error that the host has thrown.

        Args:
            error: The Python class.
            properties: Describes what errors of the binding carry.
        """
        name = error_name(error)
        members = [Member("name", Literal(name), Doc("The error's class."))]
        if properties is not None:
            members += self._properties(properties)
        doc = parse_doc(inspect.getdoc(error))
        return ClassDeclaration(
            name, tuple(members), Doc(doc.text), extends="Error", inherits=True, value=True
        )

    def _properties(self, model: type[BaseModel]) -> Iterator[Member]:
        for name, schema in self._schemas.fields(model, "output").items():
            known = read_property(name, schema, "output")
            yield Member(name, known.type, known.doc, optional=known.optional)
