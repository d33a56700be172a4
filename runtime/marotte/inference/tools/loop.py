"""The tool calls of one answer: executed in parallel, as far as allowed, with results in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from marotte.conversation import Block, new_tool_use_block
from marotte.events import ToolCall
from marotte.inference.tool_blocks import call_id
from marotte.inference.tools.call import ToolCallExecution
from marotte.inference.tools.execution import join
from marotte.inference.tools.hook_calls import HookCalls
from marotte.inference.tools.hooks import ToolHooks
from marotte.inference.tools.registry import ToolRegistry
from marotte.inference.tools.settings import ToolLoopSettings
from marotte.runs import RunContext


class ToolCalls:
    """Executes the tool calls of one run."""

    def __init__(
        self,
        run: RunContext,
        registry: ToolRegistry,
        settings: ToolLoopSettings,
        hooks: ToolHooks | None,
    ) -> None:
        self._run = run
        self._registry = registry
        self._settings = settings
        self._hooks = HookCalls(run, hooks)

    async def answer(self, calls: Sequence[Block], blocks: list[Block]) -> None:
        """Execute `calls` and append a `tool_use` for each to `blocks`, in their order.

        When this raises, those that have returned are appended nevertheless.

        Raises:
            RunStoppedError: or another error of `ctx.check`, when the run is stopping.
            ToolError: A failed call ends the run.
        """
        row = _Row(calls)
        workers = min(len(calls), self._settings.max_parallel_tools)
        try:
            if workers == 1:
                await self._work(row)
            else:
                await join([self._run.start_part(self._work(row)) for _ in range(workers)])
        finally:
            blocks += [row.results[position] for position in sorted(row.results)]
        if row.failure is not None:
            raise row.failure

    async def _work(self, row: _Row) -> None:
        """Execute one call after another, until there is none left or the run is to end."""
        for position, block in row:
            try:
                row.results[position] = await self._result(block, row)
            except BaseException as error:
                row.fail(error)

    async def _result(self, block: Block, row: _Row) -> Block:
        name, args = block.payload.get("name"), block.payload.get("args")
        call = ToolCall(id=call_id(block), name=str(name or ""), args={} if args is None else args)
        execution = ToolCallExecution(self._run, call, self._registry, self._settings, self._hooks)
        outcome = await execution.outcome()
        if outcome.ends_run is not None:
            row.fail(outcome.ends_run)
        return new_tool_use_block(call.id, outcome.result, outcome.error)


class _Row:
    """Calls that are waiting, and what came of the others; ends early when one ends the run."""

    def __init__(self, calls: Sequence[Block]) -> None:
        self._waiting = iter(enumerate(calls))
        self.results: dict[int, Block] = {}
        self.failure: BaseException | None = None

    def __iter__(self) -> Iterator[tuple[int, Block]]:
        while self.failure is None:
            entry = next(self._waiting, None)
            if entry is None:
                return
            yield entry

    def fail(self, error: BaseException) -> None:
        """Note why the run is to end; the first reason counts."""
        self.failure = self.failure or error
