"""Code of users inside ours: what it raises is its own error, and ends neither task nor program."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from types import TracebackType
from typing import Any, TypeVar

T = TypeVar("T")


class _OwnErrors:
    """Makes ordinary errors of what is none; ``with own_errors:``.

    A callback that raises `CancelledError` or `SystemExit` has failed: nobody has cancelled the
    task that calls it.
    """

    __slots__ = ("_ordinary",)

    def __init__(self, *passed: type[BaseException]) -> None:
        self._ordinary: tuple[type[BaseException], ...] = (Exception, *passed)

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc is not None and not isinstance(exc, self._ordinary):
            raise _ordinary(exc) from exc


own_errors = _OwnErrors(KeyboardInterrupt)
"""For callbacks. What interrupts one in the main thread comes from the keyboard, and goes on."""

thread_errors = _OwnErrors()
"""For functions in threads of their own, which the keyboard does not interrupt."""


async def without_exit(awaitable: Awaitable[T]) -> T:
    """Await code that must not end the program: `SystemExit` is an error of what raised it.

    The event loop would stop for it.
    """
    try:
        return await awaitable
    except SystemExit as error:
        raise _ordinary(error) from error


async def awaited(awaitable: Awaitable[T]) -> T:
    """Await what a callback returned: unless this task is cancelled, all it raises is its error."""
    task = asyncio.current_task()
    try:
        return await awaitable
    except (Exception, KeyboardInterrupt):
        raise
    except asyncio.CancelledError as error:
        if task is None or task.cancelling():
            raise
        raise _ordinary(error) from error
    except BaseException as error:
        if _current_task() is not task:
            raise  # The coroutine is closed, by whoever collects what a loop has left behind.
        raise _ordinary(error) from error


def _current_task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


def _ordinary(error: BaseException) -> RuntimeError:
    text = str(error)
    return RuntimeError(f"{type(error).__name__}: {text}" if text else type(error).__name__)
