"""Sets of named types that refer to each other, brought within bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from marotte.typegen.docs import Doc
from marotte.typegen.tools.resolving import ROOT
from marotte.typegen.types import (
    UNKNOWN,
    Array,
    Intersection,
    Object,
    Record,
    Reference,
    Tuple,
    Type,
    Union,
    parts,
    rebuilt,
)

__all__ = [
    "Described",
    "least_size",
    "limited",
    "mentions",
    "reachable",
    "undocumented",
    "without_endless_aliases",
]

WIDE = 16
"""A union of more types than this is too much where little is to be told."""


@dataclass(frozen=True, slots=True)
class Described:
    """A type and what is said of it."""

    type: Type
    doc: Doc = field(default_factory=Doc)


def reachable(mentions: Mapping[str, Iterable[str]], key: str) -> list[str]:
    """Return a key and all that it leads to, in order."""
    met = {key}
    pending = [key]
    for here in pending:
        new = [mentioned for mentioned in mentions[here] if mentioned not in met]
        met.update(new)
        pending += dict.fromkeys(new)
    return sorted(met)


def mentions(type_: Type) -> Iterator[str]:
    """Yield the keys of the types that a type mentions."""
    if isinstance(type_, Reference):
        yield type_.key
    for part in parts(type_):
        yield from mentions(part)


# -- aliases ---------------------------------------------------------------------------------------


def without_endless_aliases(types: Mapping[str, Described]) -> dict[str, Described]:
    """Return types of which none is defined as itself.

    A type may mention itself within an object or a list. Where it is nothing but itself, or one of
    several types with itself among them, there is no such type: that mention becomes `unknown`.
    """
    aliases = {key: tuple(dict.fromkeys(_aliases(found.type))) for key, found in types.items()}
    leads_to = {key: {k for to in aliases[key] for k in reachable(aliases, to)} for key in types}
    endless = {key for key in types if key in leads_to[key]}
    return {
        key: replace(found, type=_broken(found.type, endless)) if key in endless else found
        for key, found in types.items()
    }


def _aliases(type_: Type) -> Iterator[str]:
    """Yield what a type mentions outside of objects and lists."""
    if isinstance(type_, Reference):
        yield type_.key
    if isinstance(type_, Union | Intersection):
        for part in parts(type_):
            yield from _aliases(part)


def _broken(type_: Type, endless: set[str]) -> Type:
    if isinstance(type_, Reference):
        return UNKNOWN if type_.key in endless else type_
    if isinstance(type_, Union | Intersection):
        return rebuilt(type_, lambda part: _broken(part, endless))
    return type_


# -- size ------------------------------------------------------------------------------------------


def least_size(types: Mapping[str, Described]) -> int:
    """Return how many characters the types take at least."""
    return sum(_size(found.type) for found in types.values())


def _size(type_: Type) -> int:
    return 1 + sum(map(_size, parts(type_)))


def undocumented(types: Mapping[str, Described]) -> dict[str, Described]:
    """Return the types without a word about them."""
    return {key: Described(_silent(found.type)) for key, found in types.items()}


def _silent(type_: Type) -> Type:
    if isinstance(type_, Object):
        type_ = replace(type_, properties=tuple(replace(p, doc=Doc()) for p in type_.properties))
    return rebuilt(type_, _silent)


def limited(types: Mapping[str, Described], depth: int) -> dict[str, Described]:
    """Return the types down to a depth; what lies deeper is `unknown`, and not among them.

    Args:
        types: The first of them is :data:`ROOT`.
        depth: How often objects and lists may be nested; -1 leaves nothing.
    """
    depths = {ROOT: 0}
    pending = [ROOT]
    while pending:
        key = pending.pop(0)
        for mentioned, at in _depths(types[key].type, depths[key]):
            if at <= depth and at < depths.get(mentioned, depth + 1):
                depths[mentioned] = at
                pending.append(mentioned)
    return {
        key: replace(found, type=_cut(found.type, depth - depths[key]))
        for key, found in types.items()
        if key in depths
    }


def _depths(type_: Type, depth: int) -> Iterator[tuple[str, int]]:
    """Yield the types that a type at some depth mentions, with their depths."""
    if isinstance(type_, Reference):
        yield type_.key, depth
    for part in parts(type_):
        yield from _depths(part, depth + _nests(type_))


def _nests(type_: Type) -> bool:
    return isinstance(type_, Array | Object | Record | Tuple)


def _cut(type_: Type, left: int) -> Type:
    if left < 0 and (_nests(type_) or isinstance(type_, Reference) or _is_wide(type_)):
        return UNKNOWN
    return rebuilt(type_, lambda part: _cut(part, left - _nests(type_)))


def _is_wide(type_: Type) -> bool:
    return isinstance(type_, Union) and len(type_.options) > WIDE
