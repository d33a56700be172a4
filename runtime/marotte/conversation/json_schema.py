"""JSON Schemas that come from outside: checked once, then used to check values.

The library is imported with the first schema, since most programs start without one. References to
other documents are never fetched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import JsonValue

from marotte.conversation.errors import InvalidValueError
from marotte.conversation.json_value import copy_json, describe, join_path

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

MAX_SCHEMA_SIZE = 256 * 1024
"""The largest schema, in characters of its JSON text."""

_MOST_CHARS = 300


class JsonSchema:
    """A JSON Schema, of draft 2020-12 unless its `$schema` names another.

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

        make = validator_for(copied, default=Draft202012Validator)
        try:
            make.check_schema(copied)
        except SchemaError as error:
            where = path + join_path(tuple(error.absolute_path))
            raise InvalidValueError(where, f"no valid JSON Schema: {_cut(error.message)}") from None
        self.schema = copied
        # Without a registry of its own, the library would fetch what a `$ref` names.
        self._validator = make(copied, registry=Registry())

    def problem(self, value: JsonValue, path: str = "value") -> str | None:
        """Return what is wrong with `value`, naming the path; `None` for a valid one."""
        from jsonschema.exceptions import best_match
        from referencing.exceptions import Unresolvable

        try:
            error = best_match(self._validator.iter_errors(value))
        except Unresolvable as missing:
            return f"{path}: the schema refers to {missing.ref}, which is not part of it"
        except RecursionError:
            return f"{path}: the schema refers to itself without end"
        return None if error is None else _problem(error, path)


def _problem(error: ValidationError, path: str) -> str:
    return f"{path}{join_path(tuple(error.absolute_path))}: {_cut(error.message)}"


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARS else f"{text[: _MOST_CHARS - 1]}…"
