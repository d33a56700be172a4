"""Turns and blocks: what goes in comes out as a copy, and what is no turn is named."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marotte.conversation import (
    MAX_DEPTH,
    MAX_TURN_SIZE,
    InvalidValueError,
    TooDeepError,
    TooLargeError,
    Turn,
    append_block,
    copy_json,
    new_assistant_block,
    new_system_block,
    new_tool_call_block,
    new_tool_use_block,
    new_turn,
    new_user_block,
    normalize,
)

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_a_json_value_is_copied_as_it_is(value: object) -> None:
    copied = copy_json(value)
    assert copied == value
    assert json.dumps(copied) == json.dumps(value)


@given(json_values, json_values)
def test_unknown_metadata_data_and_kinds_survive_a_round_trip(left: object, right: object) -> None:
    given_turn = {
        "id": "t1",
        "blocks": [
            {"id": "b1", "kind": "acme.chart", "payload": {"any": left}, "metadata": {"x": right}}
        ],
        "metadata": {"my own": left},
        "data": {"deep": [right]},
    }
    assert normalize(given_turn).wire() == given_turn


def test_surrogate_pairs_are_joined_and_lone_ones_replaced() -> None:
    assert copy_json({"a\ud800": ["\ud83d\ude00", "x\udc00"]}) == {"a\ufffd": ["😀", "x\ufffd"]}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (7, "turn: expected a turn, got 7"),
        (None, "turn: expected a turn, got null"),
        ({"blocks": 7}, "turn.blocks: input should be a valid list, got 7"),
        (
            {"blocks": [{"kind": 7}]},
            "turn.blocks[0].kind: input should be a valid string, got 7",
        ),
        ({"blocks": [{}]}, "turn.blocks[0].kind: field required, got {}"),
        ({"block": []}, "turn.block: extra inputs are not permitted, got []"),
        ({"data": {"x": float("nan")}}, "turn.data.x: expected a finite number, got nan"),
        ({"data": {"x": [1, {2}]}}, "turn.data.x[1]: expected a JSON value, got set {2}"),
        ({"data": {1: 2}}, "turn.data: expected text as key, got 1"),
        ({"data": {"n": 2**53}}, "turn.data.n: integer beyond 2**53 - 1 would be rounded"),
    ],
)
def test_what_is_no_turn_is_refused_with_path_and_value(
    value: dict[str, object], message: str
) -> None:
    with pytest.raises(InvalidValueError) as caught:
        normalize(value)
    assert str(caught.value).startswith(message)
    assert isinstance(caught.value, TypeError)
    assert caught.value.code == "invalid_value"


def test_cyclic_and_deep_values_are_refused() -> None:
    cyclic: list[object] = []
    cyclic.append(cyclic)
    with pytest.raises(TooDeepError, match=rf"^turn\.data\.x\[0\].*deeper than {MAX_DEPTH} levels"):
        normalize({"data": {"x": cyclic}})
    deep: object = 1
    for _ in range(MAX_DEPTH):
        deep = [deep]
    assert copy_json(deep) == deep
    with pytest.raises(TooDeepError):
        copy_json([deep])


def test_a_turn_beyond_the_size_limit_is_refused() -> None:
    with pytest.raises(TooLargeError, match=f"limit of {MAX_TURN_SIZE}"):
        new_turn([new_user_block("x" * MAX_TURN_SIZE)])


def test_blocks_of_all_kinds() -> None:
    turn = new_turn(
        [
            new_system_block("be brief"),
            new_user_block("19 + 23?"),
            new_tool_call_block("c1", "add", {"a": 19, "b": 23}),
            new_tool_use_block("c1", 42),
            new_tool_use_block("c2", None, "no such tool"),
            new_assistant_block("4"),
            new_assistant_block("2"),
        ]
    )
    shapes = [(block.kind, block.role, block.payload) for block in turn.blocks]
    assert shapes == [
        ("system", "system", {"text": "be brief"}),
        ("user", "user", {"text": "19 + 23?"}),
        ("tool_call", None, {"id": "c1", "name": "add", "args": {"a": 19, "b": 23}}),
        ("tool_use", None, {"id": "c1", "result": 42}),
        ("tool_use", None, {"id": "c2", "result": None, "error": "no such tool"}),
        ("llm_text", "assistant", {"text": "4"}),
        ("llm_text", "assistant", {"text": "2"}),
    ]
    assert turn.text == "42"
    assert turn.blocks[2].id == "c1"
    assert "role" not in turn.blocks[2].wire()
    assert len({block.id for block in turn.blocks}) == len(turn.blocks)


@pytest.mark.parametrize("build", [new_user_block, new_system_block, new_assistant_block])
def test_a_text_block_of_no_text_is_refused(build: Callable[[object], object]) -> None:
    with pytest.raises(InvalidValueError, match=r"^text: expected text, got 7$"):
        build(7)


def test_append_block_leaves_its_arguments_alone() -> None:
    first = new_turn([new_user_block("hello")], id="t1")
    block = new_assistant_block("hi")
    longer = append_block(first, block)
    block.payload["text"] = "changed"
    assert (longer.id, longer.text, len(first.blocks)) == ("t1", "hi", 1)


def test_normalize_sees_what_was_changed_behind_the_model() -> None:
    turn = new_turn([new_user_block("hello")])
    turn.metadata["self"] = turn.metadata
    with pytest.raises(TooDeepError, match=r"^turn\.metadata\.self\.self"):
        normalize(turn)


def test_a_clone_is_independent() -> None:
    turn = normalize({"blocks": [{"kind": "user", "payload": {"list": [1]}}], "data": {"n": {}}})
    clone = turn.clone()
    assert clone == turn
    clone.blocks[0].payload["list"] = []
    clone.blocks.append(new_user_block("more"))
    clone.data["n"] = 1
    assert turn.wire()["data"] == {"n": {}}
    assert [block.payload for block in turn.blocks] == [{"list": [1]}]
    assert isinstance(clone, Turn)
