"""Echo and scripted engines tell the story of a real model, also when it is cut short."""

import time

import anyio
import pytest
from tests.runs.workloads import SLACK

from marotte.conversation import InvalidValueError, Session, Turn, Usage
from marotte.events import ModelCallFinished, ReasoningDelta, RunEvent, TextDelta, TextFinished
from marotte.inference import (
    EchoEngine,
    Engine,
    ReplyLike,
    ScriptedEngine,
    ScriptedReply,
    TurnComputation,
)
from marotte.inference.stand_ins import words
from marotte.runs import EngineError, RunHandle, Runs, RunStoppedError


def start(
    runs: Runs, engine: Engine, seed: str = "hello big world", **options: object
) -> RunHandle[Turn]:
    return runs.start(TurnComputation(engine), session=Session(), seed=seed, options=options)


async def story_of(handle: RunHandle) -> list[str]:
    """Return the types of a run's events, with the text of its deltas."""
    return [_tell(event) async for event in handle]


def _tell(event: RunEvent) -> str:
    return f"{event.type} {event.delta}" if isinstance(event, TextDelta) else event.type


async def test_echo_streams_the_last_user_text_word_by_word(runs: Runs) -> None:
    handle = start(runs, EchoEngine())
    assert await story_of(handle) == [
        "run-started",
        "model-call-started",
        "text-delta hello ",
        "text-delta big ",
        "text-delta world",
        "text-finished",
        "model-call-finished",
        "turn-committed",
        "run-finished",
    ]
    turn = await handle
    assert (turn.text, turn.blocks[-1].role) == ("hello big world", "assistant")
    assert handle.usage == Usage(input_tokens=3, output_tokens=3, requests=1)
    finished = [each async for each in handle if isinstance(each, ModelCallFinished)]
    assert [(each.model, each.provider, each.finish_reason, each.usage) for each in finished] == [
        ("echo", "marotte", "stop", handle.usage)
    ]


async def test_echo_gives_a_reply_if_it_has_one(runs: Runs) -> None:
    assert (await start(runs, EchoEngine("over and out"))).text == "over and out"
    silent = await start(runs, EchoEngine(""))
    assert [block.kind for block in silent.blocks] == ["user"]


async def test_echo_answers_a_conversation_without_text(runs: Runs) -> None:
    session = Session(turns=[{"blocks": [{"kind": "image", "payload": {"url": "x"}}]}])
    turn = await runs.start(TurnComputation(EchoEngine()), session=session)
    assert turn.text == ""


async def test_echo_takes_its_time(runs: Runs) -> None:
    begun = time.monotonic()
    await start(runs, EchoEngine(delay_ms=20))
    assert 0.06 <= time.monotonic() - begun < 0.06 + SLACK


@pytest.mark.parametrize("text", ["", "word", "  two  words \n", "ein\tWort\n\n"])
def test_words_are_the_text(text: str) -> None:
    assert "".join(words(text)) == text
    assert all(word for word in words(text))


async def test_a_cancel_in_mid_stream_leaves_what_came_in_the_partial_turn(runs: Runs) -> None:
    handle = start(runs, EchoEngine("one two three", delay_ms=30))
    async for event in handle:
        if isinstance(event, TextDelta):
            handle.cancel()
            break
    with pytest.raises(RunStoppedError) as caught:
        await handle
    assert caught.value.partial_turn is not None
    assert caught.value.partial_turn.text == "one "
    assert handle.usage == Usage(input_tokens=3, output_tokens=1, requests=1)
    assert (handle.record.halt, handle.record.halted) == ("abort", True)
    assert await story_of(handle) == [
        "run-started",
        "model-call-started",
        "text-delta one ",
        "run-stopping",
        "model-call-finished",
        "run-finished",
    ]


async def test_a_stop_in_mid_stream_lets_the_answer_end(runs: Runs) -> None:
    handle = start(runs, EchoEngine("one two", delay_ms=20))
    async for event in handle:
        if isinstance(event, TextDelta):
            handle.stop()
            break
    with pytest.raises(RunStoppedError) as caught:
        await handle
    assert caught.value.partial_turn is not None
    assert caught.value.partial_turn.text == "one two"
    finished = [each async for each in handle if isinstance(each, TextFinished)]
    assert [each.text for each in finished] == ["one two"]


async def test_scripted_replies_are_played_in_order(runs: Runs) -> None:
    engine = ScriptedEngine(["first", ScriptedReply(text="second"), {"text": "third"}])
    session = Session()
    for text in ("first", "second", "third"):
        turn = await runs.start(TurnComputation(engine), session=session, seed="next")
        assert turn.text == text
    assert engine.remaining == 0
    handle = runs.start(TurnComputation(engine), session=session, seed="next")
    with pytest.raises(EngineError, match="scripted engine has no reply left: all 3 were played"):
        await handle
    assert (handle.status, session.turn_count) == ("failed", 3)


async def test_a_scripted_reply_has_reasoning_text_and_tool_calls(runs: Runs) -> None:
    reply = {
        "reasoning": "let me see",
        "text": "I need to add",
        "toolCalls": [{"id": "c1", "name": "add", "args": {"a": 1}}, {"id": "c2", "name": "now"}],
        "usage": {"inputTokens": 10, "outputTokens": 20, "costUsd": 0.5},
    }
    handle = start(runs, ScriptedEngine([reply]))
    turn = await handle
    assert [(block.kind, block.payload) for block in turn.blocks[1:5]] == [
        ("reasoning", {"text": "let me see"}),
        ("llm_text", {"text": "I need to add"}),
        ("tool_call", {"id": "c1", "name": "add", "args": {"a": 1}}),
        ("tool_call", {"id": "c2", "name": "now", "args": {}}),
    ]
    assert handle.usage == Usage(input_tokens=10, output_tokens=20, requests=1, cost_usd=0.5)
    events = [event async for event in handle]
    assert [event.type for event in events if not event.type.endswith("-delta")] == [
        "run-started",
        "model-call-started",
        "reasoning-finished",
        "text-finished",
        "tool-call-requested",
        "tool-call-requested",
        "model-call-finished",
        "tool-execution-finished",
        "tool-execution-finished",
        "turn-committed",
        "run-finished",
    ]
    segments = {
        event.type: event.segment
        for event in events
        if isinstance(event, TextDelta | ReasoningDelta)
    }
    assert segments == {"reasoning-delta": "1", "text-delta": "2"}
    finished = [event for event in events if isinstance(event, ModelCallFinished)]
    assert finished[0].finish_reason == "tool_calls"


async def test_a_scripted_error_comes_after_what_was_said(runs: Runs) -> None:
    handle = start(runs, ScriptedEngine([{"text": "half an", "error": "the line went dead"}]))
    with pytest.raises(EngineError, match=r"^the line went dead$") as caught:
        await handle
    assert caught.value.partial_turn is not None
    assert caught.value.partial_turn.text == "half an"
    assert caught.value.code == "provider_error"
    record = handle.record
    assert (record.status, record.stop_reason) == ("failed", "provider_error")
    assert (await story_of(handle))[-2:] == ["model-call-finished", "run-finished"]


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (7, r"replies\[1\]: expected a reply, got 7"),
        ({"txt": "x"}, r"replies\[1\]\.txt: extra inputs are not permitted"),
        ({"toolCalls": [{"id": "c1"}]}, r"replies\[1\]\.toolCalls\[0\]\.name: field required"),
        ({"delayMs": -1}, r"replies\[1\]\.delayMs: input should be greater than or equal to 0"),
    ],
)
def test_what_is_no_reply_is_named(reply: ReplyLike, message: str) -> None:
    with pytest.raises(InvalidValueError, match=message):
        ScriptedEngine(["fine", reply])


async def test_one_engine_serves_many_runs_at_once(runs: Runs) -> None:
    engine = ScriptedEngine([f"reply {number}" for number in range(20)])
    texts: list[str] = []

    async def run_one() -> None:
        texts.append((await start(runs, engine)).text)

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(run_one)
    assert sorted(texts) == sorted(f"reply {number}" for number in range(20))
