"""Whose CPU time it is: the account of a loop thread."""

from __future__ import annotations

import time
from collections.abc import Callable

from marotte.realm.scope import Scope

__all__ = ["Meter"]


class Meter:
    """Charges the CPU time of the loop thread to the scope whose JavaScript runs."""

    def __init__(self) -> None:
        self._stack: list[tuple[Scope | None, Callable[[Scope], object]]] = []
        self._mark = 0.0

    def enter(self, scope: Scope | None, exceeded: Callable[[Scope], object] = id) -> None:
        """From now on time is the scope's, or nobody's.

        Args:
            scope: For whom JavaScript runs; ``None`` while it is parked or preempted.
            exceeded: Told the scope whose limit is over: this one, or one that it belongs to.
        """
        self.charge()
        self._stack.append((scope, exceeded))

    def leave(self) -> None:
        """From now on time is again the one's before."""
        self.charge()
        self._stack.pop()

    def charge(self) -> None:
        """Bring the account up to now; latches a scope whose limit is over."""
        now = time.thread_time()
        seconds, self._mark = now - self._mark, now
        if self._stack:
            scope, exceeded = self._stack[-1]
            over = None if scope is None else scope.charge(seconds)
            if over is not None:
                exceeded(over)
