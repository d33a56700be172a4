"""Answers of models: what streams in becomes events and blocks."""

import pytest
from tests.inference.models.conftest import Asked

from marotte.conversation import Session
from marotte.events import (
    ModelCallFinished,
    ModelCallStarted,
    ReasoningDelta,
    TextDelta,
    TextFinished,
    ToolCallRequested,
)
from marotte.runs import EngineError

REPLY = "A reply that is long enough for several pieces of twenty characters."


def usage_of(wire: str) -> dict[str, int]:
    """The usage of 11 and 7 tokens, as each provider calls that."""
    names = (
        ("prompt_tokens", "completion_tokens")
        if "chat" in wire
        else ("input_tokens", "output_tokens")
    )
    return dict(zip(names, (11, 7), strict=True))


async def test_text_streams_in_and_is_one_block(asked: Asked) -> None:
    asked.stand_in.say(REPLY)
    handle = asked.start()
    turn = await handle
    events = [event async for event in handle]
    deltas = [event.delta for event in events if isinstance(event, TextDelta)]
    assert "".join(deltas) == REPLY
    assert len(deltas) > 1
    assert [event.text for event in events if isinstance(event, TextFinished)] == [REPLY]
    assert [(block.kind, block.payload["text"]) for block in turn.blocks] == [
        ("user", "hello"),
        ("llm_text", REPLY),
    ]


async def test_reasoning_streams_in_before_the_text(asked: Asked) -> None:
    asked.stand_in.say(REPLY, {"reasoning": "first I think about it"})
    handle = asked.start()
    turn = await handle
    deltas = [event.delta async for event in handle if isinstance(event, ReasoningDelta)]
    assert "".join(deltas) == "first I think about it"
    assert [block.kind for block in turn.blocks] == ["user", "reasoning", "llm_text"]
    assert turn.blocks[1].payload["text"] == "first I think about it"


async def test_tool_calls_are_told_and_are_blocks(asked: Asked) -> None:
    calls = [
        {"id": "call_1", "name": "add", "arguments": '{"a": 19, "b": 23}'},
        {"id": "call_2", "name": "now", "arguments": "{}"},
    ]
    asked.stand_in.answer({"match": {}, "response": {"toolCalls": calls}})
    handle = asked.start()
    turn = await handle
    told = [event.tool_call async for event in handle if isinstance(event, ToolCallRequested)]
    assert [(call.name, call.args) for call in told] == [("add", {"a": 19, "b": 23}), ("now", {})]
    payloads = [block.payload for block in turn.blocks if block.kind == "tool_call"]
    assert payloads == [{"id": call.id, "name": call.name, "args": call.args} for call in told]


async def test_usage_finish_reason_and_names_are_told(asked: Asked) -> None:
    asked.stand_in.say(REPLY, {"usage": usage_of(asked.wire)})
    handle = asked.start()
    await handle
    events = [event async for event in handle]
    started = next(event for event in events if isinstance(event, ModelCallStarted))
    finished = next(event for event in events if isinstance(event, ModelCallFinished))
    assert started.model == finished.model == asked.wire.partition(":")[2]
    assert started.provider == finished.provider
    assert finished.finish_reason == "stop"
    assert (finished.usage.input_tokens, finished.usage.output_tokens) == (11, 7)
    assert handle.usage.requests == 1


async def test_a_cut_answer_says_so(asked: Asked) -> None:
    if asked.wire.startswith("openai-responses"):
        # The stand-in leaves the reason out, and without one the answer counts as broken off.
        with pytest.raises(EngineError, match="broke off the answer"):
            await cut(asked)
    else:
        assert await cut(asked) == ["length"]


async def cut(asked: Asked) -> list[str | None]:
    asked.stand_in.say(REPLY, {"finishReason": "length"})
    handle = asked.start()
    await handle
    return [event.finish_reason async for event in handle if isinstance(event, ModelCallFinished)]


async def test_the_request_can_be_found_again(asked: Asked) -> None:
    asked.stand_in.say(REPLY)
    turn = await asked.start()
    told = turn.blocks[1].metadata["response"]
    assert isinstance(told, dict)
    (request,) = asked.stand_in.requests()
    assert told["request_id"] == request["headers"]["x-request-id"]


async def test_a_price_is_told_where_it_is_known(asked: Asked) -> None:
    asked.stand_in.say(REPLY, {"usage": usage_of(asked.wire), "model": "gpt-4o"})
    handle = asked.start()
    await handle
    if asked.wire.startswith("openai-responses"):
        assert handle.usage.cost_usd is not None
        assert handle.usage.cost_usd > 0
    else:
        assert handle.usage.cost_usd is None


async def test_earlier_turns_are_sent_along(asked: Asked) -> None:
    asked.stand_in.say(REPLY)
    session = Session()
    await asked.start("first", session)
    await asked.start("second", session)
    text = str(asked.stand_in.requests()[1]["body"]["messages"])
    assert text.index("first") < text.index(REPLY) < text.index("second")
