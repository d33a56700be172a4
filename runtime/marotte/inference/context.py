"""What an engine may use: the run it answers for, and ways to stream the answer."""

from __future__ import annotations

from collections.abc import Sequence

from marotte.conversation import JsonObject, Turn
from marotte.inference.model_call import ModelCall
from marotte.inference.run_view import RunView
from marotte.inference.segments import Segments
from marotte.inference.tools import ToolDefinition
from marotte.runs import RunContext


class EngineContext(RunView):
    """An engine's view of the run that it answers for.

    Nothing that is emitted here is written to the turn: that is the engine's to do, or a
    `ModelCall`'s.

    Attributes:
        run: The run.
        history: Copies of the earlier turns that the engine is to see.
        tools: What the model may ask for.
        tool_choice: `auto`, `none`, `required` or the name of the tool that it has to call.
        output_schema: The JSON Schema of the result that is wanted, if one is.
        model_calls: How many calls to a model were begun so far.
    """

    def __init__(
        self,
        run: RunContext,
        history: list[Turn],
        *,
        tools: Sequence[ToolDefinition] = (),
        tool_choice: str = "auto",
        output_schema: JsonObject | None = None,
    ) -> None:
        super().__init__(run)
        self.history = history
        self.tools = tools
        self.tool_choice = tool_choice
        self.output_schema = output_schema
        self.model_calls = 0
        self._segments = Segments()

    @property
    def deltas(self) -> int:
        """How many pieces of text were streamed so far."""
        return self._segments.deltas

    def model_call(self, turn: Turn, *, model: str, provider: str) -> ModelCall:
        """Return a context manager for a call to a model, whose answer becomes blocks of `turn`."""
        self.model_calls += 1
        return ModelCall(self.run, self._segments, turn, model=model, provider=provider)

    async def text_delta(self, delta: str) -> None:
        """Stream a piece of the answer; host loop only."""
        for body in self._segments.text(delta):
            await self.run.emit(body)

    def text_delta_nowait(self, delta: str) -> None:
        """Stream a piece of the answer, from any thread, without waiting."""
        for body in self._segments.text(delta):
            self.run.emit_nowait(body)

    def reasoning_delta_nowait(self, delta: str) -> None:
        """Stream a piece of reasoning, from any thread, without waiting."""
        for body in self._segments.reasoning(delta):
            self.run.emit_nowait(body)

    def finish_text(self) -> None:
        """Say that the text that was streamed is complete; the next piece begins another."""
        for body in self._segments.finish():
            self.run.emit_nowait(body)
