"""Host classes: which members of a Python class scripts see, and how."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, ParamSpec, TypeAlias, TypeVar

from pydantic.alias_generators import to_camel

from marotte.realm.functions.declaration import Effect, HostFunction

__all__ = ["ClassSpec", "Member", "class_spec", "host_iterator", "host_method", "host_property"]

P = ParamSpec("P")
R = TypeVar("R")
_MARK = "__marotte_member__"
MemberKind: TypeAlias = Literal["method", "getter", "iterator"]


@dataclass(frozen=True, slots=True)
class Member:
    """A declared member of a host class."""

    kind: MemberKind
    function: HostFunction[..., Any]
    cached: bool = False

    @property
    def name(self) -> str:
        """Its name in JavaScript."""
        return self.function.js_name


def _marking(
    kind: MemberKind, effect: Effect, name: str | None, *, cached: bool = False, holds: bool = True
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    def mark(function: Callable[P, R]) -> Callable[P, R]:
        js_name = name or to_camel(function.__name__.rstrip("_"))
        declared = HostFunction(function, js_name, effect, holds_grace=holds)
        vars(function)[_MARK] = Member(kind, declared, cached)
        return function

    return mark


def host_method(
    *, name: str | None = None, effect: Effect = "effect", holds_grace: bool = True
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare a method of a :class:`HostObject`; see :func:`host_function`."""
    return _marking("method", effect, name, holds=holds_grace)


def host_property(
    *, name: str | None = None, cached: bool = False
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare a read-only property; `cached` asks once an object. A coroutine gives a promise."""
    return _marking("getter", "control", name, cached=cached)


def host_iterator() -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare what ``for await`` iterates: answers a host object with ``next`` and ``return``."""
    return _marking("iterator", "control", None)


@dataclass(frozen=True)
class ClassSpec:
    """A host class as scripts see it."""

    name: str
    members: tuple[Member, ...]
    doc: str
    generic: str = ""

    @cached_property
    def functions(self) -> frozenset[HostFunction[..., Any]]:
        """What its members call."""
        return frozenset(member.function for member in self.members)


def class_spec(cls: type, js_name: str | None, generic: str = "") -> ClassSpec:
    """Collect the declared members of a host class, inherited ones first."""
    found: dict[str, Member] = {}
    name = js_name or cls.__name__
    for base in reversed(cls.__mro__):
        for value in vars(base).values():
            member = getattr(value, _MARK, None)
            if isinstance(member, Member):
                member.function.owner = name
                found[member.name] = member
    return ClassSpec(name, tuple(found.values()), inspect.getdoc(cls) or "", generic)
