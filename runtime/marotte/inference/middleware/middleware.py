"""The middleware protocol, and what a middleware sees of its run."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Protocol, runtime_checkable

from marotte.conversation import Turn
from marotte.inference.run_view import RunView
from marotte.runs import RunContext


class MiddlewareContext(RunView):
    """The run's view for one call of a middleware.

    Attributes:
        middleware_name: Which middleware.
    """

    def __init__(self, run: RunContext, middleware_name: str) -> None:
        super().__init__(run)
        self.middleware_name = middleware_name


class Next(Protocol):
    """What comes after a middleware: the next one, and at last the engine."""

    def __call__(self, turn: Turn | None = None, /) -> Coroutine[Any, Any, Turn]:
        """Have a copy of `turn` answered and return the answered turn.

        Without a turn, the one that the middleware was called with is answered. Each call is a
        call of the engine.
        """
        ...


@runtime_checkable
class Middleware(Protocol):
    """Something around each call of an engine."""

    @property
    def name(self) -> str:
        """What to call it, for people."""
        ...

    async def __call__(self, turn: Turn, next: Next, ctx: MiddlewareContext) -> Turn | None:
        """Answer `turn`, usually by awaiting `next`, on the host loop.

        The turn is the middleware's own copy. The one that is returned is what the caller gets;
        `None` keeps what `next` returned last, or the turn as it is now if it was not called.
        What raises here, unless it is an error of `marotte.runs`, ends the run as `failed`, with
        the middleware's name in front.
        """
        ...
