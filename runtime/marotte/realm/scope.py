"""For whom JavaScript runs: scopes carry the context, the interrupt latch and the CPU account."""

from __future__ import annotations

import contextvars
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, TypeAlias

__all__ = ["Budget", "Limit", "Scope"]

Limit: TypeAlias = Literal["cpu", "memory"]
Budget: TypeAlias = Callable[[float], bool]
"""Takes seconds of CPU as they are used, on the loop thread; answers whether that is too much."""
logger = logging.getLogger("marotte.realm")


class Scope:
    """The party on whose behalf a piece of JavaScript runs.

    Every entry into a realm is made under one scope; host promises, timers and listeners remember
    theirs. An interrupt fires only while the current scope, or an ancestor of it, is interrupted.

    Attributes:
        name: What errors and statistics call it.
        parent: The scope it belongs to; interrupting that interrupts this.
        context: The context in which its host functions run.
        budget: What its CPU time is taken from; ``None``: that of the scope it belongs to, if any.
        cpu_seconds: Seconds of CPU used so far, by what belongs to it as well.
        on_limit: Told, once, which limit is over; on the loop thread.
    """

    __slots__ = (
        "_exceeded",
        "_interrupted",
        "_watchers",
        "budget",
        "context",
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
        budget: Budget | None = None,
        on_limit: Callable[[Limit], object] | None = None,
    ) -> None:
        self.name = name
        self.parent = parent
        self.context = contextvars.copy_context() if context is None else context
        self.budget = budget
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
            The scope whose budget is used up since just now; it is latched.
        """
        payer = None
        scope: Scope | None = self
        while scope is not None:
            scope.cpu_seconds += seconds
            if payer is None and scope.budget is not None:
                payer = scope
            scope = scope.parent
        if payer is None or payer.budget is None or not payer.budget(seconds):
            return None
        return payer if payer.exceed("cpu") else None

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
