"""Timers of a loop thread, in the order of their times."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

__all__ = ["Timer", "TimerQueue"]

SWEEP_FROM = 64


class Timer:
    """A call at a time; :meth:`cancel` is for any thread."""

    __slots__ = ("_action", "due")

    def __init__(self, due: float, action: Callable[[], object]) -> None:
        self.due = due
        self._action: Callable[[], object] | None = action

    def cancel(self) -> None:
        """Let it not happen; harmless when it already has."""
        self._action = None

    def fire(self) -> None:
        """Do it, once."""
        action, self._action = self._action, None
        if action is not None:
            action()

    @property
    def cancelled(self) -> bool:
        """Whether it was cancelled or has happened."""
        return self._action is None


class TimerQueue:
    """Pending timers. Those of one time fire in the order of their creation.

    Cancelled ones are swept out as the queue grows, so that a script which sets and clears long
    timers for ever does not fill it.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._sweep_at = SWEEP_FROM

    def __len__(self) -> int:
        return sum(not timer.cancelled for _, _, timer in self._heap)

    def add(self, due: float, action: Callable[[], object]) -> Timer:
        """Do something at `due`."""
        if len(self._heap) >= self._sweep_at:
            self._sweep()
        timer = Timer(due, action)
        heapq.heappush(self._heap, (due, next(self._order), timer))
        return timer

    def _sweep(self) -> None:
        self._heap = [entry for entry in self._heap if not entry[2].cancelled]
        heapq.heapify(self._heap)
        self._sweep_at = max(SWEEP_FROM, 2 * len(self._heap))

    @property
    def next_due(self) -> float | None:
        """When the first one fires; ``None``: there is none."""
        while self._heap and self._heap[0][2].cancelled:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take_due(self, now: float, limit: int) -> list[Timer]:
        """Take up to `limit` timers whose time has come, in order.

        What they do may add timers, even for now: those are for the next pass.
        """
        taken: list[Timer] = []
        while self._heap and self._heap[0][0] <= now and len(taken) < limit:
            timer = heapq.heappop(self._heap)[2]
            if not timer.cancelled:
                taken.append(timer)
        return taken
