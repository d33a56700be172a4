"""JSON Schemas from outside: what is one, and what values match it."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from marotte.conversation import InvalidValueError, JsonSchema, TooDeepError, TooLargeError

ADDRESS = {
    "type": "object",
    "properties": {"lines": {"type": "array", "items": {"type": "string"}, "maxItems": 2}},
    "required": ["lines"],
}


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"lines": ["a", "b"]}, None),
        ({"lines": ["a", 7]}, "args.lines[1]: 7 is not of type 'string'"),
        ({"lines": list("abc")}, "args.lines: ['a', 'b', 'c'] is too long"),
        ({}, "args: 'lines' is a required property"),
        ([], "args: [] is not of type 'object'"),
    ],
)
def test_a_problem_names_where_and_what(value: JsonValue, problem: str | None) -> None:
    assert JsonSchema(ADDRESS).problem(value, "args") == problem


def test_a_long_value_does_not_fill_the_error() -> None:
    problem = JsonSchema({"type": "number"}).problem("x" * 10_000)
    assert problem is not None
    assert len(problem) < 400


@pytest.mark.parametrize("whole", [5, 5.0])
def test_numbers_are_those_of_javascript(whole: float) -> None:
    assert JsonSchema({"type": "integer"}).problem(whole) is None


def test_another_draft_may_be_named() -> None:
    tuple_of_two = {"items": [{"type": "string"}, {"type": "number"}]}
    old = {"$schema": "http://json-schema.org/draft-07/schema#", **tuple_of_two}
    assert JsonSchema(old).problem(["a", "b"]) == "value[1]: 'b' is not of type 'number'"
    with pytest.raises(InvalidValueError, match=r"schema\.items: no valid JSON Schema"):
        JsonSchema(tuple_of_two)


@pytest.mark.parametrize(
    ("schema", "error", "message"),
    [
        (7, InvalidValueError, "parameters: expected a JSON Schema object, got 7"),
        (True, InvalidValueError, "parameters: expected a JSON Schema object, got true"),
        (
            {"properties": {"a": {"type": "strin"}}},
            InvalidValueError,
            "parameters.properties.a.type: no valid JSON Schema: 'strin' is not valid under any "
            "of the given schemas",
        ),
        ({"minimum": "1"}, InvalidValueError, "parameters.minimum: no valid JSON Schema: "),
        ({"default": {1, 2}}, InvalidValueError, "parameters.default: expected a JSON value"),
        ({"description": "x" * 300_000}, TooLargeError, "parameters: 300019 characters of JSON"),
    ],
)
def test_what_is_no_schema_is_refused(schema: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        JsonSchema(schema, "parameters")
    assert str(caught.value).startswith(message)


def test_a_deep_schema_is_refused() -> None:
    schema: dict[str, object] = {}
    for _ in range(100):
        schema = {"not": schema}
    with pytest.raises(TooDeepError):
        JsonSchema(schema)


def test_a_reference_within_the_schema_is_followed() -> None:
    tree = {"type": "object", "properties": {"child": {"$ref": "#"}}}
    schema = JsonSchema(tree)
    assert schema.problem({"child": {"child": {}}}) is None
    assert schema.problem({"child": {"child": 7}}) == "value.child.child: 7 is not of type 'object'"


def test_a_reference_to_another_document_is_never_fetched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/schema.json"
        problem = JsonSchema({"$ref": url}).problem({})
        assert problem == f"value: the schema refers to {url}, which is not part of it"
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize("schema", [{"$ref": "#"}, {"allOf": [{"$ref": "#"}]}])
def test_a_schema_that_never_ends_is_a_problem_of_the_value(schema: dict[str, object]) -> None:
    problem = JsonSchema(schema).problem({})
    assert problem == "value: the schema refers to itself without end"


def test_a_schema_is_a_copy() -> None:
    given_schema: dict[str, object] = {"type": "string"}
    schema = JsonSchema(given_schema)
    given_schema["type"] = "number"
    assert schema.problem("text") is None
    assert schema.schema == {"type": "string"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(json_values)
def test_the_empty_schema_takes_everything(value: JsonValue) -> None:
    assert JsonSchema({}).problem(value) is None
    assert JsonSchema({"const": value}).problem(value) is None
    assert JsonSchema({"not": {}}).problem(value) is not None


SLOW = "^(a+)+$"
"""A pattern that a backtracking engine tries for longer than anyone lives."""

HOSTILE = "a" * 60 + "!"


@pytest.mark.parametrize("version", ["draft-04", "draft-06", "draft-07", "2019-09", "2020-12"])
@pytest.mark.parametrize(
    ("schema", "value", "problem"),
    [
        ({"pattern": SLOW}, HOSTILE, "does not match"),
        ({"pattern": SLOW}, 7, None),
        ({"patternProperties": {SLOW: {"type": "null"}}}, {HOSTILE: 1}, None),
        ({"patternProperties": {SLOW: {"type": "null"}}}, {"aa": 1}, "is not of type 'null'"),
        (
            {"patternProperties": {SLOW: {}}, "additionalProperties": False},
            {"aa": 1, HOSTILE: 1},
            "Additional properties are not allowed",
        ),
        (
            {"properties": {"b": {}}, "additionalProperties": {"type": "null"}},
            {"b": 1, "c": 1},
            "value.c: 1 is not of type 'null'",
        ),
        ({"additionalProperties": False}, {"a": 1, "b": 2}, "('a', 'b' were unexpected)"),
        ({"additionalProperties": True}, {"a": 1}, None),
    ],
)
def test_patterns_are_matched_in_linear_time(
    version: str, schema: dict[str, JsonValue], value: JsonValue, problem: str | None
) -> None:
    place = f"draft/{version}/schema" if version.startswith("20") else f"{version}/schema#"
    scheme = "https" if version.startswith("20") else "http"
    named = {"$schema": f"{scheme}://json-schema.org/{place}", **schema}
    found = JsonSchema(named).problem(value)
    assert found is None if problem is None else found is not None and problem in found


@pytest.mark.parametrize(
    ("schema", "where"),
    [
        ({"properties": {"a": {"pattern": "(?=a)b"}}}, "schema.properties.a.pattern"),
        ({"pattern": r"(a)\1"}, "schema.pattern"),
        ({"pattern": "("}, "schema.pattern"),
        ({"patternProperties": {"(?<!a)b": {}}}, "schema.patternProperties"),
    ],
)
def test_a_pattern_that_takes_more_than_linear_time_is_refused(
    schema: JsonValue, where: str
) -> None:
    with pytest.raises(InvalidValueError, match="no regular expression without look-around") as got:
        JsonSchema(schema)
    assert got.value.path == where


def test_what_is_no_keyword_may_be_called_like_one() -> None:
    named = JsonSchema({"properties": {"pattern": {"const": {"pattern": "(?=a)"}}}})
    assert named.problem({"pattern": {"pattern": "(?=a)"}}) is None


def test_a_pattern_that_no_check_saw_is_a_problem_of_its_value() -> None:
    hidden = JsonSchema({"$ref": "#/elsewhere", "elsewhere": {"pattern": "(?=a)b"}})
    assert "no regular expression" in (hidden.problem("ab") or "")


def test_unevaluated_properties_do_not_look_at_patterns() -> None:
    both = {"patternProperties": {SLOW: {}}, "unevaluatedProperties": False}
    with pytest.raises(InvalidValueError, match="cannot be used together"):
        JsonSchema(both)
    assert JsonSchema({"unevaluatedProperties": False}).problem({"a": 1}) is not None
