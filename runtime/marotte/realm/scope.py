"""For whom JavaScript runs: scopes carry the context, the interrupt latch and the CPU account."""

from __future__ import annotations

import contextvars
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, TypeAlias

__all__ = ["Limit", "Scope"]

Limit: TypeAlias = Literal["cpu", "memory"]
logger = logging.getLogger("marotte.realm")


class Scope:
    """The party on whose behalf a piece of JavaScript runs.

    Every entry into a realm is made under one scope; host promises, timers and listeners remember
    theirs. An interrupt fires only while the current scope, or an ancestor of it, is interrupted.

    Attributes:
        name: What errors and statistics call it.
        parent: The scope it belongs to; interrupting that interrupts this.
        context: The context in which its host functions run.
        cpu_limit: Seconds of CPU its JavaScript may use in total; ``None``: no limit.
        cpu_seconds: Seconds of CPU used so far.
        on_limit: Told, once, which limit is over; on the loop thread.
    """

    __slots__ = (
        "_exceeded",
        "_interrupted",
        "_watchers",
        "context",
        "cpu_limit",
        "cpu_seconds",
        "name",
        "on_limit",
        "parent",
    )

    def __init__(
        self,
        name: str = "scope",
        *,
        parent: Scope | None = None,
        context: contextvars.Context | None = None,
        cpu_limit: float | None = None,
        on_limit: Callable[[Limit], object] | None = None,
    ) -> None:
        self.name = name
        self.parent = parent
        self.context = contextvars.copy_context() if context is None else context
        self.cpu_limit = cpu_limit
        self.cpu_seconds = 0.0
        self.on_limit = on_limit
        self._interrupted = False
        self._exceeded = False
        self._watchers: list[Callable[[], object]] = []

    def __repr__(self) -> str:
        return f"<Scope {self.name}{' interrupted' if self.interrupted else ''}>"

    def lineage(self) -> Iterator[Scope]:
        """This scope and those that it belongs to, outwards."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def within(self, other: Scope) -> bool:
        """Whether this is `other` or belongs to it."""
        return any(scope is other for scope in self.lineage())

    # -- the latch ------------------------------------------------------------------------------

    def interrupt(self) -> None:
        """Latch: whatever JavaScript runs for this scope ends at the next poll. Any thread."""
        self._interrupted = True
        for wake in tuple(self._watchers):
            wake()

    def resume(self) -> None:
        """Clear the latch of this scope, and let limits count anew; an ancestor's latch stays."""
        self._interrupted = self._exceeded = False

    @property
    def interrupted(self) -> bool:
        """Whether this scope or one that it belongs to is latched."""
        scope: Scope | None = self
        while scope is not None:
            if scope._interrupted:
                return True
            scope = scope.parent
        return False

    @contextmanager
    def watched(self, wake: Callable[[], object]) -> Iterator[None]:
        """Within it, `wake` is called as soon as the scope is interrupted, by any thread."""
        lineage = tuple(self.lineage())
        for scope in lineage:
            scope._watchers.append(wake)
        try:
            yield
        finally:
            for scope in lineage:
                scope._watchers.remove(wake)

    # -- limits ---------------------------------------------------------------------------------

    def charge(self, seconds: float) -> Scope | None:
        """Add CPU time, to the scopes that this belongs to as well.

        Returns:
            A scope whose limit is over since just now; it is latched.
        """
        over = None
        scope: Scope | None = self
        while scope is not None:
            scope.cpu_seconds += seconds
            if scope.cpu_limit is not None and scope.cpu_seconds > scope.cpu_limit:
                over = scope if scope.exceed("cpu") else over
            scope = scope.parent
        return over

    def exceed(self, limit: Limit, *, latch: bool = True) -> bool:
        """A limit is over: say so, once, and latch; answers whether it is news."""
        if self._interrupted or self._exceeded:
            return False
        self._exceeded = True
        if latch:
            self.interrupt()
        if self.on_limit is not None:
            try:
                self.on_limit(limit)
            except Exception:
                logger.exception("on_limit of %r failed", self)
        return True
