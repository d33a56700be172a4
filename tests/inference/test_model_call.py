"""A model call: its events and blocks agree, whatever happens in its middle."""

from collections.abc import Awaitable, Callable

import anyio
import pytest

from marotte.conversation import Session, Turn, Usage
from marotte.events import (
    ModelCallFinished,
    ReasoningFinished,
    RunEvent,
    TextDelta,
    TextFinished,
)
from marotte.inference import EngineContext, ModelCall, TurnComputation
from marotte.runs import EngineError, RunHandle, RunLimitError, Runs, RunStoppedError


class Calling:
    """An engine that makes one model call after another, as functions say."""

    name = "calling"

    def __init__(self, *calls: Callable[[ModelCall], Awaitable[object]]) -> None:
        self.calls = calls

    async def infer(self, turn: Turn, ctx: EngineContext) -> None:
        for call in self.calls:
            async with ctx.model_call(turn, model="m", provider="p") as model_call:
                await call(model_call)


def start(
    runs: Runs, *calls: Callable[[ModelCall], Awaitable[object]], **options: object
) -> RunHandle[Turn]:
    computation = TurnComputation(Calling(*calls))
    return runs.start(computation, session=Session(), seed="hello", options=options)


async def events_of(handle: RunHandle[Turn]) -> list[RunEvent]:
    return [event async for event in handle]


async def talk(call: ModelCall) -> None:
    await call.reasoning("let ")
    await call.reasoning("me see")
    await call.text("one ")
    await call.text("two")
    await call.reasoning("and")
    await call.text("three")
    call.add_usage(Usage(input_tokens=1, output_tokens=5))
    call.finish_reason = "stop"


async def test_texts_and_reasoning_become_blocks_and_segments(runs: Runs) -> None:
    handle = start(runs, talk)
    turn = await handle
    blocks = [(block.kind, block.role, block.payload["text"]) for block in turn.blocks[1:]]
    assert blocks == [
        ("reasoning", "assistant", "let me see"),
        ("llm_text", "assistant", "one two"),
        ("reasoning", "assistant", "and"),
        ("llm_text", "assistant", "three"),
    ]
    finished = [
        (event.segment, event.text)
        for event in await events_of(handle)
        if isinstance(event, TextFinished | ReasoningFinished)
    ]
    assert finished == [("1", "let me see"), ("2", "one two"), ("3", "and"), ("4", "three")]


async def test_segments_are_unique_over_all_calls_of_a_run(runs: Runs) -> None:
    handle = start(runs, talk, talk)
    assert (await handle).text == "one twothreeone twothree"
    segments = {event.segment for event in await events_of(handle) if isinstance(event, TextDelta)}
    assert segments == {"2", "4", "6", "8"}
    assert handle.usage == Usage(input_tokens=2, output_tokens=10, requests=2)


async def test_tool_calls_end_the_text_before_them(runs: Runs) -> None:
    async def ask(call: ModelCall) -> None:
        await call.text("let me add")
        await call.tool_call("c1", "add", {"a": 1})
        await call.text("done")

    handle = start(runs, ask)
    turn = await handle
    kinds = ["user", "llm_text", "tool_call", "llm_text", "tool_use"]
    assert [block.kind for block in turn.blocks] == kinds
    types = [event.type for event in await events_of(handle)]
    assert types.index("text-finished") < types.index("tool-call-requested")


async def test_a_failed_call_keeps_its_usage_and_its_text(runs: Runs) -> None:
    async def fail(call: ModelCall) -> None:
        call.add_usage(Usage(input_tokens=7))
        await call.text("half an")
        raise ConnectionError("the line went dead")

    handle = start(runs, fail)
    with pytest.raises(EngineError, match="the line went dead") as caught:
        await handle
    assert caught.value.partial_turn is not None
    assert caught.value.partial_turn.text == "half an"
    assert handle.usage == Usage(input_tokens=7, requests=1)
    events = await events_of(handle)
    assert "text-finished" not in [event.type for event in events]
    (finished,) = [event for event in events if isinstance(event, ModelCallFinished)]
    assert (finished.finish_reason, finished.usage) == (None, handle.usage)
    assert finished.duration_ms >= 0


async def test_a_call_that_breaks_the_budget_is_told_before_the_run_ends(runs: Runs) -> None:
    handle = start(runs, talk, talk, limits={"tokens": 5})
    with pytest.raises(RunLimitError, match=r"max tokens \(5\) reached") as caught:
        await handle
    assert caught.value.partial_turn is not None
    assert caught.value.partial_turn.text == "one twothree"
    types = [event.type for event in await events_of(handle)]
    assert types.count("model-call-started") == types.count("model-call-finished") == 1


async def test_no_second_call_is_made_after_a_stop(runs: Runs) -> None:
    async def stop(call: ModelCall) -> None:
        handle.stop()
        await call.text("the last words")

    handle = start(runs, stop, talk)
    with pytest.raises(RunStoppedError) as caught:
        await handle
    assert caught.value.partial_turn is not None
    assert caught.value.partial_turn.text == "the last words"
    types = [event.type for event in await events_of(handle)]
    assert types.count("model-call-started") == 1
    assert handle.usage.requests == 1


async def test_a_stop_waits_for_the_call_and_says_so(runs: Runs) -> None:
    go = anyio.Event()

    async def wait(call: ModelCall) -> None:
        await call.text("x")
        await go.wait()

    handle = start(runs, wait, grace_ms=0)
    async for event in handle:
        if isinstance(event, TextDelta):
            handle.stop()
        if event.type == "run-stopping":
            assert event.wire()["waitingFor"] == "model call"
            go.set()
    assert handle.record.halt == "boundary"
