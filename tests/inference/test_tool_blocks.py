"""Results for calls that have none: where they stand."""

import pytest

from marotte.conversation import (
    Block,
    JsonObject,
    new_assistant_block,
    new_tool_call_block,
    new_tool_use_block,
    new_user_block,
)
from marotte.inference.tool_blocks import (
    answers,
    not_executed,
    unanswered,
    with_all_answered,
    with_late_results,
)

MAKE = {
    "user": lambda: new_user_block("go"),
    "text": lambda: new_assistant_block("so"),
    "a": lambda: new_tool_call_block("a", "add", {}),
    "b": lambda: new_tool_call_block("b", "add", {}),
    "=a": lambda: new_tool_use_block("a", 1),
    "=b": lambda: new_tool_use_block("b", 1),
    "!a": lambda: not_executed(new_tool_call_block("a", "add", {})),
    "!b": lambda: not_executed(new_tool_call_block("b", "add", {})),
}


def short(block: Block) -> str:
    if block.kind == "tool_use":
        mark = "!" if block.payload.get("error") == "not executed" else "="
        return f"{mark}{block.payload['id']}"
    if block.kind == "tool_call":
        return str(block.payload["id"])
    return "user" if block.kind == "user" else "text"


@pytest.mark.parametrize(
    ("given", "whole"),
    [
        ("user text", "user text"),
        ("user a =a text", "user a =a text"),
        ("user a", "user a !a"),
        ("user a b user text", "user a b !a !b user text"),
        ("user a text b user", "user a text b !a !b user"),
        ("user a b =b text", "user a b =b !a text"),
        ("user a b =b text b user", "user a b =b !a text b !b user"),
        ("user a =a a user", "user a =a a !a user"),
        ("user a user =a", "user a user =a"),
    ],
)
def test_each_call_has_a_result_behind_its_answer(given: str, whole: str) -> None:
    blocks = [MAKE[name]() for name in given.split()]
    answered = with_all_answered(blocks)
    assert [short(block) for block in answered] == whole.split()
    assert unanswered(answered) == []
    assert [block for block in answered if block in blocks] == blocks


@pytest.mark.parametrize(
    ("given", "whole"),
    [
        ("user a !a", "user a !a"),
        ("user a !a =a", "user a =a"),
        ("user a b !a !b =b", "user a b !a =b"),
        ("user a b !a !b =b =a text", "user a b =a =b text"),
        ("user a !a user a !a =a", "user a !a user a =a"),
        ("user a !a user a =a", "user a !a user a =a"),
        ("user a !a =a user a !a", "user a =a user a !a"),
        ("user a !a =a user a !a =a", "user a =a user a =a"),
        ("user a !a user a a !a !a =a", "user a !a user a a =a !a"),
        ("user a =a =a", "user a =a =a"),
        ("user a a !a !a =a", "user a a =a !a"),
        ("user a a !a !a =a =a", "user a a =a =a"),
        ("user a !a =a =a", "user a =a =a"),
    ],
)
def test_what_was_not_executed_makes_way_for_a_result(given: str, whole: str) -> None:
    answered = with_all_answered([MAKE[name]() for name in given.split()])
    assert [short(block) for block in answered] == whole.split()


def test_what_was_not_executed_is_marked() -> None:
    block = not_executed(new_tool_call_block("a", "add", {}), "not executed: why")
    assert block.payload["error"] == "not executed: why"
    assert block.metadata == {"not_executed": True}


@pytest.mark.parametrize(
    ("given", "moved"),
    [
        ({"not_executed": True}, True),
        ({"not_executed": False}, False),
        ({"not_executed": "yes"}, False),
        ({}, False),
    ],
)
def test_the_mark_alone_makes_way(given: JsonObject, moved: bool) -> None:
    error = new_tool_use_block("a", None, "not executed")
    error.metadata.update(given)
    blocks = [new_tool_call_block("a", "add", {}), error, new_tool_use_block("a", 1)]
    assert with_late_results(blocks) == ([blocks[0], blocks[2]] if moved else blocks)


@pytest.mark.parametrize(
    ("history", "results", "found"),
    [
        ("f g !f !g", [1], (1, None)),
        ("f g !f !g", [1, 2], (1, 2)),
        ("f !f g !g", [1], (None, 1)),  # The last answer is the one that waits.
        ("f !f g !g", [1, 2], (1, 2)),
        ("f g !f !g", [1, 2, 3], (1, 2)),
    ],
)
def test_results_of_calls_with_one_id_are_taken_in_order(
    history: str, results: list[int], found: tuple[int | None, int | None]
) -> None:
    calls = {name: new_tool_call_block("1", name, {}) for name in ("f", "g")}
    missing = {f"!{name}": not_executed(call) for name, call in calls.items()}
    late = [new_tool_use_block("1", result) for result in results]
    blocks = with_all_answered([*({**calls, **missing}[name] for name in history.split()), *late])
    uses = {blocks[at].payload["name"]: use.payload for at, use in answers(blocks).items()}
    assert (uses["f"].get("result"), uses["g"].get("result")) == found
