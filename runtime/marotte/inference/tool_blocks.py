"""Which tool calls of a turn have been answered, and by which block."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from marotte.conversation import Block, new_tool_use_block

NOT_EXECUTED = "not executed"
"""What a model is told of a call that nothing has executed."""

_KEY = "not_executed"
"""Marks, in the metadata of a block, the result of a call that nothing has executed."""

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


def not_executed(call: Block, error: str = NOT_EXECUTED) -> Block:
    """Return the "not executed" result of a call: an error, and the mark in the metadata.

    It makes way when there is a result: see `with_all_answered`.
    """
    block = new_tool_use_block(call_id(call), None, error)
    block.metadata[_KEY] = True
    return block


def with_all_answered(blocks: Sequence[Block], error: str = NOT_EXECUTED) -> list[Block]:
    """Return `blocks` with a result for each call that has none, behind the answer it is part of.

    Providers refuse a conversation in which a call has no result, or two. So "not executed"
    results make way for others: whoever executes calls by hand just appends what came of them.
    """
    blocks = with_late_results(blocks)
    left = {id(block) for block in unanswered(blocks)}
    waiting: list[Block] = []
    whole: list[Block] = []
    for block in blocks:
        if waiting and _ends_answer(whole[-1], block):
            whole += (not_executed(call, error) for call in waiting)
            waiting = []
        whole.append(block)
        if id(block) in left:
            waiting.append(block)
    return [*whole, *(not_executed(call, error) for call in waiting)]


def with_late_results(blocks: Sequence[Block]) -> list[Block]:
    """Return `blocks` with each result that came late in place of a "not executed" one.

    Where several of those have its id, those of the last answer go before those of answers before
    it, and within an answer the first goes first.
    """
    moved = _late_results(blocks)
    gone = set(moved.values())
    return [blocks[moved.get(at, at)] for at in range(len(blocks)) if at not in gone]


def _late_results(blocks: Sequence[Block]) -> dict[int, int]:
    """Return where results are that came late, by the positions that they are to have."""
    found: dict[int, int] = {}
    seen: defaultdict[str, _Seen] = defaultdict(_Seen)
    answer = 0
    for position, block in enumerate(blocks):
        if position and _ends_answer(blocks[position - 1], block):
            answer += 1
        calls = seen[call_id(block)]
        if block.kind == "tool_call":
            found.update(calls.placed())
            calls.waiting += 1
        elif block.kind == "tool_use" and not calls.waiting:
            calls.late.append(position)
        elif block.kind == "tool_use":
            calls.waiting -= 1
            if block.metadata.get(_KEY) is True:
                calls.missing.append((-answer, position))
    for calls in seen.values():
        found.update(calls.placed())
    return found


@dataclass(slots=True)
class _Seen:
    """What was seen of the calls of one id."""

    waiting: int = 0
    missing: list[tuple[int, int]] = field(default_factory=list)
    late: list[int] = field(default_factory=list)

    def placed(self) -> dict[int, int]:
        """Give the late results places, by their positions: they come in the calls' order."""
        self.missing.sort()
        taken, self.missing = self.missing[: len(self.late)], self.missing[len(self.late) :]
        places = dict(zip(sorted(position for _, position in taken), self.late, strict=False))
        self.late = []
        return places


def _ends_answer(before: Block, block: Block) -> bool:
    """Tell whether `block` is beyond the answer that `before` belongs to, with its results."""
    if block.kind in _NO_ANSWER or isinstance(block.metadata.get("response"), dict):
        return True
    return before.kind == "tool_use" and block.kind != "tool_use"


def call_id(block: Block) -> str:
    """Return the id of the call that a `tool_call` or `tool_use` block is about."""
    id = block.payload.get("id")
    return id if isinstance(id, str) and id else block.id
