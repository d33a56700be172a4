"""The codec of the bridge: Python values as tagged scalars and back (see ``prelude/kernel/``)."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from marotte.realm.engine import Scalar
from marotte.realm.errors import InvalidValueError, with_article

__all__ = ["MAX_SAFE_INTEGER", "check_integer", "decode_json", "encode_json", "encode_scalar"]

MAX_SAFE_INTEGER = 2**53 - 1
_LONG_NUMBER = re.compile(r"[0-9]{16}")
_encoder = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=lambda v: _plain(v)
)


def _plain(value: Any) -> Any:
    """What a model says of itself on the wire, for the JSON encoder."""
    wire = getattr(value, "wire", None)
    if callable(wire):
        return wire()
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        return dump(mode="json", by_alias=True, exclude_none=True)
    raise TypeError(f"{with_article(type(value).__name__)} cannot cross; only JSON values can")


def check_integer(value: int, path: str = "value") -> None:
    """Refuse an integer that JavaScript would round.

    Raises:
        InvalidValueError: Beyond ±(2**53 - 1).
    """
    if not -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
        raise InvalidValueError(
            f"{path}: the integer {value if abs(value) < 10**40 else 'with over 40 digits'} is "
            f"beyond ±(2**53 - 1), which JavaScript would round; send it as a string"
        )


def _find_unsafe(value: Any, path: str) -> None:
    if isinstance(value, bool | str | float) or value is None:
        return
    if isinstance(value, int):
        check_integer(value, path)
    elif isinstance(value, dict):
        for key, item in value.items():
            _find_unsafe(item, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _find_unsafe(item, f"{path}[{index}]")


def encode_json(value: Any, max_chars: int, what: str = "value") -> str:
    """Encode as JSON text.

    Args:
        value: JSON values; models are asked for their ``wire()``, or dumped by alias without
            what is ``None``.
        max_chars: The longest text that may cross, in characters.
        what: How an error names the value.

    Raises:
        InvalidValueError: Not JSON, cyclic, too deep, too large, NaN or an unsafe integer.
    """
    try:
        text = _encoder.encode(value)
    except RecursionError:
        raise InvalidValueError(f"{what}: nested too deep to cross") from None
    except (TypeError, ValueError) as error:
        raise InvalidValueError(f"{what}: {error}") from None
    if len(text) > max_chars:
        raise InvalidValueError(
            f"{what}: value too large: {len(text)} characters, at most {max_chars} may cross"
        )
    if _LONG_NUMBER.search(text):
        _find_unsafe(json.loads(text), what)
    return text


def encode_scalar(value: Any, max_chars: int, what: str = "value") -> Scalar:
    """Encode any value that crosses as it is or as JSON, tagged."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        if len(value) > max_chars:
            raise InvalidValueError(
                f"{what}: text too large: {len(value)} characters, at most {max_chars} may cross"
            )
        return "s" + value
    if isinstance(value, int):
        check_integer(value, what)
        return int(value)
    if isinstance(value, float):
        return value
    return "j" + encode_json(value, max_chars, what)


def decode_json(text: str, what: str = "value") -> Any:
    """Decode JSON text that came from a script.

    A number beyond ±(2**53 - 1) is a float, as it was in JavaScript.

    Raises:
        InvalidValueError: Nested too deep.
    """
    try:
        if _LONG_NUMBER.search(text):
            return json.loads(text, parse_int=_number)
        return json.loads(text)
    except RecursionError:
        raise InvalidValueError(f"{what}: nested too deep to cross") from None


def _number(text: str) -> int | float:
    number = float(text)
    return int(text) if math.fabs(number) <= MAX_SAFE_INTEGER else number


def whole(value: Any) -> Any:
    """A number as JavaScript has it: a float without a fraction is an integer."""
    if type(value) is float and value.is_integer() and math.fabs(value) <= MAX_SAFE_INTEGER:
        return int(value)
    return value
