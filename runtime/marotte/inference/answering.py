"""How one run answers its turn: engine calls within middlewares, and tool calls between them."""

from __future__ import annotations

from collections import Counter

from marotte.conversation import Block, Turn
from marotte.events import ToolCall, ToolCallRequested
from marotte.inference.context import EngineContext
from marotte.inference.middleware import Chain
from marotte.inference.pipeline import Pipeline
from marotte.inference.tool_blocks import call_id, unanswered
from marotte.inference.tools import ToolCalls, ToolRegistry
from marotte.runs import EngineError, RunContext, RunError


class Answering:
    """Answers the staged turn of one run."""

    def __init__(self, run: RunContext, pipeline: Pipeline) -> None:
        self._run = run
        self._pipeline = pipeline
        self._chain = Chain(run, pipeline.middlewares, self._call_engine)
        self._iterations = 0
        self._has_called_tools = False
        self._ctx = EngineContext(
            run,
            run.history if pipeline.history == "all" else [],
            output_schema=run.options.output_schema,
        )

    async def answer(self) -> None:
        """Call the engine, execute the tools that it asks for, and again until it asks for none.

        Raises:
            RunStoppedError: or another error of `ctx.check`, when the run is stopping.
            RunLimitError: It asked for tools too often.
            EngineError: The engine failed.
            ToolError: A tool failed in a way that ends the run.
        """
        await self._pass()
        registry = self._pipeline.registry
        while registry is not None and (calls := unanswered(self._run.turn.blocks)):
            await self._execute(calls, registry)
            await self._pass()

    async def _execute(self, calls: list[Block], registry: ToolRegistry) -> None:
        pipeline = self._pipeline
        tools = ToolCalls(self._run, registry, pipeline.tool_loop, pipeline.tool_hooks)
        await tools.answer(calls, self._run.turn.blocks)
        self._has_called_tools = True

    async def _pass(self) -> None:
        """Let the engine answer once, within the middlewares."""
        run, ctx = self._run, self._ctx
        run.check()
        self._count_iteration()
        self._offer_tools()
        known = [block.id for block in run.turn.blocks]
        deltas, model_calls = ctx.deltas, ctx.model_calls
        run.stage(await self._chain.answer(run.turn))
        ctx.finish_text()
        told_text, told_calls = ctx.deltas != deltas, ctx.model_calls != model_calls
        added = [] if told_text and told_calls else self._added(known)
        if not told_text:
            await self._tell_text(added)
        if not told_calls:
            await self._tell_tool_calls(added)

    def _count_iteration(self) -> None:
        most = self._pipeline.tool_loop.max_iterations
        if self._iterations == most:
            self._run.limit_exceeded("max_iterations", f"max iterations ({most}) reached")
            self._run.check()
        self._iterations += 1

    def _offer_tools(self) -> None:
        """Say what the model may ask for; what it has to call, only until it has."""
        registry, choice = self._pipeline.registry, self._pipeline.tool_loop.tool_choice
        self._ctx.tools = () if registry is None else registry.definitions()
        is_met = self._has_called_tools and choice != "none"
        self._ctx.tool_choice = "auto" if is_met else choice

    async def _call_engine(self, turn: Turn) -> Turn:
        """Have the engine answer `turn`, which becomes the staged one."""
        run = self._run
        run.check()
        run.count_iteration()
        run.stage(turn)
        answer = await self._infer(turn)
        self._ctx.finish_text()
        return turn if answer is None else answer

    async def _infer(self, turn: Turn) -> Turn | None:
        try:
            return await self._pipeline.engine.infer(turn, self._ctx)
        except Exception as error:
            if isinstance(error, RunError) and error.may_concern(self._run.run_id):
                raise
            raise EngineError(str(error) or type(error).__name__) from error

    # What an engine that tells nothing by itself has answered

    def _added(self, known: list[str]) -> list[Block]:
        """Return the blocks that are not known by their ids, which may repeat: so calls have it."""
        blocks = self._run.turn.blocks
        if [block.id for block in blocks[: len(known)]] == known:
            return blocks[len(known) :]
        left = Counter(known)
        added: list[Block] = []
        for block in blocks:
            if left[block.id]:
                left[block.id] -= 1
            else:
                added.append(block)
        return added

    async def _tell_text(self, added: list[Block]) -> None:
        """Emit one delta for each text."""
        for block in added:
            text = block.payload.get("text")
            if block.kind == "llm_text" and isinstance(text, str):
                await self._ctx.text_delta(text)
                self._ctx.finish_text()

    async def _tell_tool_calls(self, added: list[Block]) -> None:
        for block in added:
            if block.kind == "tool_call":
                name, args = block.payload.get("name"), block.payload.get("args")
                call = ToolCall(id=call_id(block), name=str(name or ""), args=args)
                await self._run.emit(ToolCallRequested(tool_call=call))
