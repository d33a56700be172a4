"""A call to a model: its events, its usage, and its answer as blocks of the turn.

Whoever speaks to a model, or pretends to, does it through this, so that all engines tell the same
story: also when the call fails or is aborted in mid-stream.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from types import TracebackType

from pydantic import JsonValue

from marotte.conversation import (
    Block,
    Turn,
    Usage,
    new_assistant_block,
    new_tool_call_block,
)
from marotte.events import (
    Body,
    ModelCallFinished,
    ModelCallStarted,
    ToolCall,
    ToolCallRequested,
)
from marotte.inference.segments import Segments
from marotte.runs import RunContext


class ModelCall:
    """One call in flight: `async with ctx.model_call(turn, model="…", provider="…") as call:`.

    What is streamed through it becomes events at once, and blocks of `turn` as each text ends; an
    aborted call leaves what has come so far in the turn. Set `finish_reason` and add to the usage
    when the model tells.
    """

    def __init__(
        self, run: RunContext, segments: Segments, turn: Turn, *, model: str, provider: str
    ) -> None:
        self._run = run
        self._segments = segments
        self._turn = turn
        self._model = model
        self._provider = provider
        self._in_flight = run.call("model call")
        self._started = 0.0
        self._usage = Usage(requests=1)
        self._written: list[Block] = []
        self.finish_reason: str | None = None

    async def text(self, delta: str) -> None:
        """Stream a piece of the answer."""
        self._end_other(is_reasoning=False)
        await self._emit(self._segments.text(delta))

    async def reasoning(self, delta: str) -> None:
        """Stream a piece of reasoning."""
        self._end_other(is_reasoning=True)
        await self._emit(self._segments.reasoning(delta))

    async def tool_call(self, id: str, name: str, args: JsonValue) -> None:
        """Note that the model asks for a tool."""
        self._end_text()
        self._write(new_tool_call_block(id, name, args))
        await self._emit([ToolCallRequested(tool_call=ToolCall(id=id, name=name, args=args))])

    def end_text(self) -> None:
        """Say that the text or reasoning that was streamed is complete."""
        self._end_text()

    async def answer(self, blocks: Iterable[Block]) -> None:
        """Take `blocks` for the whole answer, in place of what was written while it streamed.

        They may say more than the stream did, such as what only the provider understands. Tool
        calls among them are noted as in `tool_call`.
        """
        self._end_text()
        written = {id(block) for block in self._written}
        self._turn.blocks[:] = [each for each in self._turn.blocks if id(each) not in written]
        self._written = [*blocks]
        self._turn.blocks.extend(self._written)
        for block in self._written:
            if block.kind == "tool_call":
                await self._emit([ToolCallRequested(tool_call=_tool_call(block))])

    @property
    def has_streamed(self) -> bool:
        """Whether anything of the answer has come."""
        return bool(self._written) or self._segments.current is not None

    def add_usage(self, usage: Usage) -> None:
        """Add to what the call has cost, beyond being one request."""
        self._usage = self._usage + usage

    async def __aenter__(self) -> ModelCall:
        await self._in_flight.__aenter__()
        self._started = time.monotonic()
        self._run.emit_nowait(ModelCallStarted(model=self._model, provider=self._provider))
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._end(completed=exc is None)
        finally:
            await self._in_flight.__aexit__(exc_type, exc, traceback)

    def _end(self, *, completed: bool) -> None:
        self._end_text(completed=completed)
        self._run.emit_nowait(
            ModelCallFinished(
                model=self._model,
                provider=self._provider,
                usage=self._usage,
                finish_reason=self.finish_reason,
                duration_ms=(time.monotonic() - self._started) * 1000,
            )
        )
        self._run.add_usage(self._usage)

    def _end_other(self, *, is_reasoning: bool) -> None:
        """End the open text if it is of the other kind."""
        current = self._segments.current
        if current is not None and current[0] != is_reasoning:
            self._end_text()

    def _end_text(self, *, completed: bool = True) -> None:
        """Make the open text, if there is one, a block."""
        current = self._segments.current
        if current is None:
            return
        self._write(_block(*current))
        if completed:
            for body in self._segments.finish():
                self._run.emit_nowait(body)
        self._segments.drop()

    def _write(self, block: Block) -> None:
        self._written.append(block)
        self._turn.blocks.append(block)

    async def _emit(self, bodies: list[Body]) -> None:
        for body in bodies:
            await self._run.emit(body)


def _tool_call(block: Block) -> ToolCall:
    said = block.payload
    return ToolCall(id=block.id, name=str(said.get("name")), args=said.get("args"))


def _block(is_reasoning: bool, text: str) -> Block:
    if is_reasoning:
        return Block(kind="reasoning", role="assistant", payload={"text": text})
    return new_assistant_block(text)
