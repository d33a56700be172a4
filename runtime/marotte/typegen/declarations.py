"""The intermediate form: what a module, or the global scope, declares."""

from __future__ import annotations

from dataclasses import dataclass, field

from marotte.typegen.docs import Doc
from marotte.typegen.types import Function, Type

__all__ = [
    "ClassDeclaration",
    "Constant",
    "Events",
    "FunctionDeclaration",
    "Member",
    "Method",
    "Namespace",
    "Scope",
    "TypeDeclaration",
    "Value",
]


@dataclass(frozen=True, slots=True)
class FunctionDeclaration:
    """A function by name."""

    name: str
    function: Function
    doc: Doc


@dataclass(frozen=True, slots=True)
class Namespace:
    """A frozen object of functions."""

    name: str
    functions: tuple[FunctionDeclaration, ...]
    doc: Doc


@dataclass(frozen=True, slots=True)
class Constant:
    """A frozen value."""

    name: str
    type: Type
    doc: Doc


@dataclass(frozen=True, slots=True)
class Value:
    """An object that is what a declared class says."""

    name: str
    type: Type
    doc: Doc


@dataclass(frozen=True, slots=True)
class Member:
    """A property of a class."""

    name: str
    type: Type
    doc: Doc
    readonly: bool = True
    static: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Method:
    """A method of a class."""

    name: str
    function: Function
    doc: Doc
    static: bool = False


@dataclass(frozen=True, slots=True)
class ClassDeclaration:
    """A class.

    Attributes:
        name: Its name in JavaScript.
        members: Its own.
        extends: The name of what it extends.
        constructor: How scripts make one.
        inherits: Whether they make one, without that, as of what it extends.
        opaque: Nothing but an object of the class will do where one is expected.
        value: Whether scripts see the class itself, not only its objects.
        generic: Its type parameters, as TypeScript writes them.
    """

    name: str
    members: tuple[Member | Method, ...]
    doc: Doc
    extends: str | None = None
    constructor: Method | None = None
    inherits: bool = False
    opaque: bool = False
    value: bool = False
    generic: str = ""


@dataclass(frozen=True, slots=True)
class TypeDeclaration:
    """A named type of data, with the type parameters that it needs."""

    name: str
    type: Type
    doc: Doc
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Events:
    """Types of events that runs may have.

    Attributes:
        module: Where the map of all events is declared; ``None``: here.
        types: The type of the event by its name.
        payloads: What scripts emit as the `data` of one, by its name; of those that have that.
    """

    module: str | None
    types: tuple[tuple[str, Type], ...]
    payloads: tuple[tuple[str, Type], ...] = ()


@dataclass(slots=True)
class Scope:
    """What one module declares, or, without a name, the global scope."""

    module: str | None
    docs: list[str] = field(default_factory=list)
    constants: list[Constant] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    functions: list[FunctionDeclaration] = field(default_factory=list)
    namespaces: list[Namespace] = field(default_factory=list)
    classes: list[ClassDeclaration] = field(default_factory=list)
    events: Events | None = None
    types: list[TypeDeclaration] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)

    @property
    def declares(self) -> bool:
        """Whether there is anything in it."""
        return bool(self.exports or self.classes or self.types or self.events)

    @property
    def exports(self) -> list[str]:
        """The names of the values that scripts see."""
        names = [constant.name for constant in self.constants]
        names += [value.name for value in self.values]
        names += [function.name for function in self.functions]
        names += [namespace.name for namespace in self.namespaces]
        return names + [declared.name for declared in self.classes if declared.value]
