"""Every type of data in the typings has the members of its model, and samples of it are right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import get_args

import pytest
from jsonschema import Draft202012Validator
from pydantic import JsonValue, ValidationError
from pydantic.fields import FieldInfo
from tests.typegen.drift import differences, is_, keys, same_keys
from tests.typegen.samples import Data, data_types, json_schema, samples, words

from marotte.conversation import InvalidValueError
from marotte.events import EVENT_TYPES
from marotte.host import load_bindings
from marotte.realm import TypeScript
from marotte.typegen import generate
from marotte.typegen.annotations import typed_as


@pytest.fixture(scope="module")
def typings() -> dict[str, str]:
    return generate(load_bindings())


# -- members --------------------------------------------------------------------------------------


def members(data: Data) -> dict[str, bool]:
    """The members of a type, and whether each may be absent."""
    if data.direction == "input":
        return {
            str(field.validation_alias or name): not (
                field.is_required() or typed_as(field.metadata) is not None
            )
            for name, field in data.model.model_fields.items()
        }
    return {
        str(field.serialization_alias or name): may_be_null(field)
        for name, field in data.model.model_fields.items()
        if not field.exclude
    }


def may_be_null(field: FieldInfo) -> bool:
    """Whether the host leaves a member out, which it does with null."""
    if any(isinstance(said, TypeScript) for said in field.metadata):
        return False
    return field.annotation in (JsonValue, object) or NoneType in get_args(field.annotation)


def member_lines(data: Data) -> Iterator[str]:
    name = f"marotte.{data.name}"
    found = members(data)
    optional = [member for member, absent in found.items() if absent]
    yield from same_keys(found, name)
    yield is_(f"Optional<{name}>", keys(optional))
    yield is_(keys(optional), f"Optional<{name}>")


def word_lines() -> Iterator[str]:
    for name, found in words().items():
        yield is_(keys(found), f"marotte.{name}")
        yield is_(f"marotte.{name}", keys(found))


def test_every_choice_of_words_is_python_s(tmp_path: Path, typings: dict[str, str]) -> None:
    assert {"RunStatus", "StopReason", "OnBusy", "History"} <= words().keys()
    assert differences(tmp_path, typings, [*word_lines()]) == []


def test_every_type_has_the_members_of_its_model(tmp_path: Path, typings: dict[str, str]) -> None:
    assert {"RunOptions", "RunFinishedEvent", "ToolSpec"} <= set(map(str, data_types()))
    lines = [line for data in data_types() for line in member_lines(data)]
    assert differences(tmp_path, typings, lines) == []


def test_every_event_is_among_them() -> None:
    models = {data.model for data in data_types() if data.direction == "output"}
    assert set(EVENT_TYPES.values()) <= models


# -- samples --------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", data_types(), ids=str)
def test_a_sample_validates_against_its_schema(data: Data) -> None:
    schema = json_schema(data)
    for sample in samples(schema):
        Draft202012Validator(schema).validate(sample)


@pytest.mark.parametrize("data", data_types(), ids=str)
def test_the_host_takes_a_sample_and_nothing_else(data: Data) -> None:
    schema = json_schema(data)
    if set(members(data)) != set(schema["properties"]):
        return  # Some members are no JSON.
    for sample in samples(schema):
        _ = data.model.model_validate(sample)
        if data.direction == "input" and schema.get("additionalProperties") is False:
            with pytest.raises((ValidationError, InvalidValueError)):
                data.model.model_validate(dict(sample, somethingElse=1))


def without_null(value: object) -> object:
    """A value as the host hands it to scripts."""
    if isinstance(value, list):
        return list(map(without_null, value))
    if not isinstance(value, dict):
        return value
    return {name: without_null(item) for name, item in value.items() if item is not None}


def sample_lines() -> list[str]:
    lines = []
    for data in data_types():
        schema = json_schema(data)
        missing = keys(set(members(data)) - set(schema["properties"]))
        for sample in samples(schema):
            given = sample if data.direction == "input" else without_null(sample)
            lines.append(f"({json.dumps(given)}) satisfies Omit<marotte.{data.name}, {missing}>;")
    return lines


def test_the_compiler_takes_samples(tmp_path: Path, typings: dict[str, str]) -> None:
    assert differences(tmp_path, typings, sample_lines()) == []


# -- that a difference would be noticed ------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("    timeoutMs?: number;\n", "", "timeoutMs"),
        ("    timeoutMs?: number;\n", "    timeoutMs: number;\n", "timeoutMs"),
        ("    timeoutMs?: number;\n", "    timeOutMs?: number;\n", "timeOutMs"),
        ("    timeoutMs?: number;\n", "    timeoutMs?: string;\n", "timeoutMs"),
        ("    readonly delta: string;\n", "", "delta"),
        ("    readonly delta: string;\n", "    readonly delta?: string;\n", "delta"),
        ("    readonly durationMs: number;\n", "    readonly durationMs: string;\n", "durationMs"),
        ("    readonly toolCall: ToolCall;\n", "    readonly toolcall: ToolCall;\n", "toolcall"),
        ('    readonly type: "diagnostic";\n', '    readonly type: "diagnostics";\n', "diagnostic"),
        ('"user_stop" | ', "", "user_stop"),
    ],
)
def test_a_difference_is_named(
    tmp_path: Path, typings: dict[str, str], old: str, new: str, named: str
) -> None:
    assert old in typings["marotte.d.ts"]
    changed = {**typings, "marotte.d.ts": typings["marotte.d.ts"].replace(old, new)}
    lines = [line for data in data_types() for line in member_lines(data)]
    found = differences(tmp_path, changed, [*lines, *sample_lines(), *word_lines()])
    assert any(named in line for line in found)
