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
            share = max((until() - time.monotonic()) / (len(self._stack) + 1), _LEAST_SECONDS)
            diagnostic = await _run(cleanup, context, share)
            if diagnostic is not None:
                report(diagnostic)

    def _pop(self) -> Cleanup | None:
        with self._lock:
            self._closed = not self._stack
            return self._stack.pop() if self._stack else None


async def _run(cleanup: Cleanup, context: Context, seconds: float) -> Diagnostic | None:
    execution = Execution(_call(cleanup), context)
    name = getattr(cleanup, "__qualname__", type(cleanup).__name__)
    if not await execution.wait(seconds):
        execution.cancel()
        if not await execution.wait(_LEAST_SECONDS):
            execution.abandon(lambda _: None)
        return Diagnostic(code="cleanup-cut", message=f"{name} took longer than {seconds:.3f} s")
    error = execution.error
    if error is None:
        return None
    message = f"{name}: {type(error).__name__}: {error}"
    return Diagnostic(code="cleanup-failed", message=message, stack=stack_of(error))


async def _call(cleanup: Cleanup) -> None:
    result = cleanup()
    if inspect.isawaitable(result):
        await result
