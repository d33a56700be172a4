"""What an engine may use: the run it answers for, and ways to stream the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from marotte.conversation import JsonObject, Turn
from marotte.events import Body
from marotte.inference.model_call import ModelCall
from marotte.inference.segments import Segments
from marotte.inference.tools import ToolDefinition
from marotte.runs import HostCall, RunContext, StopToken


class EngineContext:
    """An engine's view of the run that it answers for.

    Nothing that is emitted here is written to the turn: that is the engine's to do, or a
    `ModelCall`'s.

    Attributes:
        run: The run.
        history: Copies of the earlier turns that the engine is to see.
        tools: What the model may ask for.
        tool_choice: `auto`, `none`, `required` or the name of the tool that it has to call.
        output_schema: The JSON Schema of the result that is wanted, if one is.
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
        self.run = run
        self.history = history
        self.tools = tools
        self.tool_choice = tool_choice
        self.output_schema = output_schema
        self._segments = Segments()

    @property
    def run_id(self) -> str:
        """Identifies the run."""
        return self.run.run_id

    @property
    def session_id(self) -> str:
        """The run's session."""
        return self.run.session_id

    @property
    def turn_id(self) -> str | None:
        """The turn that is answered."""
        return self.run.turn_id

    @property
    def tags(self) -> Mapping[str, str]:
        """The run's labels."""
        return self.run.tags

    @property
    def deadline_ms(self) -> int | None:
        """When the run times out, in milliseconds since the epoch."""
        return self.run.deadline_ms

    @property
    def token(self) -> StopToken:
        """Set as soon as a stop of the run is accepted."""
        return self.run.token

    @property
    def deltas(self) -> int:
        """How many pieces of text were streamed so far."""
        return self._segments.deltas

    def check(self) -> None:
        """Raise the run's error if it is stopping; see `RunContext.check`."""
        self.run.check()

    def call(self, name: str = "call", *, holds_grace: bool = True) -> HostCall:
        """Return a context manager for a call in flight; see `RunContext.call`."""
        return self.run.call(name, holds_grace=holds_grace)

    def model_call(self, turn: Turn, *, model: str, provider: str) -> ModelCall:
        """Return a context manager for a call to a model, whose answer becomes blocks of `turn`."""
        return ModelCall(self.run, self._segments, turn, model=model, provider=provider)

    async def emit(self, body: Body) -> None:
        """Emit an event; see `RunContext.emit`."""
        await self.run.emit(body)

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
