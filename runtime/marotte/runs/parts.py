"""Parts of a run's work that execute beside its computation, in tasks of their own."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Coroutine
from typing import Any

from marotte.runs.execution import Execution


class Parts:
    """The parts of one run that have not ended; host loop only."""

    def __init__(self, abandoned: set[Execution], report: Callable[[Execution], object]) -> None:
        """`report` is called when one ends that was left behind; until then, `abandoned` has it."""
        self._abandoned = abandoned
        self._report = report
        self._running: set[Execution] = set()
        self._left: set[Execution] = set()

    @property
    def left_behind(self) -> int:
        """How many were left behind, one by one, and have not ended."""
        return len(self._left)

    def start(self, coroutine: Coroutine[Any, Any, object]) -> Execution:
        """Execute `coroutine` in a copy of the caller's context."""
        part = Execution(coroutine, contextvars.copy_context())
        self._running.add(part)
        part.on_done(lambda: self._running.discard(part))
        return part

    def cancel(self) -> None:
        """Raise `CancelledError` in all of them, where they wait."""
        for part in tuple(self._running):
            part.cancel()

    def leave_behind(self, part: Execution) -> None:
        """Wait no more for a part, for good; not even the loop does when it closes."""
        if part.abandon(self._ended_late):
            self._running.discard(part)
            self._left.add(part)
            self._abandoned.add(part)

    def leave_all_behind(self) -> None:
        """Wait no more for any: the computation that they belong to was abandoned."""
        for part in tuple(self._running):
            part.abandon(self._running.discard)

    def _ended_late(self, part: Execution) -> None:
        self._left.discard(part)
        self._report(part)
