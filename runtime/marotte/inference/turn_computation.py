"""The computation of a turn run: engine passes over a staged turn."""

from __future__ import annotations

from marotte.conversation import Turn
from marotte.events import RunKind
from marotte.inference.context import EngineContext
from marotte.inference.engine import Engine
from marotte.inference.pipeline import Pipeline
from marotte.runs import EngineError, RunContext, RunError


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
        engine_ctx = EngineContext(ctx, ctx.history if self._pipeline.history == "all" else [])
        # The tool loop goes here: pass, execute the tools that were asked for, and again.
        await self._pass(ctx, engine_ctx)
        return ctx.turn

    async def _pass(self, ctx: RunContext, engine_ctx: EngineContext) -> None:
        """Let the engine answer once."""
        ctx.check()
        ctx.count_iteration()
        known = {block.id for block in ctx.turn.blocks}
        deltas = engine_ctx.deltas
        answer = await self._infer(ctx, engine_ctx)
        if answer is not None:
            ctx.stage(answer)
        if engine_ctx.deltas == deltas:
            await _tell(ctx.turn, known, engine_ctx)
        engine_ctx.finish_text()

    async def _infer(self, ctx: RunContext, engine_ctx: EngineContext) -> Turn | None:
        try:
            return await self._pipeline.engine.infer(ctx.turn, engine_ctx)
        except Exception as error:
            if isinstance(error, RunError) and error.run_id in (None, ctx.run_id):
                raise
            raise EngineError(str(error) or type(error).__name__) from error


async def _tell(turn: Turn, known: set[str], engine_ctx: EngineContext) -> None:
    """Emit the answer of an engine that streamed nothing, one delta for each text."""
    for block in turn.blocks:
        text = block.payload.get("text")
        if block.kind == "llm_text" and block.id not in known and isinstance(text, str):
            await engine_ctx.text_delta(text)
            engine_ctx.finish_text()
