"""Python functions as engines: sync or async, returning or changing, wedged or well-behaved."""

import threading
import time
from collections.abc import Awaitable, Mapping
from typing import cast

import anyio
import anyio.lowlevel
import pytest
from tests.runs.workloads import SLACK, until

from marotte.conversation import Session, Turn, new_assistant_block, new_turn, new_user_block
from marotte.events import Diagnostic, TextDelta, TextFinished
from marotte.inference import (
    Answer,
    EngineContext,
    EngineFunction,
    FunctionEngine,
    Pipeline,
    TurnComputation,
)
from marotte.inference.daemon_thread import call_in_daemon_thread
from marotte.runs import (
    EngineError,
    RunError,
    RunHandle,
    Runs,
    RunStoppedError,
    ScriptError,
    current_run,
)

QUICK = {"cancel_grace_ms": 30}


def start(runs: Runs, function: EngineFunction, **options: object) -> RunHandle[Turn]:
    computation = TurnComputation(FunctionEngine(function))
    return runs.start(computation, session=Session(), seed="hello", options=options)


def sync_text(turn: Turn, ctx: EngineContext) -> str:
    return "answer"


async def async_text(turn: Turn, ctx: EngineContext) -> str:
    await anyio.lowlevel.checkpoint()
    return "answer"


def change(turn: Turn, ctx: EngineContext) -> None:
    turn.blocks.append(new_assistant_block("answer"))
    turn.metadata["seen"] = True


def replace(turn: Turn, ctx: EngineContext) -> Turn:
    return new_turn([*turn.blocks, new_assistant_block("answer")], id="mine")


def mapping(turn: Turn, ctx: EngineContext) -> Mapping[str, object]:
    return {"blocks": [{"kind": "llm_text", "payload": {"text": "answer"}}]}


def lazy(turn: Turn, ctx: EngineContext) -> Awaitable[Answer]:
    return async_text(turn, ctx)


class CallableEngine:
    async def __call__(self, turn: Turn, ctx: EngineContext) -> str:
        await anyio.lowlevel.checkpoint()
        return "answer"


FUNCTIONS: list[EngineFunction] = [
    sync_text,
    async_text,
    change,
    replace,
    mapping,
    lazy,
    CallableEngine(),
    lambda turn, ctx: "answer",
]


@pytest.mark.parametrize("function", FUNCTIONS)
async def test_an_answer_in_every_form(runs: Runs, function: EngineFunction) -> None:
    handle = start(runs, function)
    turn = await handle
    assert turn.text == "answer"
    assert turn.id == handle.record.turn_id
    texts = [event async for event in handle if isinstance(event, TextDelta | TextFinished)]
    assert [event.type for event in texts] == ["text-delta", "text-finished"]
    assert isinstance(texts[0], TextDelta)
    assert texts[0].delta == "answer"


async def test_deltas_are_streamed_and_never_written(runs: Runs) -> None:
    async def stream(turn: Turn, ctx: EngineContext) -> str:
        for word in ("an", "swer"):
            await ctx.text_delta(word)
        return "another answer"

    handle = start(runs, stream)
    assert (await handle).text == "another answer"
    texts = [event.wire() async for event in handle if event.type.startswith("text")]
    assert [text.get("delta", text.get("text")) for text in texts] == ["an", "swer", "answer"]


async def test_a_sync_engine_streams_from_its_thread(runs: Runs) -> None:
    def stream(turn: Turn, ctx: EngineContext) -> str:
        assert threading.current_thread() is not threading.main_thread()
        assert current_run.get() is ctx.run
        ctx.reasoning_delta_nowait("hm")
        ctx.text_delta_nowait("an")
        ctx.finish_text()
        ctx.text_delta_nowait("swer")
        return "answer"

    handle = start(runs, stream)
    await handle
    types = [event.type async for event in handle]
    assert types[1:-2] == [
        "reasoning-delta",
        "reasoning-finished",
        "text-delta",
        "text-finished",
        "text-delta",
        "text-finished",
    ]


async def test_an_engine_sees_the_run_and_the_history(runs: Runs) -> None:
    seen: list[tuple[object, ...]] = []

    async def look(turn: Turn, ctx: EngineContext) -> str:
        seen.append((ctx.run_id, ctx.session_id, ctx.turn_id, dict(ctx.tags), ctx.deadline_ms))
        seen.append(tuple(turn.blocks[0].payload["text"] for turn in ctx.history))
        for turn_ in ctx.history:
            turn_.blocks.clear()
        return "answer"

    session = Session(turns=[{"blocks": [new_user_block("earlier").wire()]}])
    options = {"tags": {"a": "b"}, "timeout_ms": 60_000}
    engine = FunctionEngine(look)
    handle = runs.start(TurnComputation(engine), session=session, seed="hello", options=options)
    turn = await handle
    record = handle.record
    assert seen[0] == (record.id, session.id, turn.id, {"a": "b"}, record.deadline)
    assert seen[1] == ("earlier",)
    assert len(session.turns()[0].blocks) == 1
    await runs.start(TurnComputation(Pipeline(engine, history="none")), session=session)
    assert seen[3] == ()


async def test_an_exception_is_the_engines_error_with_its_cause(runs: Runs) -> None:
    def fail(turn: Turn, ctx: EngineContext) -> None:
        turn.blocks.append(new_assistant_block("half"))
        raise ValueError("boom")

    handle = start(runs, fail)
    with pytest.raises(EngineError, match=r"^boom$") as caught:
        await handle
    assert isinstance(caught.value.__cause__, ValueError)
    assert (handle.status, caught.value.code) == ("failed", "provider_error")
    assert caught.value.partial_turn is not None
    assert caught.value.partial_turn.text == "half"


@pytest.mark.parametrize("answer", [7, {"blocks": 7}, [1]])
async def test_what_is_no_answer_is_the_engines_error(runs: Runs, answer: object) -> None:
    handle = start(runs, FunctionOf(answer))
    with pytest.raises(EngineError):
        await handle
    assert handle.record.stop_reason == "provider_error"


class FunctionOf:
    """Returns what it is told to, whatever the types say."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def __call__(self, turn: Turn, ctx: EngineContext) -> Answer:
        return cast("Answer", self.answer)


async def test_errors_of_another_run_are_wrapped_and_of_this_one_kept(runs: Runs) -> None:
    async def ask(turn: Turn, ctx: EngineContext) -> str:
        child = start(runs, lambda turn, ctx: str(1 // 0))
        return (await child).text

    handle = start(runs, ask)
    with pytest.raises(EngineError, match="division") as caught:
        await handle
    assert isinstance(caught.value.__cause__, EngineError)
    assert caught.value.run_id == handle.id != caught.value.__cause__.run_id

    async def own(turn: Turn, ctx: EngineContext) -> None:
        raise ScriptError("of the engine's own", code="script_error")

    handle = start(runs, own)
    with pytest.raises(ScriptError, match="of the engine's own"):
        await handle
    assert handle.record.stop_reason == "script_error"


async def test_an_async_engine_is_cancelled_where_it_waits(runs: Runs) -> None:
    ended: list[str] = []

    async def wait(turn: Turn, ctx: EngineContext) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append("finally")

    handle = start(runs, wait)
    async for _ in handle:
        break
    handle.cancel()
    record = await handle.wait()
    assert (record.halt, record.halted, ended) == ("abort", True, ["finally"])


async def test_a_sync_engine_may_notice_the_cancel(runs: Runs) -> None:
    def poll(turn: Turn, ctx: EngineContext) -> None:
        while True:
            time.sleep(0.002)
            ctx.check()

    handle = start(runs, poll)
    async for _ in handle:
        break
    handle.cancel()
    record = await handle.wait()
    assert (record.halt, record.halted) == ("abort", True)


async def test_a_stop_gives_an_engine_its_grace_only(runs: Runs) -> None:
    handle = start(runs, lambda turn, ctx: time.sleep(1), grace_ms=20, cancel_grace_ms=20)
    async for _ in handle:
        break
    begun = time.monotonic()
    handle.stop()
    record = await handle.wait()
    assert time.monotonic() - begun < 0.02 + 0.02 + 0.1 + SLACK
    assert (record.stop_reason, record.halt, record.halted) == ("user_stop", "wedged", False)


async def test_a_wedged_sync_engine_keeps_nobody_and_changes_nothing_later(runs: Runs) -> None:
    release = threading.Event()
    session = Session()

    def wedged(turn: Turn, ctx: EngineContext) -> str:
        release.wait(10)
        ctx.text_delta_nowait("late")
        return "late"

    computation = TurnComputation(FunctionEngine(wedged))
    options = {"timeout_ms": 200, **QUICK}
    begun = time.monotonic()
    handle = runs.start(computation, session=session, seed="hello", options=options)
    record = await handle.wait()
    assert time.monotonic() - begun < 0.2 + 0.03 + 0.1 + SLACK
    assert (record.status, record.halt, record.halted) == ("timed_out", "wedged", False)
    assert runs.statistics().abandoned == 1
    await runs.start(TurnComputation(FunctionEngine(sync_text)), session=session, seed="next")
    release.set()
    await until(lambda: runs.statistics().abandoned == 0)
    assert [turn.text for turn in session.turns()] == ["answer"]
    assert "late" not in [event.wire().get("delta") async for event in handle]
    assert not [event async for event in handle if isinstance(event, Diagnostic)]


async def test_a_thread_that_raises_and_one_that_is_cancelled() -> None:
    def fail() -> None:
        raise StopIteration("even this")

    with pytest.raises(RuntimeError, match="StopIteration"):
        await call_in_daemon_thread(fail, "failing")

    ended = threading.Event()

    def slow() -> None:
        time.sleep(0.05)
        ended.set()

    with anyio.move_on_after(0.01) as scope:
        await call_in_daemon_thread(slow, "slow")
    assert scope.cancelled_caught
    assert ended.is_set()


async def test_names() -> None:
    assert FunctionEngine(sync_text).name == "sync_text"
    assert FunctionEngine(sync_text, "mine").name == "mine"
    assert FunctionEngine(CallableEngine()).name == "CallableEngine"


async def test_an_engine_that_stops_its_own_run_is_stopped(runs: Runs) -> None:
    async def give_up(turn: Turn, ctx: EngineContext) -> str:
        found = runs.get(ctx.run_id)
        assert found is not None
        found.stop("I give up")
        return "answer"

    handle = start(runs, give_up)
    with pytest.raises(RunStoppedError, match="context canceled: I give up") as caught:
        await handle
    assert isinstance(caught.value, RunError)
