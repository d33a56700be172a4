"""For whom JavaScript runs: scopes carry the context, the interrupt latch and the CPU account."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import Literal

__all__ = ["Limit", "Scope"]

Limit = Literal["cpu", "memory"]


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
    """

    __slots__ = (
        "_exceeded",
        "_interrupted",
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

    def __repr__(self) -> str:
        return f"<Scope {self.name}{' interrupted' if self.interrupted else ''}>"

    def interrupt(self) -> None:
        """Latch: whatever JavaScript runs for this scope ends at the next poll. Any thread."""
        self._interrupted = True

    def resume(self) -> None:
        """Clear the latch of this scope; an ancestor's stays."""
        self._interrupted = False

    @property
    def interrupted(self) -> bool:
        """Whether this scope or one it belongs to is latched."""
        scope: Scope | None = self
        while scope is not None:
            if scope._interrupted:
                return True
            scope = scope.parent
        return False

    def within(self, other: Scope) -> bool:
        """Whether this is `other` or belongs to it."""
        scope: Scope | None = self
        while scope is not None:
            if scope is other:
                return True
            scope = scope.parent
        return False

    def charge(self, seconds: float) -> bool:
        """Add CPU time, to the scopes this belongs to as well; answers whether a limit is over."""
        over = False
        scope: Scope | None = self
        while scope is not None:
            scope.cpu_seconds += seconds
            if scope.cpu_limit is not None and scope.cpu_seconds > scope.cpu_limit:
                over = scope.exceed("cpu") or over
            scope = scope.parent
        return over

    def exceed(self, limit: Limit, *, latch: bool = True) -> bool:
        """A limit is over: say so, once, and latch; answers whether it is news."""
        if self._interrupted or self._exceeded:
            return False
        self._exceeded = True
        self._interrupted = latch
        if self.on_limit is not None:
            self.on_limit(limit)
        return True
