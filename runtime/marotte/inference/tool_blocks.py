"""Which tool calls of a turn have been answered, and by which block."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Sequence

from marotte.conversation import Block, new_tool_use_block

NOT_EXECUTED = "not executed"
"""What a model is told of a call that nothing has executed."""

_NO_ANSWER = frozenset(("system", "user", "image"))


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


def not_executed(call: Block) -> Block:
    """Return the result of a call that nothing has executed."""
    return new_tool_use_block(call_id(call), None, NOT_EXECUTED)


def with_all_answered(blocks: Sequence[Block]) -> list[Block]:
    """Return `blocks` with a result for each call that has none, behind the answer it is part of.

    Providers refuse a conversation in which a call has no result.
    """
    left = {id(block) for block in unanswered(blocks)}
    waiting: list[Block] = []
    whole: list[Block] = []
    for block in blocks:
        if waiting and _ends_answer(whole[-1], block):
            whole += map(not_executed, waiting)
            waiting = []
        whole.append(block)
        if id(block) in left:
            waiting.append(block)
    return [*whole, *map(not_executed, waiting)]


def _ends_answer(before: Block, block: Block) -> bool:
    """Tell whether `block` is beyond the answer that `before` belongs to, with its results."""
    if block.kind in _NO_ANSWER or isinstance(block.metadata.get("response"), dict):
        return True
    return before.kind == "tool_use" and block.kind != "tool_use"


def call_id(block: Block) -> str:
    """Return the id of the call that a `tool_call` or `tool_use` block is about."""
    id = block.payload.get("id")
    return id if isinstance(id, str) and id else block.id
