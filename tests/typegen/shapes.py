"""Random JSON Schemas and instances, and what of a schema TypeScript can express: its shape.

The shape of a schema is what is left of it when

- ranges, lengths, patterns, formats, uniqueness, conditions and `not` are gone;
- an integer is a number, and one of several (`oneOf`) is any of them;
- keywords of objects (or of lists) alone mean objects (or lists), without the word;
- a list's length counts only up to the end of its positions;
- members that are named by pattern or not at all share one schema, which admits the named ones too;
- a schema that names members, and is silent on others, means those.

The last is about what is written down as a literal, where a compiler looks for members that are too
many (`closed`). Of a value from elsewhere it does not ask.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator

__all__ = ["Schema", "admits", "documents", "instances", "literal_type", "shape", "spelled_out"]

Schema: TypeAlias = dict[str, Any]
Part: TypeAlias = Any
"""What may stand in a schema."""
Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]

NAMES = ["a", "b", "x-y", "*/", "ä", "new", 'q"t', ""]
"""Of members; none that every object of JavaScript has."""

DEFINITIONS = ["D0", "D1", "D 2"]
SCALARS = [None, True, False, 0, 1, -2, 1.5, "", "a", 'b"*/', "ä\n"]
KINDS = ["string", "number", "integer", "boolean", "null", "array", "object"]
RANGES: list[Schema] = [
    {},
    {"minLength": 1},
    {"pattern": "^a"},
    {"minimum": 1},
    {"format": "uuid", "title": "T"},
    {"not": {"const": 1}},
    {"uniqueItems": True},
]


# -- schemas ---------------------------------------------------------------------------------------


class _Documents:
    """Draws schemas that compilers and validators both can take to the end.

    Args:
        draw: From hypothesis.
        closed: Whether unions and intersections of objects are left out.
        tuples: Whether lists by position are those of the older draft.
    """

    def __init__(self, draw: Draw, closed: bool, old: bool) -> None:
        self._draw = draw
        self._closed = closed
        self._old = old

    def document(self) -> Schema:
        """A schema with definitions."""
        group = "definitions" if self._old else "$defs"
        found = self.schema(3, DEFINITIONS)
        found = (
            found if isinstance(found, dict) else {"properties": {"a": found}, "required": ["a"]}
        )
        # A definition is itself only within an object or a list.
        defined = {n: self.schema(2, DEFINITIONS[i + 1 :]) for i, n in enumerate(DEFINITIONS)}
        return {**found, group: defined}

    def schema(self, depth: int, names: list[str]) -> Schema | bool:
        """A schema that may be one of the named definitions."""
        simple = [self._kind, self._constant, self._anything]
        if names:
            simple.append(lambda: self._reference(names))
        if depth > 0:
            simple += [lambda: self._object(depth), lambda: self._list(depth)] * 2
            if not self._closed:
                simple += [lambda: self._several(depth, names)]
        found: Schema | bool = self._draw(st.sampled_from(simple))()
        if isinstance(found, dict) and "$ref" not in found and self._one_in(8):
            found = {**found, "nullable": True}
        return found

    def _one_in(self, count: int) -> bool:
        return bool(self._draw(st.integers(0, count - 1)) == 0)

    def _some(self, values: list[Any], most: int = 3, least: int = 0) -> list[Any]:
        strategy = st.sampled_from(values)
        found: list[Any] = self._draw(
            st.lists(strategy, min_size=least, max_size=most, unique_by=repr)
        )
        return found

    def _kind(self) -> Schema:
        extra = self._draw(st.sampled_from(RANGES))
        if self._one_in(4):
            return {"type": self._some(KINDS, least=1), **extra}
        return {"type": self._draw(st.sampled_from(KINDS)), **extra}

    def _constant(self) -> Schema:
        values = [*SCALARS, [], [1, "a"], {}] + ([] if self._closed else [{"a": [1]}, {"b": None}])
        if self._one_in(2):
            return {"const": self._draw(st.sampled_from(values))}
        kind = {"type": self._some(KINDS, least=1)} if self._one_in(3) else {}
        return {"enum": self._some(values, most=4, least=1), **kind}

    def _anything(self) -> Schema | bool:
        found: Schema | bool = self._draw(st.sampled_from([True, {}, False, {"not": {}}]))
        return found

    def _reference(self, names: list[str]) -> Schema:
        name = self._draw(st.sampled_from(names)).replace(" ", "%20")
        return {"$ref": f"#/{'definitions' if self._old else '$defs'}/{name}"}

    def _inner(self, depth: int) -> Schema | bool:
        return self.schema(depth - 1, DEFINITIONS)

    def _object(self, depth: int) -> Schema:
        found: Schema = {} if self._one_in(3) else {"type": "object"}
        names = self._some(NAMES)
        if names or not self._one_in(3):
            found["properties"] = {name: self._inner(depth) for name in names}
        # A type of which all members are optional is one that values must share a member with.
        least = 0 if self._closed or not names else 1
        required = self._some([*names, *NAMES[:2]], least=least)
        if required or not found:
            found["required"] = required or ["a"]
        if self._one_in(3):
            found["additionalProperties"] = self._inner(depth)
        if self._one_in(4):
            found["patternProperties"] = {"^x": self._inner(depth)}
        return found

    def _list(self, depth: int) -> Schema:
        found: Schema = {"type": "array"}
        if self._one_in(2):
            return {**found, "items": self._inner(depth), "minItems": self._draw(st.integers(0, 2))}
        first = [self._inner(depth) for _ in range(self._draw(st.integers(1, 3)))]
        found["items" if self._old else "prefixItems"] = first
        further = self._draw(st.sampled_from([None, False, self._inner(depth)]))
        if further is not None:
            found["additionalItems" if self._old else "items"] = further
        for key in ("minItems", "maxItems"):
            if self._one_in(2):
                found[key] = self._draw(st.integers(0, 4))
        return found

    def _several(self, depth: int, names: list[str]) -> Schema:
        key = self._draw(st.sampled_from(["anyOf", "oneOf", "allOf"]))
        count = self._draw(st.integers(1, 3))
        found = {key: [self.schema(depth - 1, names) for _ in range(count)]}
        return {**self._object(depth), **found} if self._one_in(4) else found


@st.composite
def documents(draw: Draw, *, closed: bool) -> tuple[Schema, bool]:
    """Schemas, and whether they are of the older draft."""
    old = draw(st.booleans())
    return _Documents(draw, closed, old).document(), old


# -- instances -------------------------------------------------------------------------------------

JSON = st.recursive(
    st.sampled_from(SCALARS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    ),
    max_leaves=5,
)


@st.composite
def instances(draw: Draw, document: Schema) -> object:
    """Values that may be what a schema means, or nearly so."""
    return _instance(draw, document, document, 6)


def _instance(draw: Draw, schema: Schema | bool, document: Schema, depth: int) -> object:
    if not isinstance(schema, dict) or depth < 0 or draw(st.integers(0, 15)) == 0:
        return draw(JSON)

    def inner(schema: Schema | bool) -> object:
        return _instance(draw, schema, document, depth - 1)

    if "$ref" in schema:
        _, group, name = schema["$ref"].split("/")
        return inner(document[group][name.replace("%20", " ")])
    several = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    if several and draw(st.booleans()):
        return inner(draw(st.sampled_from(several)))
    if "const" in schema or "enum" in schema:
        return draw(st.sampled_from(schema.get("enum", [schema.get("const")])))
    if {"properties", "required", "additionalProperties", "patternProperties"} & schema.keys():
        return _object(draw, schema, inner)
    if {"items", "prefixItems"} & schema.keys():
        return _list(draw, schema, inner)
    kinds = schema.get("type", [])
    kind = draw(st.sampled_from(kinds)) if isinstance(kinds, list) and kinds else kinds
    return draw(_OF_KIND.get(kind if isinstance(kind, str) else "", JSON))


_OF_KIND: Mapping[str, st.SearchStrategy[object]] = {
    "string": st.sampled_from(["", "a", "ä\n"]),
    "number": st.sampled_from([0, 1.5, -2]),
    "integer": st.sampled_from([0, 1, -2]),
    "boolean": st.booleans(),
    "null": st.none(),
    "array": st.lists(JSON, max_size=2),
    "object": st.dictionaries(st.sampled_from(NAMES), JSON, max_size=2),
}


def _object(draw: Draw, schema: Schema, inner: Callable[[Any], object]) -> object:
    named: Schema = schema.get("properties", {})
    required = schema.get("required", [])
    wanted = [*required, *(name for name in named if draw(st.booleans()))]
    if draw(st.integers(0, 5)) == 0 and wanted:
        wanted.pop(0)
    if draw(st.integers(0, 3)) == 0:
        wanted.append(draw(st.sampled_from(NAMES)))
    other = schema.get("additionalProperties", schema.get("patternProperties", {}).get("^x", True))
    return {name: inner(named.get(name, other)) for name in wanted}


def _list(draw: Draw, schema: Schema, inner: Callable[[Any], object]) -> object:
    items = schema.get("items", True)
    first = schema.get("prefixItems", items if isinstance(items, list) else [])
    other = schema.get("additionalItems", True) if isinstance(items, list) else items
    count = draw(st.integers(0, len(first) + 1))
    return [inner(first[i] if i < len(first) else other) for i in range(count)]


# -- shapes ----------------------------------------------------------------------------------------


def admits(schema: Schema, old: bool, value: object) -> bool:
    """Whether a validator finds nothing wrong with a value."""
    validator = Draft7Validator if old else Draft202012Validator
    return bool(validator(schema).is_valid(value))


def shape(schema: Part, *, closed: bool) -> Part:
    """What is left of a schema, in words of the newer draft."""
    if not isinstance(schema, dict):
        return schema

    def inner(schema: Part) -> Part:
        return shape(schema, closed=closed)

    if schema.get("not") == {}:
        return {"not": {}, **_defined(schema, inner)}
    if schema.get("nullable"):
        rest = {key: value for key, value in schema.items() if key != "nullable"}
        groups = {key: rest.pop(key) for key in ("$defs", "definitions") if key in rest}
        return {"anyOf": [inner(rest), {"type": "null"}], **_defined(groups, inner)}
    said = [_keywords(schema, inner, closed)]
    if "$ref" in schema:
        said.append({"$ref": "#/$defs/" + schema["$ref"].rsplit("/", 1)[1]})
    words = {"allOf": "allOf", "anyOf": "anyOf", "oneOf": "anyOf"}
    said += [{word: list(map(inner, schema[key]))} for key, word in words.items() if key in schema]
    return {"allOf": said, **_defined(schema, inner)}


def spelled_out(schema: Part) -> Part:
    """The schema in which nothing is implied: neither its kind nor that others may be there."""
    if isinstance(schema, list):
        return list(map(spelled_out, schema))
    if not isinstance(schema, dict):
        return schema
    found = {
        key: {name: spelled_out(inner) for name, inner in value.items()}
        if key in ("properties", "patternProperties", "definitions", "$defs")
        else value
        if key in ("const", "enum", "not")
        else spelled_out(value)
        for key, value in schema.items()
    }
    implied = _implied(schema)
    if "type" not in schema and implied is not None:
        found["type"] = implied
    silent = "additionalProperties" not in schema and "object" in found.get("type", ())
    return {**found, "additionalProperties": True} if silent else found


def _defined(schema: Schema, inner: Callable[[Part], Part]) -> Schema:
    found = schema.get("$defs", schema.get("definitions"))
    return {} if found is None else {"$defs": {name: inner(s) for name, s in found.items()}}


def _keywords(schema: Schema, inner: Callable[[Part], Part], closed: bool) -> Part:
    """What the keywords of one schema itself say."""
    if "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        kind = {"type": schema["type"]} if "type" in schema else {}
        return {"anyOf": [{"allOf": [kind, _constant(v, closed)]} for v in values], **kind}
    kinds = schema.get("type", _implied(schema))
    if kinds is None:
        return True
    kinds = [kinds] if isinstance(kinds, str) else kinds
    found: Schema = {"type": ["number" if kind == "integer" else kind for kind in kinds]}
    if "array" in kinds:
        found |= _list_shape(schema, inner)
    if "object" in kinds:
        found |= _object_shape(schema, inner, closed)
    return found


def _implied(schema: Schema) -> str | None:
    if {"properties", "required", "additionalProperties", "patternProperties"} & schema.keys():
        return "object"
    return "array" if {"items", "prefixItems"} & schema.keys() else None


def _constant(value: object, closed: bool) -> Part:
    if isinstance(value, list):
        first = [_constant(item, closed) for item in value]
        return {"type": "array", "minItems": len(value), "maxItems": len(value)} | (
            {"prefixItems": first} if first else {}
        )
    if isinstance(value, dict):
        members = {name: _constant(item, closed) for name, item in value.items()}
        only = {"additionalProperties": False} if closed or not value else {}
        return {"type": "object", "properties": members, "required": [*value], **only}
    return {"const": value}


def _list_shape(schema: Schema, inner: Callable[[Part], Part]) -> Schema:
    items = schema.get("items", True)
    first = schema.get("prefixItems", items if isinstance(items, list) else None)
    if first is None:
        return {"items": inner(items)}
    further = schema.get("additionalItems", True) if isinstance(items, list) else items
    most = schema.get("maxItems", len(first) + 1)
    positions = list(map(inner, first))[:most]
    found = {"items": False if most <= len(first) else inner(further)}
    found["minItems"] = min(schema.get("minItems", 0), len(positions))
    return found | ({"prefixItems": positions} if positions else {})


def _object_shape(schema: Schema, inner: Callable[[Part], Part], closed: bool) -> Schema:
    patterns = list(schema.get("patternProperties", {}).values())
    required = schema.get("required", [])
    silent = not ("properties" in schema or required or patterns)
    further = schema.get("additionalProperties", silent)
    other = schema.get("additionalProperties", not patterns)
    others = {"anyOf": [*patterns, other]} if patterns else other
    named = {**dict.fromkeys(required, others), **schema.get("properties", {})}
    members = {name: inner(described) for name, described in named.items()}
    found: Schema = {"properties": members, "required": required}
    unnamed = [inner(s) for s in ([] if _is_nothing(further) else [further]) + patterns]
    if unnamed:
        found["additionalProperties"] = {"anyOf": [*unnamed, *members.values()]}
    elif closed or not members:
        found["additionalProperties"] = False
    return found


def _is_nothing(schema: Schema | bool) -> bool:
    return schema is False or (isinstance(schema, dict) and schema.get("not") == {})


# -- values as types -------------------------------------------------------------------------------


def literal_type(value: object) -> str:
    """The type of a value and of no other."""
    if isinstance(value, list):
        return f"[{', '.join(map(literal_type, value))}]"
    if isinstance(value, dict):
        members = (f"{json.dumps(name)}: {literal_type(item)}" for name, item in value.items())
        return f"{{ {'; '.join(members)} }}"
    return json.dumps(value)
