"""Which tool calls of a turn have been answered, and by which block."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Sequence

from marotte.conversation import Block


def answers(blocks: Sequence[Block]) -> dict[int, Block]:
    """Return the result of each answered call, by the position of the call's block.

    Where several calls have one id, as models that count from 1 in each answer make them, the
    first result is that of the first call, and so on.
    """
    waiting: defaultdict[str, deque[int]] = defaultdict(deque)
    for position, block in enumerate(blocks):
        if block.kind == "tool_call":
            waiting[call_id(block)].append(position)
    found: dict[int, Block] = {}
    for block in blocks:
        if block.kind == "tool_use" and waiting[call_id(block)]:
            found[waiting[call_id(block)].popleft()] = block
    return found


def unanswered(blocks: Sequence[Block]) -> list[Block]:
    """Return the calls that have no result yet, in their order; results count as in `answers`."""
    results = Counter(call_id(block) for block in blocks if block.kind == "tool_use")
    waiting: list[Block] = []
    for block in blocks:
        if block.kind == "tool_call":
            id = call_id(block)
            if results[id]:
                results[id] -= 1
            else:
                waiting.append(block)
    return waiting


def call_id(block: Block) -> str:
    """Return the id of the call that a `tool_call` or `tool_use` block is about."""
    id = block.payload.get("id")
    return id if isinstance(id, str) and id else block.id
