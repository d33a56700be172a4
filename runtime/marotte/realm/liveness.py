"""What keeps a realm from being idle: its timers, and holds from outside."""

from __future__ import annotations

import threading
from collections.abc import Callable

from marotte.realm.loop import LoopThread
from marotte.realm.scope import Scope
from marotte.realm.timers import Timer

__all__ = ["Liveness"]


class Liveness:
    """The timers of one realm with their scopes, and how often it is held.

    Args:
        loop: Keeps the time.
        notice: Called whenever a reason to wait has gone; any thread.
    """

    def __init__(self, loop: LoopThread, notice: Callable[[], object]) -> None:
        self._loop = loop
        self._notice = notice
        self._timers: dict[Timer, Scope] = {}
        self._background: set[Timer] = set()
        self._silent: dict[object, Scope | None] = {}
        self._lock = threading.Lock()
        self._holds = 0

    @property
    def waiting(self) -> bool:
        """Whether something will still happen."""
        return self._holds > 0 or len(self._timers) > len(self._background)

    @property
    def timers(self) -> int:
        """How many timers are pending."""
        return len(self._timers)

    def call_later(
        self, delay: float, action: Callable[[], object], scope: Scope, keep_alive: bool
    ) -> Timer:
        """See :meth:`marotte.realm.Realm.call_later`."""

        def fire() -> None:
            self._forget(timer)
            self._notice()
            if not self._silenced(scope):
                action()

        timer = self._loop.call_later(delay, fire)
        self._timers[timer] = scope
        if not keep_alive:
            self._background.add(timer)
        return timer

    def silence(self, scope: Scope | None) -> Callable[[], object]:
        """No timer of a scope, or none at all, fires until what this answers is called. Any thread.

        The end of a scope takes its turn; a timer that is due before that must not outlive it.
        """
        token = object()
        self._silent[token] = scope
        return lambda: self._silent.pop(token, None)

    def _silenced(self, scope: Scope) -> bool:
        return any(s is None or scope.within(s) for s in tuple(self._silent.values()))

    def cancel_timer(self, timer: Timer) -> None:
        """Let a timer not happen."""
        timer.cancel()
        if self._forget(timer):
            self._notice()

    def _forget(self, timer: Timer) -> bool:
        self._background.discard(timer)
        return self._timers.pop(timer, None) is not None

    def end(self, scope: Scope | None) -> None:
        """Cancel the timers of a scope and what belongs to it, or all."""
        for timer, whose in tuple(self._timers.items()):
            if scope is None or whose.within(scope):
                timer.cancel()
                self._forget(timer)

    def hold(self) -> None:
        """Something outside will still call the realm. Any thread."""
        with self._lock:
            self._holds += 1

    def unhold(self) -> None:
        """Undo one :meth:`hold`. Any thread."""
        with self._lock:
            self._holds -= 1
        self._notice()
