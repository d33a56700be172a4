"""JSON Schemas that come from outside: checked once, then used to check values.

The library is imported with the first schema, since most programs start without one. References to
other documents are never fetched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from marotte.conversation.errors import InvalidValueError
from marotte.conversation.json_value import copy_json, describe, join_path
from marotte.conversation.schema_patterns import (
    PatternError,
    mixes_unevaluated,
    pattern_checker,
    with_linear_patterns,
)

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

MAX_SCHEMA_SIZE = 256 * 1024
"""The largest schema, in characters of its JSON text."""

_MOST_CHARS = 300


class JsonSchema:
    """A JSON Schema, of draft 2020-12 unless its `$schema` names another.

    Its patterns are matched in linear time, which look-around and backreferences do not allow.

    Args:
        schema: The schema: an object.
        path: What to call it in an error.

    Raises:
        InvalidValueError: for what is no valid schema, naming path, value and what was expected.
    """

    def __init__(self, schema: object, path: str = "schema") -> None:
        copied = copy_json(schema, path, max_size=MAX_SCHEMA_SIZE)
        if not isinstance(copied, dict):
            raise InvalidValueError(path, f"expected a JSON Schema object, got {describe(schema)}")
        from jsonschema import Draft202012Validator, SchemaError
        from jsonschema.validators import validator_for
        from referencing import Registry

        make: Any = validator_for(copied, default=Draft202012Validator)
        try:
            make.check_schema(copied, format_checker=pattern_checker())
        except SchemaError as error:
            where = path + join_path(tuple(error.absolute_path))
            problem = str(error.cause or error.message)
            raise InvalidValueError(where, f"no valid JSON Schema: {_cut(problem)}") from None
        if mixes_unevaluated(copied):
            problem = "patternProperties cannot be used together with unevaluatedProperties"
            raise InvalidValueError(path, problem)
        self.schema = copied
        # Without a registry of its own, the library would fetch what a `$ref` names.
        self._validator = with_linear_patterns(make)(copied, registry=Registry())

    def problem(self, value: JsonValue, path: str = "value") -> str | None:
        """Return what is wrong with `value`, naming the path; `None` for a valid one."""
        from jsonschema.exceptions import best_match
        from referencing.exceptions import Unresolvable

        try:
            found = best_match(self._validator.iter_errors(value))
        except Unresolvable as missing:
            return f"{path}: the schema refers to {missing.ref}, which is not part of it"
        except PatternError as error:
            return _cut(f"{path}: {error}")
        except RecursionError:
            return f"{path}: the schema refers to itself without end"
        return None if found is None else _problem(found, path)


def _problem(error: ValidationError, path: str) -> str:
    return f"{path}{join_path(tuple(error.absolute_path))}: {_cut(error.message)}"


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARS else f"{text[: _MOST_CHARS - 1]}…"
