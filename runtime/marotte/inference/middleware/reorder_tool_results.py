"""The middleware `reorderToolResults`: tool results directly behind their calls."""

from __future__ import annotations

from collections.abc import Sequence

from marotte.conversation import Block, JsonObject, Turn, validate_as
from marotte.events import WireModel
from marotte.inference.middleware.middleware import Middleware, MiddlewareContext, Next
from marotte.inference.tool_blocks import answers


class ReorderToolResults:
    """Moves each `tool_use` directly behind the row of `tool_call`s that asks for it.

    Providers want it so, and a turn that was put together by hand may differ. Results are in the
    order of their calls; one without a call stays where it is.
    """

    name = "reorderToolResults"

    async def __call__(self, turn: Turn, next: Next, ctx: MiddlewareContext) -> Turn:
        """Reorder, then go on."""
        turn.blocks = reordered(turn.blocks)
        return await next(turn)


def reordered(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks with each result behind the row of calls that it belongs to."""
    results = answers(blocks)
    moved = {id(block) for block in results.values()}
    ordered: list[Block] = []
    row: list[Block] = []
    for position, block in enumerate(blocks):
        if block.kind == "tool_call":
            ordered.append(block)
            if position in results:
                row.append(results[position])
            continue
        ordered += row
        row = []
        if id(block) not in moved:
            ordered.append(block)
    return ordered + row


class _NoOptions(WireModel):
    """Nothing can be chosen."""


def make_reorder_tool_results(options: JsonObject | None) -> Middleware:
    """Make it; it takes no options.

    Raises:
        InvalidValueError: for an option.
    """
    validate_as(_NoOptions, options or {}, "reorderToolResults")
    return ReorderToolResults()
