"""Synchronous functions in threads that can be left behind.

The threads of the usual pools keep the interpreter from exiting until they return. These do not.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class _Work(Generic[T]):
    """A call in a thread, and what came of it."""

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._context = contextvars.copy_context()
        self._loop = asyncio.get_running_loop()
        self.done = asyncio.Event()
        self.values: list[T] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.values.append(self._context.run(self._function))
        except BaseException as error:
            self.error = error
        try:
            self._loop.call_soon_threadsafe(self.done.set)
        except RuntimeError:
            pass  # The loop is closed: nobody waits any more.


async def call_in_daemon_thread(function: Callable[[], T], name: str) -> T:
    """Call `function` in a thread of its own and return what it returns.

    When cancelled, this still waits for the thread, which may notice the cancellation by itself,
    and raises only then: whoever cannot wait leaves the task behind, and the thread with it.
    """
    work = _Work(function)
    threading.Thread(target=work.run, name=name, daemon=True).start()
    cancelled: asyncio.CancelledError | None = None
    while not work.done.is_set():
        try:
            await work.done.wait()
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    if work.error is not None:
        raise work.error
    return work.values[0]
