"""Arguments of tool calls: what a model wrote, and what that says."""

from __future__ import annotations

import json

from pydantic import JsonValue
from pydantic_core import to_json

from marotte.conversation import InvalidValueError, copy_json


def read_arguments(args: JsonValue) -> JsonValue:
    """Return what `args` say; text that is no JSON of ours says itself, for the tool to refuse."""
    if not isinstance(args, str):
        return {} if args is None else args
    if not args.strip():
        return {}
    try:
        return copy_json(json.loads(args, parse_constant=_refuse))
    except (ValueError, RecursionError, InvalidValueError):
        return args


def is_canonical(text: str, said: JsonValue) -> bool:
    """Whether `text` is what a provider's client would write for `said`."""
    return isinstance(said, dict) and to_json(said).decode() == text


def write_arguments(said: JsonValue, text: JsonValue) -> JsonValue:
    """Return the arguments to send: as the model wrote them, unless they were changed since."""
    if isinstance(text, str) and _same(read_arguments(text), said):
        return text
    return said if isinstance(said, dict) else json.dumps(said, ensure_ascii=False)


def _same(left: JsonValue, right: JsonValue) -> bool:
    """Whether two values are the same JSON, in which 1 is 1.0 but not true."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and left == right


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON")
