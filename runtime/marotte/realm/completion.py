"""Futures are completed once, by whoever comes first: the loop thread, or one that gave it up."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import TypeVar

__all__ = ["complete"]

T = TypeVar("T")


def complete(future: Future[T], outcome: Callable[[], T] | BaseException) -> None:
    """Complete a future, unless it is done or cancelled.

    Args:
        future: Of any thread.
        outcome: An error, or a function whose result or error is the outcome.
    """
    with suppress(InvalidStateError):
        if isinstance(outcome, BaseException):
            future.set_exception(outcome)
            return
        try:
            value = outcome()
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(value)
