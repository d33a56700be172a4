"""Engines that are Python functions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from marotte.conversation import InvalidValueError, Turn, describe, new_assistant_block, normalize
from marotte.inference.context import EngineContext
from marotte.inference.function_call import call_function
from marotte.runs import EngineError

Answer: TypeAlias = Turn | Mapping[str, object] | str | None
"""A turn, a mapping of its fields, the text to answer, or nothing: the turn as it was changed."""

EngineFunction: TypeAlias = Callable[[Turn, EngineContext], Answer | Awaitable[Answer]]


class FunctionEngine:
    """Answers with a function `(turn, ctx) -> turn | text | None`, sync or async.

    A sync function is called in a thread of its own. Cancelling the run cannot end it; it may look
    at `ctx.token`, or call `ctx.check`. An async one is cancelled where it waits.

    Args:
        function: Called with the run's private copy of the turn.
        name: What to call the engine; by default, the function's name.

    Raises:
        InvalidValueError: for what is no function.
    """

    def __init__(self, function: EngineFunction, name: str | None = None) -> None:
        if not callable(function):
            raise InvalidValueError("function", f"expected a function, got {describe(function)}")
        self._function = function
        self._name = name or str(getattr(function, "__name__", type(function).__name__))

    @property
    def name(self) -> str:
        """What to call it, for people."""
        return self._name

    async def infer(self, turn: Turn, ctx: EngineContext) -> Turn | None:
        """Answer `turn`.

        Raises:
            EngineError: when the function returns something else than an answer.
        """
        async with ctx.call(self._name, holds_grace=False):
            answer = await call_function(
                self._function, (turn, ctx), ctx=ctx, name=f"engine {self._name}"
            )
        if isinstance(answer, str):
            turn.blocks.append(new_assistant_block(answer))
            return None
        if answer is None:
            return None
        if isinstance(answer, Turn | Mapping):
            return normalize(answer)
        raise EngineError(f"{self._name} returned {describe(answer)}, expected a turn or text")
