"""Tasks that can be given up.

A structured task cannot be left behind: its group waits for it, and a cancelled scope keeps
cancelling it on every turn of the loop. Code of users may ignore cancellation, or wait for a
thread that never returns, so what executes it is a plain asyncio task, cancelled a bounded number
of times and then abandoned: nobody waits for it, not even the loop when it closes.
"""

from __future__ import annotations

import asyncio
from asyncio.tasks import _unregister_task
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, TypeVar

import anyio

from marotte.runs.containment import without_exit

T = TypeVar("T")


def start_hidden(coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Start a task that whoever cancels all tasks of the event loop does not find.

    That is what `asyncio.run` does at its end. Whoever starts it keeps it, and waits for it.
    """
    task = asyncio.get_running_loop().create_task(coroutine)
    _unregister_task(task)
    return task


class _Task(asyncio.Task[object]):
    """A task that may be left behind without a complaint when it is collected at last."""

    _log_destroy_pending: bool


class Execution:
    """A coroutine on its way, in a context of its own."""

    def __init__(self, coroutine: Coroutine[Any, Any, object], context: Context) -> None:
        loop = asyncio.get_running_loop()
        self._coroutine = coroutine
        self._task = _Task(without_exit(coroutine), loop=loop, context=context)
        self._task.add_done_callback(self._finish)
        self._done = anyio.Event()
        self._is_done = False
        self._late: Callable[[Execution], object] | None = None
        self.value: object = None
        self.error: BaseException | None = None

    @property
    def is_done(self) -> bool:
        """Whether the coroutine has returned or raised, and it is known which."""
        # Not `done()` of the task, which is true a turn of the loop before that.
        return self._is_done

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is done, at most so many `seconds`; return whether it is."""
        with anyio.move_on_after(seconds):
            await self._done.wait()
        return self.is_done

    def on_done(self, callback: Callable[[], object]) -> None:
        """Call `callback` once it is done."""
        self._task.add_done_callback(lambda _: callback())

    def cancel(self) -> None:
        """Raise `CancelledError` in the coroutine, where it waits. It may ignore that."""
        self._task.cancel()

    def abandon(self, late: Callable[[Execution], object]) -> bool:
        """Stop waiting for it, for good; `late` is called if it ends nevertheless.

        Returns `False`, having done nothing, if it is just ending.
        """
        if self._task.done():
            return False
        self._late = late
        _abandoned.add(self)
        _unregister_task(self._task)
        self._task._log_destroy_pending = False
        return True

    def _finish(self, task: asyncio.Task[object]) -> None:
        self._coroutine.close()  # It has not begun if the task was cancelled before it did.
        if task.cancelled():
            self.error = asyncio.CancelledError()
        else:
            self.error = task.exception()
            self.value = task.result() if self.error is None else None
        self._is_done = True
        self._done.set()
        _abandoned.discard(self)
        if self._late is not None:
            self._late(self)


class Background:
    """Tasks on the side, which nobody waits for until all are cancelled."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self.is_over = False

    def start(self, coroutine: Coroutine[Any, Any, None], context: Context) -> None:
        """Run `coroutine`, which handles its own errors, in `context`."""
        self._add(asyncio.get_running_loop().create_task(coroutine, context=context))

    def start_hidden(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run `coroutine` as a task of ours; see the function."""
        self._add(start_hidden(coroutine))

    def _add(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def wait(self, seconds: float) -> None:
        """Wait for all tasks, at most so many `seconds`."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)

    async def cancel(self, seconds: float) -> None:
        """Cancel all tasks and wait for them, at most so many `seconds`."""
        self.is_over = True
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)


_abandoned: set[Execution] = set()
"""Keeps abandoned tasks referenced: loops hold their tasks weakly."""
