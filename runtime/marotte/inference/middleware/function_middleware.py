"""Middlewares that are Python functions."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import TypeAlias, cast

from marotte.conversation import InvalidValueError, Turn, TurnLike, describe, normalize
from marotte.inference.function_call import call_function, is_async
from marotte.inference.middleware.middleware import MiddlewareContext, Next
from marotte.runs import Execution, RunContext

SyncNext: TypeAlias = Callable[..., Turn]
"""`next` as a sync function has it: it waits."""

MiddlewareFunction: TypeAlias = Callable[..., TurnLike | Awaitable[TurnLike | None] | None]
"""`(turn, next, ctx) -> turn | None`."""


class FunctionMiddleware:
    """A function `(turn, next, ctx) -> turn | None` as a middleware, sync or async.

    An async one awaits `next(turn)`. A sync one is called in a thread of its own, where
    `next(turn)` waits for the answer.

    Args:
        function: The function.
        name: What to call it; by default, the function's name.

    Raises:
        InvalidValueError: for what is no function.
    """

    def __init__(self, function: MiddlewareFunction, name: str | None = None) -> None:
        if not callable(function):
            problem = f"expected a function, got {describe(function)}"
            raise InvalidValueError("middleware", problem)
        self._function = function
        self._name = name or str(getattr(function, "__name__", type(function).__name__))

    @property
    def name(self) -> str:
        """What to call it, for people."""
        return self._name

    async def __call__(self, turn: Turn, next: Next, ctx: MiddlewareContext) -> Turn | None:
        """Call the function.

        Raises:
            InvalidValueError: It returned something else than a turn or nothing.
        """
        function = self._function
        following: Callable[..., object] = next
        if not is_async(function):
            following = partial(_wait_for, next, ctx.run, asyncio.get_running_loop())
        name = f"middleware {self._name}"
        answer = await call_function(function, (turn, following, ctx), ctx=ctx, name=name)
        if answer is None or isinstance(answer, Turn):
            return answer
        if isinstance(answer, Mapping):
            return normalize(answer)
        raise InvalidValueError("turn", f"expected a turn, got {describe(answer)}")


def _wait_for(
    next: Next, run: RunContext, loop: asyncio.AbstractEventLoop, turn: Turn | None = None
) -> Turn:
    """Call `next` on the host loop, from another thread, and wait for it."""
    answer: Future[Turn] = Future()

    def begin() -> None:
        part = run.start_part(next(turn))
        part.on_done(lambda: _hand_over(part, answer))

    loop.call_soon_threadsafe(begin, context=contextvars.copy_context())
    return answer.result()


def _hand_over(part: Execution, answer: Future[Turn]) -> None:
    if part.error is None:
        answer.set_result(cast("Turn", part.value))
    else:
        answer.set_exception(part.error)
