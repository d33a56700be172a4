"""The regular expressions of JSON Schemas, matched in time that grows with the text alone.

A pattern may come with a program that is not trusted, and its text from a model. The library
matches with `re`, which a short pattern and a short text can occupy for hours, with no way to stop
it. So its keywords are replaced here by ones on the Rust engine that pydantic brings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, cast

from pydantic import JsonValue
from pydantic_core import SchemaError, SchemaValidator, core_schema

if TYPE_CHECKING:
    from jsonschema import FormatChecker
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator


class _Descending(Protocol):
    """A validator, as its keywords use it."""

    def descend(
        self,
        instance: JsonValue,
        schema: JsonValue,
        path: str | None = None,
        schema_path: str | None = None,
    ) -> Iterable[ValidationError]:
        """Return what is wrong with a part of the instance."""


class PatternError(ValueError):
    """A pattern that has no linear-time form, or is none at all."""

    def __init__(self, pattern: str) -> None:
        super().__init__(f"no regular expression without look-around and backreferences: {pattern}")


def matches(pattern: str, text: str) -> bool:
    """Tell whether `pattern` is found in `text`.

    Raises:
        PatternError: It is no pattern that can be matched in linear time.
    """
    return _compiled(pattern).isinstance_python(text)


@lru_cache
def pattern_checker() -> FormatChecker:
    """Return what the patterns of a schema are checked with, before it is used."""
    from jsonschema import FormatChecker

    checker = FormatChecker(formats=())
    checker.checks("regex", raises=PatternError)(_is_pattern)
    return checker


@lru_cache
def with_linear_patterns(kind: type[Validator]) -> type[Validator]:
    """Return a kind of validator that is the same but for how it matches patterns."""
    from jsonschema import validators

    extend: Any = validators.extend  # The library declares no types for it.
    keywords = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
    }
    return cast("type[Validator]", extend(kind, keywords))


def mixes_unevaluated(schema: JsonValue) -> bool:
    """Tell whether `unevaluatedProperties` may look at patterns, which the library does itself."""
    return {"unevaluatedProperties", "patternProperties"} <= set(_keys(schema))


def _keys(value: JsonValue) -> Iterator[str]:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield from each
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> SchemaValidator:
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except SchemaError:
        raise PatternError(pattern) from None


def _is_pattern(value: object) -> bool:
    return not isinstance(value, str) or _compiled(value) is not None


def _error(message: str) -> ValidationError:
    from jsonschema.exceptions import ValidationError

    return ValidationError(message)


# Keywords: the validator, the keyword's value, what is validated, and the schema around it.


def _pattern(
    validator: _Descending, pattern: str, instance: JsonValue, schema: Mapping[str, JsonValue]
) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not matches(pattern, instance):
        yield _error(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(
    validator: _Descending,
    patterns: Mapping[str, JsonValue],
    instance: JsonValue,
    schema: Mapping[str, JsonValue],
) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for pattern, below in patterns.items():
            for name, value in instance.items():
                if matches(pattern, name):
                    yield from validator.descend(value, below, path=name, schema_path=pattern)


def _additional_properties(
    validator: _Descending, rule: JsonValue, instance: JsonValue, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    extras = _extras(instance, schema.get("properties", {}), schema.get("patternProperties", {}))
    if isinstance(rule, dict):
        for name in extras:
            yield from validator.descend(instance[name], rule, path=name)
    elif rule is False and extras:
        verb = "was" if len(extras) == 1 else "were"
        names = ", ".join(map(repr, extras))
        yield _error(f"Additional properties are not allowed ({names} {verb} unexpected)")


def _extras(names: Iterable[str], known: Iterable[str], patterns: Iterable[str]) -> list[str]:
    return [
        name
        for name in names
        if name not in known and not any(matches(pattern, name) for pattern in patterns)
    ]
