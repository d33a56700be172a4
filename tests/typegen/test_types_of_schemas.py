"""JSON Schema as text of TypeScript, from both drafts in use."""

from __future__ import annotations

import pytest

from marotte.typegen import TypingsError
from marotte.typegen.reading import constant_type, read_type
from marotte.typegen.schema import Direction, Schema
from marotte.typegen.text import (
    TypeWriter,
    is_identifier,
    member_name,
    parameter_name,
    property_name,
)

STRING = {"type": "string"}
NUMBER = {"type": "number"}
NULL = {"type": "null"}
FUNCTION = {"tsType": "(x: string) => void"}


def written(schema: Schema | bool, direction: Direction = "input") -> str:
    return TypeWriter(lambda key: key.upper()).write(read_type(schema, direction))


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        (True, "unknown"),
        (False, "never"),
        ({}, "unknown"),
        (STRING, "string"),
        ({"type": "integer", "minimum": 0}, "number"),
        ({"type": "boolean"}, "boolean"),
        ({"type": ["string", "null"]}, "string | null"),
        ({"const": "a"}, '"a"'),
        ({"const": None}, "null"),
        ({"const": {"a": [1, True]}}, "{ readonly a: readonly [1, true] }"),
        ({"enum": ["a", 1, None, "a"]}, '"a" | 1 | null'),
        ({"enum": [1, True, 0, False]}, "1 | true | 0 | false"),
        ({"type": ["integer", "null"], "enum": [1, 1.5, True, "a", None]}, "1 | null"),
        ({"enum": [1, 2], "const": 2}, "2"),
        ({"const": {}}, "{ readonly [key: string]: never }"),
        ({"enum": ['"*/\n']}, r'"\"*/\n"'),
        ({"type": "string", "nullable": True}, "string | null"),
        ({"anyOf": [NULL, STRING, STRING]}, "string | null"),
        ({"oneOf": [STRING, {}]}, "unknown"),
        ({"anyOf": []}, "never"),
        ({"$ref": "#/$defs/tree"}, "TREE"),
        ({"$ref": "#/$defs/a~b/c"}, "A~B/C"),
        ({"tsType": "K"}, "K"),
        ({"tsJson": True}, "unknown"),
    ],
)
def test_simple(schema: Schema | bool, text: str) -> None:
    assert written(schema) == text


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"allOf": [{"anyOf": [STRING, NUMBER]}, {"$ref": "#/$defs/a"}]}, "(string | number) & A"),
        ({"$ref": "#/$defs/a", "anyOf": [STRING, NULL]}, "A & (string | null)"),
        ({"$ref": "#/$defs/a", "description": "A."}, "A"),
        ({"type": "array", "items": {"anyOf": [STRING, NULL]}}, "readonly (string | null)[]"),
        (
            {"type": "array", "items": {"type": "array", "items": STRING}},
            "readonly (readonly string[])[]",
        ),
        ({"type": "array", "items": FUNCTION}, "readonly ((x: string) => void)[]"),
        ({"anyOf": [FUNCTION, NULL]}, "((x: string) => void) | null"),
        ({"type": "array"}, "readonly unknown[]"),
        ({"items": STRING}, "readonly string[]"),
    ],
)
def test_what_binds_less_is_in_parentheses(schema: Schema | bool, text: str) -> None:
    assert written(schema) == text


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        (
            {"type": "array", "prefixItems": [STRING, NUMBER], "minItems": 2, "maxItems": 2},
            "readonly [string, number]",
        ),
        (
            {"type": "array", "prefixItems": [STRING, NUMBER], "minItems": 1, "items": False},
            "readonly [string, number?]",
        ),
        (
            {"prefixItems": [{"anyOf": [STRING, NULL]}], "items": {"anyOf": [STRING, NULL]}},
            "readonly [(string | null)?, ...(string | null)[]]",
        ),
        ({"items": [STRING, NUMBER], "minItems": 2}, "readonly [string, number, ...unknown[]]"),
        ({"prefixItems": [STRING, NUMBER], "maxItems": 1}, "readonly [string?]"),
        ({"items": [STRING], "additionalItems": False}, "readonly [string?]"),
        ({"items": [STRING], "additionalItems": NUMBER}, "readonly [string?, ...number[]]"),
    ],
)
def test_tuples_of_both_drafts(schema: Schema | bool, text: str) -> None:
    assert written(schema) == text


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        (
            {"properties": {"a": STRING, "b-c": NUMBER, "new": NULL}, "required": ["a"]},
            '{ a: string; "b-c"?: number; new?: null }',
        ),
        ({"type": "object"}, "{ readonly [key: string]: unknown }"),
        ({"type": "object", "additionalProperties": False}, "{ readonly [key: string]: never }"),
        ({"additionalProperties": STRING}, "{ readonly [key: string]: string }"),
        ({"properties": {}}, "{ readonly [key: string]: never }"),
        ({"required": ["a"]}, "{ a: unknown }"),
        (
            {"required": ["a"], "additionalProperties": STRING},
            "{ a: string; readonly [key: string]: string }",
        ),
        (
            {"patternProperties": {"^x": STRING, "^y": NUMBER}},
            "{ readonly [key: string]: string | number }",
        ),
        (
            {"properties": {"a": NUMBER}, "additionalProperties": STRING},
            "{ a?: number; readonly [key: string]: string | number | undefined }",
        ),
    ],
)
def test_objects(schema: Schema | bool, text: str) -> None:
    assert written(schema) == text


def test_what_the_host_gives_may_be_written_to_unless_it_is_frozen() -> None:
    schema: Schema = {
        "properties": {"a": {"type": "array", "items": STRING}, "b": {"type": "object"}},
        "required": ["a", "b"],
    }
    assert written(schema, "output") == "{ a: string[]; b: { [key: string]: unknown } }"
    assert written({**schema, "readOnly": True}, "output") == (
        "{ readonly a: readonly string[]; readonly b: { readonly [key: string]: unknown } }"
    )


def test_what_may_be_null_may_be_absent_from_what_the_host_gives() -> None:
    schema = {
        "properties": {"a": {"anyOf": [STRING, NULL]}, "b": {"tsJson": True}},
        "required": ["a", "b"],
    }
    assert written(schema, "output") == "{ a?: string; b?: JSON }"
    assert written(schema, "input") == "{ a: string | null; b: unknown }"


def test_only_what_may_be_left_out_of_what_scripts_give_is_optional() -> None:
    schema = {"properties": {"a": {"type": "string", "tsRequired": True}, "b": STRING}}
    assert written(schema) == "{ a: string; b?: string }"


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(TypingsError, match="unknown type 'text' in a schema"):
        written({"type": "text"})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1.0", "string"),
        (3, "number"),
        (True, "boolean"),
        (None, "null"),
        (["a"], 'readonly ["a"]'),
        ({"a": 1, "b c": None}, '{ readonly a: 1; readonly "b c": null }'),
    ],
)
def test_constants(value: object, text: str) -> None:
    assert TypeWriter(str).write(constant_type(value)) == text


def test_names() -> None:
    assert is_identifier("$a_1")
    assert not any(map(is_identifier, ["1a", "a-b", "", "import", "ä"]))
    assert [property_name(n) for n in ("a", "import", "1a", 'a"b')] == [
        "a",
        "import",
        '"1a"',
        '"a\\"b"',
    ]
    assert [member_name(n) for n in ("a", "new", "[Symbol.iterator]", "[Symbol.x]: y")] == [
        "a",
        '"new"',
        "[Symbol.iterator]",
        '"[Symbol.x]: y"',
    ]
    assert [parameter_name(n) for n in ("a", "default", "1", "a-b")] == [
        "a",
        "default_",
        "_1",
        "a_b",
    ]
