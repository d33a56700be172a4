"""The intermediate form: types of TypeScript, as they stand between JSON Schema and text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from marotte.typegen.docs import Doc

__all__ = [
    "BOOLEAN",
    "NULL",
    "NUMBER",
    "STRING",
    "UNDEFINED",
    "UNKNOWN",
    "VOID",
    "Application",
    "Array",
    "Function",
    "Intersection",
    "Literal",
    "Object",
    "Parameter",
    "Property",
    "Record",
    "Reference",
    "Text",
    "Tuple",
    "Type",
    "Union",
    "allows",
    "intersection",
    "parts",
    "rebuilt",
    "union",
    "without",
]


@dataclass(frozen=True, slots=True)
class Text:
    """A type expression that needs no translation: a keyword, or what a binding wrote itself."""

    text: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A named type; which name it has depends on where it is written.

    Attributes:
        key: What it is known by.
        arguments: What it is given, if it is generic; ``None``: parameters of the same names.
    """

    key: str
    arguments: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """A generic type of the language, such as a promise, of another type."""

    name: str
    argument: Type


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """One value."""

    value: str | int | float | bool

    def __eq__(self, other: object) -> bool:
        """Whether both are the same value; Python takes true for 1."""
        return isinstance(other, Literal) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[bool, str | int | float]:
        return isinstance(self.value, bool), self.value


@dataclass(frozen=True, slots=True)
class Array:
    """Any number of elements."""

    element: Type
    readonly: bool = False


@dataclass(frozen=True, slots=True)
class Tuple:
    """Elements by position; those from `required` on may be missing, `rest` may follow."""

    elements: tuple[Type, ...]
    required: int
    rest: Type | None = None
    readonly: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """Any text as key."""

    value: Type
    readonly: bool = False


@dataclass(frozen=True, slots=True)
class Property:
    """A property of an object."""

    name: str
    type: Type
    optional: bool = False
    readonly: bool = False
    doc: Doc = field(default=Doc(), compare=False)


@dataclass(frozen=True, slots=True)
class Object:
    """Known properties; `index` is the type of all others, where there may be any."""

    properties: tuple[Property, ...] = ()
    index: Type | None = None
    readonly: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function; the type of a `rest` parameter is that of the whole list."""

    name: str
    type: Type
    optional: bool = False
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function, with the type parameters that its types need, and the type of its `this`."""

    parameters: tuple[Parameter, ...]
    result: Type
    type_parameters: tuple[str, ...] = ()
    receiver: Type | None = None


@dataclass(frozen=True, slots=True)
class Union:
    """One of several types; made by :func:`union`."""

    options: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class Intersection:
    """All of several types; made by :func:`intersection`."""

    parts: tuple[Type, ...]


Type: TypeAlias = (
    Text
    | Reference
    | Application
    | Literal
    | Array
    | Tuple
    | Record
    | Object
    | Function
    | Union
    | Intersection
)

STRING = Text("string")
NUMBER = Text("number")
BOOLEAN = Text("boolean")
NULL = Text("null")
UNDEFINED = Text("undefined")
UNKNOWN = Text("unknown")
VOID = Text("void")
_LAST = (NULL, UNDEFINED, VOID)


def union(types: Iterable[Type]) -> Type:
    """Return the union, flat and without repetition, what stands for nothing last."""
    options: dict[Type, None] = {}
    for option in types:
        inner = option.options if isinstance(option, Union) else (option,)
        options.update(dict.fromkeys(inner))
    if UNKNOWN in options:
        return UNKNOWN
    ordered = [o for o in options if o not in _LAST] + [o for o in _LAST if o in options]
    if not ordered:
        return Text("never")
    return ordered[0] if len(ordered) == 1 else Union(tuple(ordered))


def intersection(types: Iterable[Type]) -> Type:
    """Return the intersection, flat and without repetition."""
    parts: dict[Type, None] = {}
    for part in types:
        inner = part.parts if isinstance(part, Intersection) else (part,)
        parts.update(dict.fromkeys(p for p in inner if p != UNKNOWN))
    found = tuple(parts)
    if not found:
        return UNKNOWN
    return found[0] if len(found) == 1 else Intersection(found)


def allows(type_: Type, option: Type) -> bool:
    """Whether `option` is one of the possibilities."""
    return option == type_ or (isinstance(type_, Union) and option in type_.options)


def without(type_: Type, option: Type) -> Type:
    """Return the type without one of its possibilities; a type of that alone stays."""
    if isinstance(type_, Union):
        return union(o for o in type_.options if o != option)
    return type_


def parts(type_: Type) -> Iterator[Type]:
    """Yield what a type of data is made of."""
    match type_:
        case Array(element=part) | Record(value=part) | Application(argument=part):
            yield part
        case Tuple(elements=elements, rest=rest):
            yield from elements if rest is None else (*elements, rest)
        case Object(properties=properties, index=index):
            yield from (member.type for member in properties)
            yield from () if index is None else (index,)
        case Union(options=several) | Intersection(parts=several):
            yield from several


def rebuilt(type_: Type, change: Callable[[Type], Type]) -> Type:
    """Return a type of data, made of what `change` makes of its parts."""
    match type_:
        case Array():
            return replace(type_, element=change(type_.element))
        case Record():
            return replace(type_, value=change(type_.value))
        case Application():
            return replace(type_, argument=change(type_.argument))
        case Tuple():
            rest = None if type_.rest is None else change(type_.rest)
            return replace(type_, elements=tuple(map(change, type_.elements)), rest=rest)
        case Object():
            members = tuple(replace(m, type=change(m.type)) for m in type_.properties)
            index = None if type_.index is None else change(type_.index)
            return replace(type_, properties=members, index=index)
        case Union():
            return union(map(change, type_.options))
        case Intersection():
            return intersection(map(change, type_.parts))
        case _:
            return type_
