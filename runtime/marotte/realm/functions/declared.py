"""Classes that a binding's face implements, declared in Python for typings and documentation.

A declaration is a :class:`typing.Protocol`, which nobody instantiates. Its methods, properties,
static methods and constants are those of the JavaScript class, with types and docstrings;
``__init__`` is the constructor (without one, scripts cannot construct it), ``__iter__`` what
``for … of`` iterates, a base class what it extends, ``js_extends`` names a built-in class that it
extends, and ``js_generic`` its type parameters, as TypeScript writes them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Literal, Protocol, TypeVar, get_origin, get_type_hints

from pydantic.alias_generators import to_camel

from marotte.realm.functions.declaration import HostFunction

__all__ = ["DeclaredClass", "DeclaredMember", "declared_class", "js_name"]

F = TypeVar("F", bound=Callable[..., object])
DeclaredKind = Literal[
    "constructor", "method", "static", "getter", "accessor", "constant", "iterator"
]


def js_name(name: str) -> Callable[[F], F]:
    """Give a declared method or property (below ``@property``) a name that is not the camelCase."""

    def mark(function: F) -> F:
        vars(function)["__marotte_name__"] = name
        return function

    return mark


@dataclass(frozen=True, slots=True)
class DeclaredMember:
    """A member of a declared class.

    Attributes:
        name: Its name in JavaScript.
        kind: An ``accessor`` can be assigned, a ``getter`` cannot; a ``constant`` is a number of
            the class and of its instances.
        function: Types and documentation; of a constant only the type is there.
        annotation: The type of a property or constant.
    """

    name: str
    kind: DeclaredKind
    function: HostFunction[..., Any] | None
    annotation: Any = None

    @property
    def arity(self) -> int:
        """The ``length`` of the function: how many arguments are required."""
        if self.function is None:
            return 0
        return sum(parameter.required for parameter in self.function.parameters)


@dataclass(frozen=True, slots=True)
class DeclaredClass:
    """A class as scripts see it; `members` are its own, without those of what it extends.

    `generic` is what it has for type parameters.
    """

    name: str
    extends: str | None
    members: tuple[DeclaredMember, ...]
    doc: str
    generic: str = ""

    @property
    def constructible(self) -> bool:
        """Whether scripts may construct it."""
        return any(member.kind == "constructor" for member in self.members)


@cache
def declared_class(cls: type) -> DeclaredClass:
    """Read a declaration.

    Raises:
        TypeError: A parameter or result has no type.
    """
    base = next((b for b in cls.__bases__ if b not in (object, Protocol)), None)
    extends = vars(cls).get("js_extends") or (None if base is None else base.__name__)
    members = [m for name, value in vars(cls).items() if (m := _member(cls, name, value))]
    return DeclaredClass(
        cls.__name__,
        extends,
        (*_constants(cls), *members),
        cls.__doc__ or "",
        vars(cls).get("js_generic", ""),
    )


def _constants(cls: type) -> list[DeclaredMember]:
    own = inspect.get_annotations(cls)
    hints = get_type_hints(cls, include_extras=True)
    return [
        DeclaredMember(name, "constant", None, hints[name].__args__[0])
        for name in own
        if name not in ("js_extends", "js_generic") and get_origin(hints[name]) is ClassVar
    ]


def _member(cls: type, name: str, value: object) -> DeclaredMember | None:
    if isinstance(value, property) and value.fget is not None:
        function = _declared(cls, name, value.fget)
        kind: DeclaredKind = "getter" if value.fset is None else "accessor"
        return DeclaredMember(function.js_name, kind, function, function.hints["return"])
    if isinstance(value, staticmethod):
        function = _declared(cls, name, value.__func__)
        return DeclaredMember(function.js_name, "static", function)
    if not inspect.isfunction(value) or value.__module__ == "typing":
        return None
    special: dict[str, DeclaredKind] = {"__init__": "constructor", "__iter__": "iterator"}
    if name.startswith("_") and name not in special:
        return None
    function = _declared(cls, name, value)
    return DeclaredMember(function.js_name, special.get(name, "method"), function)


def _declared(cls: type, name: str, function: Callable[..., object]) -> HostFunction[..., Any]:
    named = getattr(function, "__marotte_name__", None)
    written = {"__init__": "constructor", "__iter__": "[Symbol.iterator]"}.get(name)
    js = named or written or to_camel(name.rstrip("_"))
    declared = HostFunction(function, js, "control", owner=cls.__name__, declared_only=True)
    if "return" not in declared.hints:
        raise TypeError(f"{declared.qualified_name}: the result has no type")
    return declared
