"""JSON Schema as types of the intermediate form."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

from pydantic.json_schema import DefsRef

from marotte.typegen.docs import Doc, parse_doc
from marotte.typegen.errors import TypingsError
from marotte.typegen.schema import Direction, Schema, opposite
from marotte.typegen.types import (
    BOOLEAN,
    NULL,
    NUMBER,
    STRING,
    UNKNOWN,
    VOID,
    Application,
    Array,
    Function,
    Literal,
    Object,
    Parameter,
    Property,
    Record,
    Reference,
    Text,
    Tuple,
    Type,
    allows,
    intersection,
    union,
    without,
)

__all__ = [
    "JSON_VALUE",
    "constant_type",
    "read_json",
    "read_property",
    "read_rest",
    "read_type",
    "type_parameters",
]

JSON_VALUE = "json"
"""The key of the type of any JSON value."""

_SIMPLE: Mapping[str, Type] = {
    "string": STRING,
    "number": NUMBER,
    "integer": NUMBER,
    "boolean": BOOLEAN,
    "null": NULL,
}


def read_type(schema: Schema | bool, direction: Direction, *, readonly: bool = False) -> Type:
    """Return the type of the values that a schema admits.

    Args:
        schema: Of any of the drafts in use; references stay references.
        direction: Whether scripts give such values or get them.
        readonly: Whether they are frozen.
    """
    return _Reader(direction, readonly).read(schema)


def read_json(schema: Schema | bool, direction: Direction) -> Type:
    """Return the type of JSON that crosses just as its schema says, null as null."""
    return _Reader(direction, readonly=False, verbatim=True).read(schema)


def read_rest(schema: Schema, direction: Direction) -> Type:
    """Return the type of a rest parameter: what text there is stands for the whole list."""
    return _Reader(direction, readonly=False).rest(schema)


def read_property(name: str, schema: Schema, direction: Direction) -> Property:
    """Return a property that is always there, unless it may be null."""
    return _Reader(direction, readonly=False).property(name, schema, required=True)


def constant_type(value: object, path: str = "", docs: Mapping[str, str] | None = None) -> Type:
    """Return the type of a frozen JSON value; of a plain one only its kind is told.

    Args:
        value: The value.
        path: What it is called.
        docs: What its members are, by path; one of which nothing is said is as what it belongs to.
    """
    if isinstance(value, str):
        return STRING
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int | float):
        return NUMBER
    return _documented(_literal(value), path, docs or {}, "")


def _documented(type_: Type, path: str, docs: Mapping[str, str], otherwise: str) -> Type:
    if not isinstance(type_, Object):
        return type_

    def said(member: Property) -> Property:
        place = f"{path}.{member.name}"
        text = docs.get(place, otherwise)
        inner = _documented(member.type, place, docs, text)
        return replace(member, type=inner, doc=parse_doc(text))

    return replace(type_, properties=tuple(map(said, type_.properties)))


def type_parameters(
    schema: object, definitions: Mapping[DefsRef, Schema], *, of_data: bool = False
) -> Iterator[str]:
    """Yield the type parameters that a schema needs of what it belongs to.

    Args:
        schema: Of a parameter, a result or a named type.
        definitions: What it may refer to: what is generic has its parameters from those who use it.
        of_data: Leave out those that only functions of scripts mention.
    """
    met: set[str] = set()
    pending = [schema]
    while pending:
        found = pending.pop(0)
        if isinstance(found, list):
            pending += found
        if not isinstance(found, Mapping):
            continue
        yield from found.get("tsParameters", ())
        key = None if "tsArguments" in found else _key(found)
        if key is not None and key not in met:
            met.add(key)
            pending.append(definitions.get(DefsRef(key)))
        pending += (part for word, part in found.items() if not (of_data and word == "tsFunction"))


def _key(schema: Mapping[str, Any]) -> str | None:
    """Return what the reference of a schema names, if it has one."""
    reference = schema.get("$ref")
    return reference.split("/", 2)[2] if isinstance(reference, str) else None


class _Reader:
    """Reads schemas that go one way, all frozen or none.

    Args:
        direction: Which way.
        readonly: Whether all is frozen.
        verbatim: Whether null stays null on the way to scripts.
    """

    def __init__(self, direction: Direction, readonly: bool, verbatim: bool = False) -> None:
        self._direction = direction
        self._frozen = readonly
        self._verbatim = verbatim
        self._leaves_out_null = direction == "output" and not verbatim
        # What scripts give is not written to, so that they may give what they must not write to.
        self._readonly = readonly or direction == "input"

    def read(self, schema: Schema | bool) -> Type:
        """Return the type of a schema."""
        if isinstance(schema, bool):
            return UNKNOWN if schema else Text("never")
        special = self._special(schema)
        if special is not None:
            return special
        parts = [self._reference(schema), self._combined(schema, "allOf")]
        parts += [self._alternatives(schema, key) for key in ("anyOf", "oneOf")]
        parts.append(self._plain(schema))
        found = intersection(part for part in parts if part is not None)
        return union([found, NULL]) if schema.get("nullable") else found

    def _special(self, schema: Schema) -> Type | None:
        if "tsType" in schema:
            return Text(schema["tsType"])
        if "tsClass" in schema:
            return Reference(schema["tsClass"])
        if "tsJson" in schema:
            return Reference(JSON_VALUE) if self._direction == "output" else UNKNOWN
        if "tsFunction" in schema:
            return self._function(schema["tsFunction"])
        return None

    def _reference(self, schema: Schema) -> Type | None:
        key = _key(schema)
        if key is None:
            return None
        given = schema.get("tsArguments")
        return Reference(key, None if given is None else tuple(given))

    def _combined(self, schema: Schema, key: str) -> Type | None:
        return intersection(map(self.read, schema[key])) if key in schema else None

    def _alternatives(self, schema: Schema, key: str) -> Type | None:
        return union(map(self.read, schema[key])) if key in schema else None

    def _plain(self, schema: Schema) -> Type | None:
        """Return what the keywords of one schema itself say."""
        kinds = schema.get("type")
        if "const" in schema or "enum" in schema:
            return union(_literal(value) for value in _constants(schema) if _is_any(value, kinds))
        if isinstance(kinds, list):
            return union(self._kind(schema, kind) for kind in kinds)
        if kinds is None:
            kinds = _implied(schema)
        return None if kinds is None else self._kind(schema, kinds)

    def _kind(self, schema: Schema, kind: str) -> Type:
        if kind == "array":
            return self._array(schema)
        if kind == "object":
            return self._object(schema)
        if kind not in _SIMPLE:
            raise TypingsError(f"unknown type {kind!r} in a schema")
        if kind == "string" and schema.get("examples") and not self._verbatim:
            # Editors offer the words; with plain `string` they would vanish in it.
            return union([*map(_literal, schema["examples"]), Text("(string & {})")])
        return _SIMPLE[kind]

    def _array(self, schema: Schema) -> Type:
        items = schema.get("items", True)
        first = schema.get("prefixItems", items if isinstance(items, list) else None)
        if first is None:
            return Array(self.read(items), self._readonly)
        further = schema.get("additionalItems", True) if isinstance(items, list) else items
        most = schema.get("maxItems", len(first) + 1)
        rest = None if further is False or most <= len(first) else self.read(further)
        first = first[:most]
        required = min(schema.get("minItems", 0), len(first))
        return Tuple(tuple(map(self.read, first)), required, rest, self._readonly)

    def _object(self, schema: Schema) -> Type:
        inner = self
        if self._leaves_out_null:
            inner = _Reader("output", self._frozen or schema.get("readOnly", False))
        required = dict.fromkeys(schema.get("required", ()))
        named: Schema = schema.get("properties", {})
        named = named | {name: _other(schema) for name in required if name not in named}
        properties = tuple(
            inner.property(name, described, required=name in required)
            for name, described in named.items()
        )
        index = inner.index(schema, properties)
        if not properties:
            return Record(Text("never") if index is None else index, inner._readonly)
        return Object(properties, index, inner._readonly)

    def property(self, name: str, schema: Schema | bool, *, required: bool) -> Property:
        """Return a property; on the way to scripts, one that is null is left out."""
        type_ = self.read(schema)
        said: Schema = schema if isinstance(schema, dict) else {}
        optional = not (required or said.get("tsRequired", False))
        if self._leaves_out_null and _may_be_null(type_):
            optional, type_ = True, without(type_, NULL)
        return Property(
            name,
            type_,
            optional,
            readonly=self._frozen,
            doc=_property_doc(said, with_default=self._direction == "input"),
        )

    def index(self, schema: Schema, properties: Sequence[Property]) -> Type | None:
        """Return the type of the properties that have no name in the schema, if there may be any.

        A schema that names properties and is silent on others means those alone. An index
        signature covers the named properties too, so it admits their types.
        """
        patterns = list(schema.get("patternProperties", {}).values())
        further = schema.get("additionalProperties", not _names_members(schema))
        found = [self.read(s) for s in ([] if further is False else [further]) + patterns]
        if not found:
            return None
        optional = [Text("undefined")] if any(p.optional for p in properties) else []
        return union([*found, *(p.type for p in properties), *optional])

    def _function(self, described: Mapping[str, Any]) -> Type:
        there = _Reader(opposite(self._direction), readonly=False)
        names = list(described["names"].values())
        parameters = [
            Parameter(name, there.read(schema), optional=not required)
            for name, required, schema in zip(
                names, described["required"], described["parameters"], strict=True
            )
        ]
        if described["rest"]:
            last = described["parameters"][-1]
            parameters[-1] = Parameter(names[-1], there.rest(last), rest=True)
        return Function(tuple(parameters), self._answer(described))

    def rest(self, schema: Schema) -> Type:
        """Return the type of the list of further arguments; it is always a fresh one."""
        items = schema.get("items", True)
        if isinstance(items, dict) and "tsType" in items:
            return Text(items["tsType"])
        return Array(self.read(items))

    def _answer(self, described: Mapping[str, Any]) -> Type:
        result = VOID if described["result"] is None else self.read(described["result"])
        if self._direction == "output":
            return Application("Promise", result) if described["asynchronous"] else result
        if allows(result, NULL):
            result = union([result, VOID])
        if not described["asynchronous"]:
            return result
        return union([result, Application("PromiseLike", result)])


def _may_be_null(type_: Type) -> bool:
    return allows(type_, NULL) or type_ in (UNKNOWN, Reference(JSON_VALUE))


def _constants(schema: Schema) -> list[object]:
    """Return the values that `const` and `enum` leave."""
    values: list[object] = schema.get("enum", [schema.get("const")])
    if "const" not in schema:
        return values
    only = schema["const"]
    # Python takes true for 1.
    return [v for v in values if v == only and isinstance(v, bool) == isinstance(only, bool)]


def _is_any(value: object, kinds: str | list[str] | None) -> bool:
    """Whether a JSON value is of one of the types; all are of none."""
    asked = [kinds] if isinstance(kinds, str) else kinds
    return asked is None or not _kinds(value).isdisjoint(asked)


def _kinds(value: object) -> set[str]:
    """Return the types that a JSON value has in a schema."""
    if isinstance(value, bool | None):
        return {"null" if value is None else "boolean"}
    if isinstance(value, int | float):
        return {"number", "integer"} if value % 1 == 0 else {"number"}
    return (
        {"string"} if isinstance(value, str) else {"array" if isinstance(value, list) else "object"}
    )


def _names_members(schema: Schema) -> bool:
    """Whether a schema of objects says which members they have."""
    return "properties" in schema or bool(schema.get("required") or schema.get("patternProperties"))


def _other(schema: Schema) -> Schema | bool:
    """Return the schema of a member that `properties` does not name."""
    patterns = list(schema.get("patternProperties", {}).values())
    further = schema.get("additionalProperties", not patterns)
    return {"anyOf": [*patterns, further]} if patterns else further


def _literal(value: object) -> Type:
    if value is None:
        return NULL
    if isinstance(value, float) and not isfinite(value):
        return NUMBER
    if isinstance(value, str | int | float):
        return Literal(value)
    if isinstance(value, list):
        return Tuple(tuple(map(_literal, value)), len(value), readonly=True)
    if value == {}:
        return Record(Text("never"), readonly=True)
    if isinstance(value, dict):
        return Object(tuple(Property(str(k), _literal(v), readonly=True) for k, v in value.items()))
    raise TypingsError(f"expected a JSON value as constant, got {value!r}")


def _implied(schema: Schema) -> str | None:
    """Return the type that is meant where only its keywords are there."""
    if {"properties", "required", "additionalProperties", "patternProperties"} & schema.keys():
        return "object"
    if {"items", "prefixItems"} & schema.keys():
        return "array"
    return None


def _property_doc(schema: Schema, *, with_default: bool) -> Doc:
    default = schema.get("default") if with_default else None
    text = "" if default is None else json.dumps(default, ensure_ascii=False)
    only = f"Always `{json.dumps(schema['const'])}`." if "const" in schema else ""
    said = parse_doc(schema.get("description", only))
    return Doc(said.text, default=text, deprecated=bool(schema.get("deprecated")))
