"""Validated copies: nothing is shared, nothing is guessed, and what is wrong is named."""

import enum
import math
from collections import OrderedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marotte.conversation import (
    InvalidValueError,
    JsonObject,
    TooLargeError,
    Usage,
    clone_json,
    copy_json,
    describe,
    join_path,
    validate_as,
    well_formed,
)


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Loud(str):
    def __str__(self) -> str:
        return self.upper()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((1, (2,)), [1, [2]]),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        ({Colour.RED: Colour.RED}, {"red": "red"}),
        (Level.HIGH, 3),
        (Loud("quiet"), "quiet"),
        (True, True),
        (-0.0, -0.0),
        (None, None),
    ],
)
def test_a_copy_is_made_of_plain_types(value: object, expected: object) -> None:
    copied = copy_json(value)
    assert copied == expected
    assert type(copied) in (list, dict, str, int, float, bool, type(None))
    if isinstance(copied, dict):
        assert [type(key) for key in copied] == [str] * len(copied)


def test_nothing_is_shared_with_the_original() -> None:
    inner: list[object] = [1]
    original = {"list": inner, "dict": {"list": inner}}
    copied = copy_json(original)
    inner.append(2)
    assert copied == {"list": [1], "dict": {"list": [1]}}
    shared: JsonObject = {"list": [1]}
    clone = clone_json(shared)
    shared["list"] = []
    assert clone == {"list": [1]}


@pytest.mark.parametrize(
    ("value", "path", "problem"),
    [
        ({"a": [{"b": b"x"}]}, "given.a[0].b", "expected a JSON value, got bytes b'x'"),
        ([math.inf], "given[0]", "expected a finite number, got inf"),
        ([[0, -(2**53)]], "given[0][1]", "integer beyond 2**53 - 1 would be rounded"),
        ({"a": {None: 1}}, "given.a", "expected text as key, got null"),
        (object, "given", "expected a JSON value, got type <class 'object'>"),
    ],
)
def test_what_json_cannot_say_is_named(value: object, path: str, problem: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        copy_json(value, "given")
    assert caught.value.path == path
    assert caught.value.problem.startswith(problem)
    assert str(caught.value) == f"{path}: {caught.value.problem}"


def test_size_is_that_of_the_json_text() -> None:
    assert copy_json({"a": "xyz"}, max_size=12) == {"a": "xyz"}
    with pytest.raises(TooLargeError, match="value: 12 characters of JSON, more than the limit"):
        copy_json({"a": "xyz"}, max_size=11)


@given(st.text(alphabet=st.characters(codec=None), max_size=20))
def test_well_formed_text_can_be_encoded_and_is_left_alone(text: str) -> None:
    formed = well_formed(text)
    formed.encode()
    assert well_formed(formed) == formed
    if not any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        assert formed == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        ("x", '"x"'),
        ([1, "a"], '[1, "a"]'),
        ({2, 3}, "set {2, 3}"),
        (math.nan, "float nan"),
        (list(range(30)), "a list of 30"),
        ({str(n): n for n in range(30)}, "an object of 30"),
    ],
)
def test_values_in_messages(value: object, text: str) -> None:
    assert describe(value) == text


def test_values_in_messages_are_short_however_large() -> None:
    for value in ("x" * 10**6, ["x" * 10**6], [[["x" * 1_000]] * 19], 10**1_000):
        assert len(describe(value)) <= 100
    deep: object = 1
    for _ in range(100_000):
        deep = [deep]
    assert len(describe(deep)) <= 100


def test_paths() -> None:
    assert join_path(()) == ""
    assert join_path(("blocks", 0, "payload", "my key")) == ".blocks[0].payload.my key"


def test_validation_errors_name_path_and_value() -> None:
    assert validate_as(Usage, {"inputTokens": 3}, "usage") == Usage(input_tokens=3)
    with pytest.raises(InvalidValueError, match=r"^usage\.inputTokens: .*, got -1$"):
        validate_as(Usage, {"inputTokens": -1}, "usage")
    with pytest.raises(InvalidValueError, match=r"^usage\.costUsd: .*, got float inf$"):
        validate_as(Usage, {"costUsd": math.inf}, "usage")
