"""The engine that speaks to a provider."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from typing import TypeAlias

import anyio.to_thread

from marotte.conversation import Turn
from marotte.inference.context import EngineContext
from marotte.inference.model_call import ModelCall
from marotte.inference.models.options import checked_options
from marotte.inference.models.target import Target, make_target

Exchange: TypeAlias = Callable[[Target, Turn, EngineContext, ModelCall], Awaitable[None]]


class ModelEngine:
    """Answers with a model of a provider. It holds no connection: each run has its own.

    `ModelEngine.of` makes one; scripts get theirs through `Models`.
    """

    def __init__(self, target: Target, name: str) -> None:
        self._target = target
        self._name = name

    @classmethod
    def of(cls, id: str, **options: object) -> ModelEngine:
        """Make an engine for the model `provider:name`, such as `openai:gpt-5`.

        Args:
            id: Providers are `openai`, `openai-responses`, `openai-chat` and `anthropic`. `openai`
                means the Responses API at OpenAI itself, and Chat Completions elsewhere.
            options: The fields of `ModelOptions`.

        Raises:
            InvalidValueError: The name or an option is not as it should be.
            MissingExtraError: What speaks to the provider is not installed.
            MissingKeyError: There is no key.
        """
        return cls(make_target(id, checked_options(options)), id)

    @property
    def name(self) -> str:
        """What to call it, for people."""
        return self._name

    def __repr__(self) -> str:
        return f"ModelEngine({self._name!r}, model={self._target.model!r})"

    async def infer(self, turn: Turn, ctx: EngineContext) -> None:
        """Answer `turn`.

        Raises:
            EngineError: The provider failed; it carries status, provider and request id.
        """
        target = self._target
        async with ctx.model_call(turn, model=target.model, provider=target.label) as call:
            exchange = _load() if _is_loaded() else await _load_in_thread()
            await exchange(target, turn, ctx, call)


@cache
def _load() -> Exchange:
    """Import what speaks to providers, which takes a second."""
    from marotte.inference.models.wire import exchange

    return exchange


def _is_loaded() -> bool:
    return _load.cache_info().currsize > 0


async def _load_in_thread() -> Exchange:
    return await anyio.to_thread.run_sync(_load, abandon_on_cancel=True)
