"""Foreign JSON Schemas as a set of named ones, in which only what is understood is left.

A tool's schema comes from wherever the tool does. What this room's reader is given of it refers to
nothing but definitions that are there, has every keyword in its proper form and none of the house's
own, and is not nested without end. What is malformed or points elsewhere says nothing: such a type
is `unknown`, and no tool is lost for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias
from urllib.parse import unquote

from marotte.typegen.schema import Schema

__all__ = ["ROOT", "resolved"]

ROOT = ""
"""The pointer to the whole schema."""

DEPTH = 64
"""Schemas nested deeper than this say nothing."""

_KINDS = frozenset(["string", "number", "integer", "boolean", "null", "array", "object"])
_Clean: TypeAlias = Callable[[object], Schema | bool]
_Keyword: TypeAlias = Callable[[Any, _Clean], object]


def resolved(schema: object) -> dict[str, Schema | bool]:
    """Return a schema, under :data:`ROOT`, and all that it refers to, by JSON pointer.

    Args:
        schema: Of any draft from 4 on, or of OpenAPI.

    Returns:
        Schemas whose references are of the form ``#/$defs/POINTER``.
    """
    return _Resolver(schema).resolve()


class _Resolver:
    def __init__(self, document: object) -> None:
        self._document = document
        self._definitions: dict[str, Schema | bool] = {ROOT: True}

    def resolve(self) -> dict[str, Schema | bool]:
        """Return the whole and all that it mentions, in the order in which it is met."""
        pending = [ROOT]
        for pointer in pending:
            known = len(self._definitions)
            self._definitions[pointer] = self._clean(_follow(self._document, pointer), 0)
            pending += [*self._definitions][known:]
        return self._definitions

    def _refer(self, pointer: str) -> bool:
        """Take note of what a pointer leads to, and tell whether there is something."""
        if pointer not in self._definitions:
            if not isinstance(_follow(self._document, pointer), Mapping | bool):
                return False
            self._definitions[pointer] = True
        return True

    def _clean(self, schema: object, depth: int) -> Schema | bool:
        """Return what is understood of a schema."""
        if not isinstance(schema, Mapping) or depth > DEPTH:
            return schema is not False
        if schema.get("not") in (True, {}):
            return False
        clean = partial(self._clean, depth=depth + 1)
        found: Schema = {}
        for keyword, read in _KEYWORDS.items():
            value = read(schema[keyword], clean) if keyword in schema else None
            if value is not None:
                found[keyword] = value
        if "const" in schema:
            found["const"] = schema["const"]
        pointer = self._pointer(schema.get("$ref"))
        if pointer is not None and self._refer(pointer):
            found["$ref"] = f"#/$defs/{pointer}"
        return found

    def _pointer(self, reference: object) -> str | None:
        """Return the pointer of a reference into this document."""
        if not isinstance(reference, str):
            return None
        address, _, fragment = reference.partition("#")
        own = self._document.get("$id", "") if isinstance(self._document, Mapping) else ""
        if address not in ("", str(own).removesuffix("#")):
            return None
        fragment = unquote(fragment)
        if not fragment or fragment.startswith("/"):
            return fragment
        return _anchored(self._document, fragment)


def _follow(document: object, pointer: str) -> object:
    """Return what a JSON pointer leads to; ``None``: nothing."""
    found = document
    for word in pointer.split("/")[1:]:
        word = word.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping):
            found = found.get(word)
        elif isinstance(found, list) and word.isdecimal() and int(word) < len(found):
            found = found[int(word)]
        else:
            return None
    return found


def _anchored(document: object, anchor: str) -> str | None:
    """Return the pointer of the definition that has an anchor."""
    for group in ("$defs", "definitions"):
        definitions = document.get(group) if isinstance(document, Mapping) else None
        for name, found in definitions.items() if isinstance(definitions, Mapping) else ():
            names = (found.get("$anchor"), found.get("$id")) if isinstance(found, Mapping) else ()
            if anchor in names or f"#{anchor}" in names:
                return f"/{group}/{str(name).replace('~', '~0').replace('/', '~1')}"
    return None


# -- keywords, each in its proper form, or None ----------------------------------------------------


def _kinds(value: object, _clean: _Clean) -> object:
    if isinstance(value, list):
        known = [kind for kind in value if isinstance(kind, str) and kind in _KINDS]
        return known if known and len(known) == len(value) else None
    return value if isinstance(value, str) and value in _KINDS else None


def _members(value: object, clean: _Clean) -> object:
    if not isinstance(value, Mapping):
        return None
    return {str(name): clean(schema) for name, schema in value.items()}


def _schemas(value: object, clean: _Clean) -> object:
    return [clean(schema) for schema in value] if isinstance(value, list) and value else None


def _items(value: object, clean: _Clean) -> object:
    return [clean(schema) for schema in value] if isinstance(value, list) else clean(value)


def _names(value: object, _clean: _Clean) -> object:
    is_names = isinstance(value, list) and all(isinstance(name, str) for name in value)
    return value if is_names else None


def _count(value: object, _clean: _Clean) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        return None
    return int(value)


def _is(type_: type) -> _Keyword:
    return lambda value, _clean: value if isinstance(value, type_) else None


_KEYWORDS: Mapping[str, _Keyword] = {
    "type": _kinds,
    "enum": _is(list),
    "nullable": _is(bool),
    "properties": _members,
    "patternProperties": _members,
    "additionalProperties": lambda value, clean: clean(value),
    "required": _names,
    "items": _items,
    "prefixItems": _schemas,
    "additionalItems": lambda value, clean: clean(value),
    "minItems": _count,
    "maxItems": _count,
    "allOf": _schemas,
    "anyOf": _schemas,
    "oneOf": _schemas,
    "description": _is(str),
    "deprecated": _is(bool),
    "default": lambda value, _clean: value,
}
