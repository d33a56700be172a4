"""One execution of a tool, within its time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import cast

from pydantic import JsonValue

from marotte.inference.tools.registry import ToolRegistry
from marotte.inference.tools.tool import ToolContext
from marotte.runs import Execution

END_SECONDS = 0.05
"""How long a tool that took too long has to end, once it was cancelled."""


class ToolTimeoutError(Exception):
    """An execution took longer than it may."""


async def execute_tool(
    registry: ToolRegistry, name: str, args: JsonValue, ctx: ToolContext, timeout_ms: float
) -> JsonValue:
    """Execute a call that was checked, as an effect of its run, and return the result.

    A stop lets it finish, within its time; cancelling the run cancels it. One that goes on after
    its time, as a thread does, is left behind.

    Args:
        registry: Where the tool is.
        name: The tool.
        args: Its arguments.
        ctx: The run's view.
        timeout_ms: How long it may take, in milliseconds; 0: no limit, other than the stop's grace.

    Raises:
        RunStoppedError: or another error of `ctx.check`, when the run is stopping.
        RunLimitError: The run may execute no more tools.
        ToolTimeoutError: It took too long.
        Exception: Whatever the tool raises.
    """
    run = ctx.run
    run.check()
    run.count_tool_call()
    async with run.call(f"tool {name}", holds_grace=timeout_ms > 0):
        part = run.start_part(_execute(registry, name, args, ctx))
        if not await _wait(part, timeout_ms / 1000 or None):
            await _end(part, ctx)
            raise ToolTimeoutError(f"tool {name} took longer than {timeout_ms:g} ms")
    return _result(part, name)


async def _execute(
    registry: ToolRegistry, name: str, args: JsonValue, ctx: ToolContext
) -> JsonValue:
    ctx.check()  # Again: this begins in a later turn of the loop.
    return await registry.execute(name, args, ctx)


async def join(parts: Sequence[Execution]) -> None:
    """Wait until all `parts` have ended; raise only then if this is cancelled.

    Whoever cancels a run cancels its parts as well.
    """
    cancelled: asyncio.CancelledError | None = None
    for part in parts:
        while not part.is_done:
            try:
                await part.wait()
            except asyncio.CancelledError as error:
                cancelled = error
    if cancelled is not None:
        raise cancelled


async def _wait(part: Execution, seconds: float | None) -> bool:
    try:
        return await part.wait(seconds)
    except asyncio.CancelledError:
        part.cancel()
        await join([part])
        raise


async def _end(part: Execution, ctx: ToolContext) -> None:
    """Cancel a tool whose time is over, and leave it behind if it does not care."""
    part.cancel()
    if not await _wait(part, END_SECONDS):
        ctx.run.leave_behind(part)


def _result(part: Execution, name: str) -> JsonValue:
    if isinstance(part.error, asyncio.CancelledError):
        raise RuntimeError(f"tool {name} was cancelled, but not through its run")
    if part.error is not None:
        raise part.error
    return cast("JsonValue", part.value)
