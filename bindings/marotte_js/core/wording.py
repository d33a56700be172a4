"""Validators whose errors say in their own words what is wrong, path included."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from pydantic_core import PydanticCustomError

from marotte.conversation import InvalidValueError

__all__ = ["in_own_words"]

P = ParamSpec("P")
T = TypeVar("T")


def in_own_words(parse: Callable[P, T]) -> Callable[P, T]:
    """Make a validator of a function that raises `InvalidValueError`, whose text scripts get."""

    @wraps(parse)
    def validate(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return parse(*args, **kwargs)
        except InvalidValueError as error:
            raise PydanticCustomError("message", "{text}", {"text": str(error)}) from None

    return validate
