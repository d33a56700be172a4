"""Bindings as declarations: what each of their modules, and the global scope, offers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Protocol, get_args, get_origin

from pydantic import BaseModel, PydanticUserError
from pydantic_core import SchemaError

from marotte.realm import Binding, HostFunction
from marotte.realm.functions.binding import error_name
from marotte.typegen.annotations import class_key
from marotte.typegen.classes import ClassReader
from marotte.typegen.declarations import (
    Constant,
    Events,
    FunctionDeclaration,
    Namespace,
    Scope,
    TypeDeclaration,
    Value,
)
from marotte.typegen.docs import Doc, parse_doc
from marotte.typegen.errors import TypingsError
from marotte.typegen.functions import FunctionReader
from marotte.typegen.names import Names
from marotte.typegen.reading import constant_type, read_type, type_parameters
from marotte.typegen.schema import Definition, SchemaGenerator

__all__ = ["Catalogue"]


class Catalogue:
    """What bindings offer, by module; the order of reading settles who declares a type.

    Args:
        bindings: All that will be read; their annotations may name each other's classes.
    """

    def __init__(self, bindings: Iterable[Binding]) -> None:
        self.names = Names()
        self._events_module: str | None = None
        self._schemas = SchemaGenerator(_declared(bindings))
        self._functions = FunctionReader(self._schemas)
        self._classes = ClassReader(self._schemas, self._functions)

    def read(self, bindings: Iterable[Binding]) -> list[Scope]:
        """Read bindings, in order; the global scope, if it has something, comes first.

        Raises:
            TypingsError: A declaration has no form in JavaScript; the message names it.
        """
        scopes: dict[str | None, Scope] = {}
        for binding in bindings:
            scope = scopes.setdefault(binding.module, Scope(binding.module))
            with _naming(f"binding {binding.name}"):
                self._read(binding, scope)
        shared = any(scope.shared for scope in scopes.values())
        if shared:
            scopes.setdefault(None, Scope(None))
        found = [scope for scope in scopes.values() if scope.module or scope.declares or shared]
        return sorted(found, key=lambda scope: scope.module or "")

    def _read(self, binding: Binding, scope: Scope) -> None:
        if binding.doc and binding.exported:
            scope.docs.append(binding.doc)
        for name in binding.exported:
            self.names.reserve(binding.module, name)
        if binding.module is not None:
            scope.shared += binding.global_names
        self._read_values(binding, scope)
        self._read_classes(binding, scope)
        self._read_events(binding, scope)
        self._read_host_classes(binding, scope)
        self._read_types(binding, scope)

    # -- values -----------------------------------------------------------------------------------

    def _read_values(self, binding: Binding, scope: Scope) -> None:
        scope.constants += [
            Constant(
                name, constant_type(value, name, binding.docs), parse_doc(binding.docs.get(name))
            )
            for name, value in binding.values.items()
            if _is_seen(name, binding)
        ]
        functions = [*binding.functions, *binding.declared]
        scope.functions += self._declarations(f for f in functions if _is_seen(f.js_name, binding))
        for name in _namespaces(binding):
            members = [binding.namespaces, binding.declared_namespaces]
            declared = self._declarations(f for found in members for f in found.get(name, ()))
            doc = parse_doc(binding.docs.get(name))
            scope.namespaces.append(Namespace(name, tuple(declared), doc))

    def _declarations(
        self, functions: Iterable[HostFunction[..., Any]]
    ) -> Iterator[FunctionDeclaration]:
        for declared in functions:
            with _naming(f"{declared.qualified_name}()"):
                function, doc = self._functions.function(declared), self._functions.doc(declared)
                yield FunctionDeclaration(declared.js_name, function, doc)

    # -- classes ----------------------------------------------------------------------------------

    def _read_classes(self, binding: Binding, scope: Scope) -> None:
        for cls in binding.declared_classes:
            name = self.names.keep(scope.module, class_key(cls), cls.__name__)
            self._declare(cls, scope, name, value=_is_seen(name, binding))
        for cls in [*_classes_of_values(binding, seen=True), *_classes_of_types(binding)]:
            if not self.names.knows(class_key(cls)):
                claimed = self.names.claim(scope.module, class_key(cls), cls.__name__)
                self._declare(cls, scope, claimed, value=False)
        self._read_objects(binding, scope)
        for error in binding.errors:
            self.names.keep(scope.module, class_key(error), error_name(error))
            scope.classes.append(self._classes.error_class(error, binding.properties_of(error)))

    def _read_objects(self, binding: Binding, scope: Scope) -> None:
        seen = {n: a for n, a in binding.declared_values.items() if _is_seen(n, binding)}
        for name, annotation in {**seen, **binding.global_accessors}.items():
            with _naming(name):
                type_ = self._functions.annotation(annotation)
                said = binding.docs.get(name) or _class_doc(annotation)
                scope.values.append(Value(name, type_, Doc(parse_doc(said).text)))

    def _declare(self, cls: type, scope: Scope, name: str, *, value: bool) -> None:
        with _naming(f"class {name}"):
            scope.classes.append(self._classes.declared_class(cls, name, value=value))

    def _read_host_classes(self, binding: Binding, scope: Scope) -> None:
        """Read the classes that the binding lists, and those that are met on the way."""
        unseen = _iterators(binding) | _privately_mentioned(binding)
        for cls in binding.classes:
            if cls not in unseen:
                self._schemas.classes.setdefault(class_key(cls), cls)
        while unnamed := [k for k in self._schemas.classes if not self.names.knows(k)]:
            for key in unnamed:
                cls = self._schemas.classes[key]
                name = self.names.claim(scope.module, key, cls.js_class.name)
                with _naming(f"class {name}"):
                    scope.classes.append(self._classes.host_class(cls, name))

    # -- data -------------------------------------------------------------------------------------

    def _read_events(self, binding: Binding, scope: Scope) -> None:
        if not binding.events:
            return
        types = tuple(
            (name, self._functions.annotation(model)) for name, model in binding.events.items()
        )
        payloads = tuple(
            (name, read_type(self._schemas.describe(payload, "input"), "input"))
            for name, model in binding.events.items()
            for payload in _payloads(model)
        )
        scope.events = Events(self._events_module, types, payloads)
        self._events_module = self._events_module or binding.module

    def _read_types(self, binding: Binding, scope: Scope) -> None:
        """Declare the types of data that were met for the first time."""
        for model in binding.declared_types:
            if issubclass(model, BaseModel):
                self._functions.annotation(model)
        for model in binding.declared_inputs:
            self._schemas.describe(model, "input")
        unnamed = [d.key for d in self.definitions() if not self.names.knows(d.key)]
        declared = []
        for key in unnamed:
            twin = self._twin(key)
            if twin is not None and self.names.knows(twin):
                self.names.share(key, twin)
                continue
            declared.append(key)
            self.names.claim(scope.module, key, self._wanted_name(key))
            parameters = type_parameters(self._schemas.definition(key), self._schemas.definitions)
            self.names.make_generic(key, dict.fromkeys(parameters))
        for key in declared:
            with _naming(f"type {self._schemas.names[key].name}"):
                scope.types.append(self._type(key))

    def _type(self, key: str) -> TypeDeclaration:
        schema, direction = self._schemas.definition(key), self._schemas.names[key].direction
        names = schema.get("tsFunction", {}).get("names", {})
        said = parse_doc(schema.get("description"), names)
        doc = Doc(said.text, said.parameters, said.returns)
        type_, parameters = read_type(schema, direction), self.names.parameters(key)
        return TypeDeclaration(self.names.local(key), type_, doc, parameters)

    def _wanted_name(self, key: str) -> str:
        """Return the model's name; of a pair, what scripts give is the input."""
        found = self._schemas.names[key]
        name: str = self._schemas.definition(key).get("title", found.name)
        paired = (
            found.direction == "input"
            and self._twin(key) is None
            and any(
                other.origin == found.origin and other.direction == "output"
                for other in self.definitions()
            )
        )
        return f"{name}Input" if paired else name

    def _twin(self, key: str) -> str | None:
        """Return the same text in the other direction, if it is: texts cross as they are."""
        schema, origin = self._schemas.definition(key), self._schemas.names[key].origin
        if schema.get("type") != "string":
            return None
        others = (d.key for d in self.definitions() if d.origin == origin and d.key != key)
        return next((other for other in others if self._schemas.definition(other) == schema), None)

    def definitions(self) -> Iterator[Definition]:
        """Yield what has a name of its own; any JSON value has the same everywhere."""
        found = (self._schemas.names[key] for key in self._schemas.definitions)
        return (definition for definition in found if not definition.is_json)


def _declared(bindings: Iterable[Binding]) -> Iterator[type]:
    """Yield the classes of faces, by which annotations may name them."""
    for binding in bindings:
        yield from binding.declared_classes
        yield from _classes_of_values(binding, seen=False)
        yield from _classes_of_types(binding)


def _is_seen(name: str, binding: Binding) -> bool:
    """Whether scripts see what the binding exports under a name."""
    if binding.module is None:
        return name in binding.global_names
    return not name.startswith("_")


def _namespaces(binding: Binding) -> list[str]:
    names = dict.fromkeys([*binding.namespaces, *binding.declared_namespaces])
    return [name for name in names if _is_seen(name, binding)]


def _classes_of_values(binding: Binding, *, seen: bool) -> Iterator[type]:
    """Yield the declared classes that only say what an object is; all, or of what scripts see."""
    for name, annotation in binding.declared_values.items():
        declared = isinstance(annotation, type) and Protocol in annotation.__mro__
        if declared and (not seen or _is_seen(name, binding)):
            yield annotation


def _classes_of_types(binding: Binding) -> Iterator[type]:
    """Yield the declared classes of objects that scripts get from functions."""
    return (cls for cls in binding.declared_types if not issubclass(cls, BaseModel))


def _payloads(event: type[BaseModel]) -> Iterator[object]:
    """Yield what a script may emit as the payload of an event, if it is one of a plugin."""
    data = event.model_fields.get("data")
    if data is not None:
        yield data.annotation


def _class_doc(annotation: object) -> str | None:
    return annotation.__doc__ if isinstance(annotation, type) else None


def _iterators(binding: Binding) -> set[object]:
    """Return the host classes that scripts meet only as what `for await` iterates."""
    return {
        _plain(member.function.hints["return"])
        for cls in binding.classes
        for member in cls.js_class.members
        if member.kind == "iterator"
    }


def _privately_mentioned(binding: Binding) -> set[object]:
    """Return the host classes that only the binding's face meets, as far as its functions tell."""
    return {
        _plain(hint)
        for function in binding.functions
        if function.js_name.startswith("_")
        for hint in function.hints.values()
    }


def _plain(annotation: object) -> object:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


@contextmanager
def _naming(what: str) -> Iterator[None]:
    """Say in an error where it arose."""
    try:
        yield
    except (PydanticUserError, SchemaError, TypeError, TypingsError) as error:
        raise TypingsError(f"{what}: {error}") from error
