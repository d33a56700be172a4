"""Middlewares around an engine call, the first outermost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

import anyio

from marotte.conversation import InvalidValueError, Turn, describe
from marotte.inference.middleware.middleware import Middleware, MiddlewareContext
from marotte.inference.own_error import text_of
from marotte.runs import RunContext, RunError

AnswerTurn: TypeAlias = Callable[[Turn], Awaitable[Turn]]


class Chain:
    """Calls the middlewares of one run.

    Args:
        run: The run.
        middlewares: The first is outermost.
        engine: What the last one's `next` calls, with a turn of its own.
    """

    def __init__(
        self, run: RunContext, middlewares: Sequence[Middleware], engine: AnswerTurn
    ) -> None:
        self._run = run
        self._middlewares = middlewares
        self._engine = engine

    async def answer(self, turn: Turn, position: int = 0) -> Turn:
        """Have `turn`, which is given away, answered from the middleware at `position` on."""
        if position == len(self._middlewares):
            return await self._engine(turn)
        middleware = self._middlewares[position]
        following = _Following(self, turn, position + 1, middleware.name)
        ctx = MiddlewareContext(self._run, middleware.name)
        try:
            async with self._run.call(f"middleware {middleware.name}", holds_grace=False):
                answer = await middleware(turn, following, ctx)
                await following.finish()
            if answer is None and following.error is not None:
                raise following.error  # Returning nothing keeps what came of `next`.
            if answer is not None and not isinstance(answer, Turn):
                raise InvalidValueError("turn", f"expected a turn, got {describe(answer)}")
        except Exception as error:
            if isinstance(error, RunError) and error.may_concern(self._run.run_id):
                raise
            raise RunError(f"{middleware.name}: {text_of(error)}") from error
        finally:
            following.close()
        return answer or following.answer or turn


class _Following:
    """The `next` of one middleware."""

    def __init__(self, chain: Chain, turn: Turn, position: int, name: str) -> None:
        self._chain = chain
        self._turn = turn
        self._position = position
        self._name = name
        self._calls = 0
        self._idle = anyio.Event()
        self._is_closed = False
        self.answer: Turn | None = None
        self.error: Exception | None = None

    async def __call__(self, turn: Turn | None = None, /) -> Turn:
        given = self._turn if turn is None else turn
        if not isinstance(given, Turn):
            raise InvalidValueError("next(turn)", f"expected a turn, got {describe(given)}")
        if self._is_closed:
            raise InvalidValueError("next()", f"middleware {self._name} has returned already")
        self._calls += 1
        self.error = None
        try:
            self.answer = await self._chain.answer(given.clone(), self._position)
        except Exception as error:
            self.error = error
            raise
        finally:
            self._calls -= 1
            self._idle.set()
        return self.answer

    async def finish(self) -> None:
        """Wait for calls that the middleware has begun and not waited for."""
        while self._calls:
            self._idle = anyio.Event()
            await self._idle.wait()

    def close(self) -> None:
        """Refuse further calls."""
        self._is_closed = True
