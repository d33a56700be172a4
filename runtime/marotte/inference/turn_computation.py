"""The computation of a turn run: an answer, and the result that is read from it."""

from __future__ import annotations

from marotte.conversation import Turn
from marotte.events import RunKind
from marotte.inference.answering import Answering
from marotte.inference.engine import Engine
from marotte.inference.pipeline import Pipeline
from marotte.inference.structured import StructuredAnswer
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
        answering = Answering(ctx, self._pipeline)
        await answering.answer()
        schema = ctx.options.output_schema
        if schema is not None:
            await StructuredAnswer(ctx, schema).read(answering.answer)
        return ctx.turn
