"""Engines without a model: for trying things out, for tests, and as the embedded default.

They need neither a key nor a network, and tell the same story as an engine that speaks to one.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

import anyio
from pydantic import Field, JsonValue

from marotte.conversation import InvalidValueError, Turn, Usage, describe, validate_as
from marotte.events import WireModel
from marotte.inference.context import EngineContext
from marotte.inference.model_call import ModelCall
from marotte.runs import EngineError

PROVIDER = "marotte"

_WORD = re.compile(r"\s*\S+\s*|\s+")


class EchoEngine:
    """Answers with a given reply, or with the last user text, streamed word by word.

    Args:
        reply: What to answer.
        delay_ms: How long to wait before each word, in milliseconds.

    Raises:
        InvalidValueError: for a reply that is no text, or a delay that is none.
    """

    name = "echo"

    def __init__(self, reply: str | None = None, delay_ms: float = 0) -> None:
        _check_echo(reply, delay_ms)
        self._reply = reply
        self._delay = delay_ms / 1000

    async def infer(self, turn: Turn, ctx: EngineContext) -> None:
        """Answer `turn`."""
        reply = self._reply if self._reply is not None else _last_user_text(turn)
        async with ctx.model_call(turn, model=self.name, provider=PROVIDER) as call:
            call.add_usage(Usage(input_tokens=_words_in(turn)))
            await _stream(call, reply, self._delay)
            call.finish_reason = "stop"


def _check_echo(reply: object, delay_ms: object) -> None:
    if reply is not None and not isinstance(reply, str):
        raise InvalidValueError("reply", f"expected text, got {describe(reply)}")
    if not isinstance(delay_ms, int | float) or not 0 <= delay_ms < math.inf:
        raise InvalidValueError("delayMs", f"expected a number >= 0, got {describe(delay_ms)}")


class ScriptedToolCall(WireModel):
    """A tool call that a scripted engine asks for."""

    id: str = Field(description="Identifies the call within its turn.")
    name: str = Field(description="The tool.")
    args: JsonValue = Field(default_factory=dict, description="Its arguments.")


class ScriptedReply(WireModel):
    """One answer of a scripted engine: reasoning, then text, then tool calls, then an error."""

    text: str = Field(default="", description="The answer.")
    reasoning: str = Field(default="", description="What the model thinks before it answers.")
    tool_calls: tuple[ScriptedToolCall, ...] = Field(default=(), description="Tools it asks for.")
    usage: Usage | None = Field(default=None, description="What it costs; by default, its words.")
    finish_reason: str | None = Field(default=None, description="Why it ends.")
    delay_ms: float = Field(default=0, ge=0, description="Wait before each word, in ms.")
    error: str | None = Field(default=None, description="Fail with this, after what came before.")


ReplyLike: TypeAlias = ScriptedReply | str | Mapping[str, object]
"""A reply, its text, or a mapping of its fields."""


class ScriptedEngine:
    """Plays given replies in order, one for each call of the engine, whatever it is asked.

    Args:
        replies: What to answer.

    Raises:
        InvalidValueError: for what is no reply, naming path and value.
    """

    name = "scripted"

    def __init__(self, replies: Iterable[ReplyLike]) -> None:
        self._replies = [_reply(reply, f"replies[{n}]") for n, reply in enumerate(replies)]
        self._played = 0
        self._lock = threading.Lock()

    @property
    def remaining(self) -> int:
        """How many replies are left."""
        return len(self._replies) - self._played

    async def infer(self, turn: Turn, ctx: EngineContext) -> None:
        """Play the next reply.

        Raises:
            EngineError: when none is left.
        """
        async with ctx.model_call(turn, model=self.name, provider=PROVIDER) as call:
            reply = self._next()
            await self._play(reply, turn, call)

    def _next(self) -> ScriptedReply:
        with self._lock:
            if not self.remaining:
                count = len(self._replies)
                raise EngineError(f"scripted engine has no reply left: all {count} were played")
            self._played += 1
            return self._replies[self._played - 1]

    async def _play(self, reply: ScriptedReply, turn: Turn, call: ModelCall) -> None:
        call.add_usage(reply.usage or Usage(input_tokens=_words_in(turn)))
        delay = reply.delay_ms / 1000
        counts = reply.usage is None
        await _stream(call, reply.reasoning, delay, reasoning=True, counts=counts)
        await _stream(call, reply.text, delay, counts=counts)
        for tool in reply.tool_calls:
            await call.tool_call(tool.id, tool.name, tool.args)
        if reply.error is not None:
            raise EngineError(reply.error)
        call.finish_reason = reply.finish_reason or ("tool_calls" if reply.tool_calls else "stop")


async def _stream(
    call: ModelCall, text: str, delay: float, *, reasoning: bool = False, counts: bool = True
) -> None:
    """Stream `text` word by word, as tokens if it `counts`."""
    send = call.reasoning if reasoning else call.text
    for word in words(text):
        await anyio.sleep(delay)
        if counts:
            call.add_usage(Usage(output_tokens=1))
        await send(word)


def words(text: str) -> Iterator[str]:
    """Yield the words of `text` with the space around them; joined, they are `text`."""
    return (match.group() for match in _WORD.finditer(text))


def _last_user_text(turn: Turn) -> str:
    for block in reversed(turn.blocks):
        text = block.payload.get("text")
        if block.kind == "user" and isinstance(text, str):
            return text
    return ""


def _words_in(turn: Turn) -> int:
    texts = (block.payload.get("text") for block in turn.blocks)
    return sum(len(text.split()) for text in texts if isinstance(text, str))


def _reply(reply: object, path: str) -> ScriptedReply:
    if isinstance(reply, str):
        return ScriptedReply(text=reply)
    if isinstance(reply, ScriptedReply | Mapping):
        return validate_as(ScriptedReply, reply, path)
    raise InvalidValueError(path, f"expected a reply, got {describe(reply)}")
