"""The computation of a turn run: an answer, and the result that is read from it."""

from __future__ import annotations

from marotte.conversation import Turn
from marotte.events import RunKind, ToolExecutionFinished
from marotte.inference.answering import Answering
from marotte.inference.engine import Engine
from marotte.inference.pipeline import Pipeline
from marotte.inference.structured import StructuredAnswer
from marotte.inference.tool_blocks import (
    NOT_EXECUTED,
    call_id,
    unanswered,
    with_all_answered,
    with_late_results,
)
from marotte.runs import RunContext


class TurnComputation:
    """Answers the staged turn of a run.

    Args:
        pipeline: What answers; an engine stands for a pipeline of nothing else.

    Raises:
        InvalidValueError: for what is neither.
    """

    def __init__(self, pipeline: Pipeline | Engine) -> None:
        self._pipeline = pipeline if isinstance(pipeline, Pipeline) else Pipeline(pipeline)

    @property
    def kind(self) -> RunKind:
        """A turn run."""
        return "turn"

    async def execute(self, ctx: RunContext) -> Turn:
        """Answer the turn and return it, to be committed."""
        ctx.turn.blocks = with_late_results(ctx.turn.blocks)
        answering = Answering(ctx, self._pipeline)
        await answering.answer()
        schema = ctx.options.output_schema
        if schema is not None:
            await StructuredAnswer(ctx, schema).read(answering.answer)
        await self._answer_rest(ctx)
        return ctx.turn

    async def _answer_rest(self, ctx: RunContext) -> None:
        """Say of each call that nothing was there to execute that it was not executed."""
        has_tools = self._pipeline.tools is not None
        why = "the tool loop is not enabled" if has_tools else "there are no tools"
        error = f"{NOT_EXECUTED}: {why}"
        turn = ctx.turn
        for call in unanswered(turn.blocks):
            id, name = call_id(call), str(call.payload.get("name") or "")
            await ctx.emit(
                ToolExecutionFinished(tool_call_id=id, name=name, error=error, duration_ms=0)
            )
        turn.blocks = with_all_answered(turn.blocks, error)
