"""Cleanups: what is closed at the end of a run, whatever its end, once and within bounds."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import TypeAlias

from marotte.events import Diagnostic
from marotte.runs.errors import RunStoppedError, stack_of
from marotte.runs.execution import Execution

Cleanup: TypeAlias = Callable[[], Awaitable[object] | object]

_LEAST_SECONDS = 0.005
_LOOK_EVERY = 0.02


class Cleanups:
    """A stack of cleanups: the last one added runs first."""

    def __init__(self) -> None:
        self._stack: list[Cleanup] = []
        self._closed = False
        self._lock = threading.Lock()

    def add(self, cleanup: Cleanup) -> None:
        """Add a cleanup; any thread.

        Raises:
            RunStoppedError: when the run's cleanups are over.
        """
        with self._lock:
            if self._closed:
                raise RunStoppedError("run is finished")
            self._stack.append(cleanup)

    async def run(
        self, context: Context, until: Callable[[], float], report: Callable[[Diagnostic], object]
    ) -> None:
        """Run each cleanup once; what fails or takes too long is reported.

        `until` says by when, on the monotonic clock, all should be done; it may move nearer
        meanwhile. A cleanup gets an equal share of the time that is left.
        """
        while (cleanup := self._pop()) is not None:
            execution = Execution(_call(cleanup), context)
            others = len(self._stack)
            await _wait(execution, until, 1 / (others + 1))
            diagnostic = await _end(execution, _name(cleanup))
            if diagnostic is not None:
                report(diagnostic)

    def _pop(self) -> Cleanup | None:
        with self._lock:
            self._closed = not self._stack
            return self._stack.pop() if self._stack else None


async def _wait(execution: Execution, until: Callable[[], float], share: float) -> None:
    """Wait for a cleanup to return, for its `share` of the time that is left."""
    begun = time.monotonic()
    while not execution.is_done:
        left = begun + max((until() - begun) * share, _LEAST_SECONDS) - time.monotonic()
        if left <= 0:
            return
        await execution.wait(min(left, _LOOK_EVERY))


async def _end(execution: Execution, name: str) -> Diagnostic | None:
    """End a cleanup that has not returned; return what there is to report of it."""
    if not execution.is_done:
        execution.cancel()
        if not await execution.wait(_LEAST_SECONDS):
            execution.abandon(lambda _: None)
        return Diagnostic(code="cleanup-cut", message=f"{name} took too long and was cut")
    error = execution.error
    if error is None:
        return None
    message = f"{name}: {type(error).__name__}: {error}"
    return Diagnostic(code="cleanup-failed", message=message, stack=stack_of(error))


def _name(cleanup: Cleanup) -> str:
    return getattr(cleanup, "__qualname__", type(cleanup).__name__)


async def _call(cleanup: Cleanup) -> None:
    result = cleanup()
    if inspect.isawaitable(result):
        await result
