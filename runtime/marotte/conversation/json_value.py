"""Validated copies of JSON values: what may enter a conversation from outside.

One pass checks and copies. The path of an offending value is put together only when there is one,
on the way out of the recursion, so that a good value pays nothing for it.
"""

from __future__ import annotations

import json
import math
import reprlib
from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, JsonValue, ValidationError

from marotte.conversation.errors import InvalidValueError, TooDeepError, TooLargeError

MAX_DEPTH = 64
"""How deep arrays and objects may be nested."""

MAX_SAFE_INTEGER = 2**53 - 1
"""Larger integers change silently when JavaScript reads them."""

_SCALARS = frozenset((str, int, float, bool, type(None)))
_MOST_ITEMS = 20
_MOST_CHARS = 80

_M = TypeVar("_M", bound=BaseModel)
_repr = reprlib.Repr()
_repr.maxlevel, _repr.maxstring, _repr.maxother = 2, _MOST_CHARS, _MOST_CHARS


class _Fault(Exception):
    """An offending value; `steps` grows from the inside out while the recursion unwinds."""

    def __init__(self, problem: str, error: type[InvalidValueError] = InvalidValueError) -> None:
        self.problem = problem
        self.error = error
        self.steps: list[str | int] = []


def copy_json(value: object, path: str = "value", *, max_size: int | None = None) -> JsonValue:
    """Return a deep copy of `value` made of plain JSON types only.

    Tuples become lists; unpaired surrogates, which no encoding can carry, become U+FFFD.

    Args:
        value: `None`, booleans, finite numbers, strings, lists and string-keyed dicts of them.
        path: What to call the value in an error, such as `"turn"`.
        max_size: The largest allowed length of its JSON text, in characters.

    Raises:
        InvalidValueError: for anything that JSON cannot say, naming the path.
        TooDeepError: for a nesting of more than `MAX_DEPTH`, so also for a cycle.
        TooLargeError: for a value of more than `max_size`.
    """
    try:
        copied = _copy(value, MAX_DEPTH)
    except _Fault as fault:
        where = path + join_path(tuple(reversed(fault.steps)))
        raise fault.error(where, fault.problem) from None
    if max_size is not None:
        _check_size(copied, path, max_size)
    return copied


def clone_json(value: JsonValue) -> JsonValue:
    """Return a deep copy of a value that is known to be JSON."""
    if isinstance(value, dict):
        return {
            key: item if type(item) in _SCALARS else clone_json(item) for key, item in value.items()
        }
    if isinstance(value, list):
        return [item if type(item) in _SCALARS else clone_json(item) for item in value]
    return value


def well_formed(text: str) -> str:
    """Return `text` with surrogate pairs joined and unpaired surrogates replaced by U+FFFD."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def validate_as(model: type[_M], value: object, path: str) -> _M:
    """Validate `value` against `model`; the error names path, value and what was expected."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        problem = first["msg"][:1].lower() + first["msg"][1:]
        where = path + join_path(first["loc"])
        raise InvalidValueError(where, f"{problem}, got {describe(first['input'])}") from None


def describe(value: object) -> str:
    """Return a short text for `value`, for error messages: as JSON, if it is."""
    if isinstance(value, dict | list) and len(value) > _MOST_ITEMS:
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    if isinstance(value, str):
        value = value[:_MOST_CHARS]
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return f"{type(value).__name__} {_repr.repr(value)}"
    return text if len(text) <= _MOST_CHARS else f"{text[: _MOST_CHARS - 1]}…"


def join_path(steps: tuple[str | int, ...]) -> str:
    """Return `steps` as they would follow a name: `("blocks", 0)` is `.blocks[0]`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


def _copy(value: object, depth: int) -> JsonValue:
    # What JSON text is read as, most of all text, comes first: long turns are copied often.
    if type(value) is str:
        return value if value.isascii() else well_formed(value)
    if type(value) is dict and depth:
        return _copy_object(value, depth)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return well_formed(str.__str__(value))
    if isinstance(value, int):
        return _copy_int(value)
    if isinstance(value, float):
        return _copy_float(value)
    if depth == 0 and isinstance(value, Mapping | list | tuple):
        raise _Fault(f"nested deeper than {MAX_DEPTH} levels", TooDeepError)
    if isinstance(value, Mapping):
        return _copy_object(value, depth)
    if isinstance(value, list | tuple):
        return _copy_array(value, depth)
    raise _Fault(f"expected a JSON value, got {describe(value)}")


def _copy_int(value: int) -> int:
    if -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        return int(value)
    raise _Fault("integer beyond 2**53 - 1 would be rounded; send it as a string")


def _copy_float(value: float) -> float:
    if math.isfinite(value):
        return float(value)
    raise _Fault(f"expected a finite number, got {value!r}")


def _copy_object(value: Mapping[object, object], depth: int) -> dict[str, JsonValue]:
    copied: dict[str, JsonValue] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise _Fault(f"expected text as key, got {describe(key)}")
        try:
            copied[key if type(key) is str and key.isascii() else _key(key)] = _copy(
                item, depth - 1
            )
        except _Fault as fault:
            fault.steps.append(key)
            raise
    return copied


def _key(key: str) -> str:
    return well_formed(str.__str__(key))


def _copy_array(value: list[object] | tuple[object, ...], depth: int) -> list[JsonValue]:
    copied: list[JsonValue] = []
    for index, item in enumerate(value):
        try:
            copied.append(_copy(item, depth - 1))
        except _Fault as fault:
            fault.steps.append(index)
            raise
    return copied


def _check_size(value: JsonValue, path: str, max_size: int) -> None:
    size = len(json.dumps(value, ensure_ascii=False))
    if size > max_size:
        raise TooLargeError(path, f"{size} characters of JSON, more than the limit of {max_size}")
