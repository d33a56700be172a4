"""Deadlines: total, a cancel, and kept even where nothing cooperates."""

import time

import anyio
import pytest
from tests.runs.workloads import (
    SLACK,
    ModelCall,
    TurnWork,
    Work,
    answer,
    block,
    events_of,
    forever,
    running,
    session_with,
    stubborn,
    types_of,
)

from marotte.conversation import new_assistant_block
from marotte.runs import RunContext, RunHandle, Runs, RunTimeoutError


async def test_a_deadline_cancels(runs: Runs) -> None:
    call = ModelCall(60)
    begun = time.monotonic()
    handle = runs.start(Work(call), options={"timeout_ms": 200})
    with pytest.raises(RunTimeoutError, match=r"^context deadline exceeded$") as caught:
        await handle
    assert 0.2 <= time.monotonic() - begun < 0.2 + 0.25 + 0.1 + SLACK
    assert (caught.value.code, handle.record.halt) == ("deadline", "abort")
    record = handle.record
    assert (record.status, record.stop_reason, record.stop_requested_by) == (
        "timed_out",
        "deadline",
        "deadline",
    )
    assert record.deadline == record.created_at + 200


async def test_a_run_without_a_deadline_has_none(runs: Runs) -> None:
    handle = runs.start(Work(ModelCall(0.01)), options={"timeout_ms": 0})
    assert await handle == "done"
    assert handle.record.deadline is None


async def test_a_deadline_that_passes_in_a_stop_makes_it_a_cancel(runs: Runs) -> None:
    call = ModelCall(60)
    handle = runs.start(Work(call), options={"timeout_ms": 300})
    await call.began.wait()
    handle.stop()
    with anyio.fail_after(1):
        record = await handle.wait()
    assert (record.status, record.stop_reason, record.stop_mode) == (
        "stopped",
        "user_stop",
        "cancel",
    )


async def test_the_deadline_covers_the_wait_for_the_session(runs: Runs) -> None:
    session = session_with("hello")
    first = runs.start(TurnWork(forever), session=session, options={"cancel_grace_ms": 10})
    called: list[str] = []

    async def note(ctx: RunContext) -> None:
        called.append(ctx.run_id)

    second = runs.start(
        TurnWork(note), session=session, options={"on_busy": "enqueue", "timeout_ms": 30}
    )
    record = await second.wait()
    assert (record.status, called) == ("timed_out", [])
    assert await types_of(second) == ["run-finished"]
    first.cancel()
    await first.wait()


async def test_a_deadline_that_has_passed_calls_no_engine(runs: Runs) -> None:
    """A child of a parent whose deadline passes while the loop is kept busy."""
    called: list[str] = []

    async def note(ctx: RunContext) -> None:
        called.append(ctx.run_id)

    async def parent(ctx: RunContext) -> RunHandle:
        child = runs.start(Work(note))
        block(0.03)
        return child

    handle = runs.start(Work(parent), options={"timeout_ms": 20, "cancel_grace_ms": 10})
    assert (await handle.wait()).status == "timed_out"
    assert called == []


async def test_the_next_run_works_after_a_timeout(runs: Runs) -> None:
    session = session_with("hello")
    before = session.turns()

    async def half(ctx: RunContext) -> None:
        ctx.turn.blocks.append(new_assistant_block("half an"))
        await forever(ctx)

    handle = runs.start(
        TurnWork(half), session=session, options={"timeout_ms": 200, "cancel_grace_ms": 10}
    )
    with pytest.raises(RunTimeoutError) as caught:
        await handle
    assert caught.value.partial_turn is not None
    assert caught.value.partial_turn.text == "half an"
    assert session.turns() == before
    await runs.start(TurnWork(answer), session=session)
    assert session.turn_count == 1


async def test_a_wedged_computation_keeps_nobody_beyond_the_deadline(runs: Runs) -> None:
    session = session_with("hello")
    begun = time.monotonic()
    options = {"timeout_ms": 200, "cancel_grace_ms": 50}
    handle = runs.start(TurnWork(stubborn), session=session, options=options)
    record = await handle.wait()
    assert time.monotonic() - begun < 0.2 + 0.05 + 0.1 + SLACK
    assert (record.status, record.halted, record.halt) == ("timed_out", False, "wedged")
    assert runs.statistics().abandoned == 1
    await runs.start(TurnWork(answer), session=session)


async def test_a_wedged_computation_is_told_off_wherever_it_turns(runs: Runs) -> None:
    contexts: list[RunContext] = []

    async def wedged(ctx: RunContext) -> None:
        contexts.append(ctx)
        await stubborn(ctx)

    handle = runs.start(Work(wedged), options={"timeout_ms": 200, "cancel_grace_ms": 0})
    await running(handle)
    await handle.wait()
    count = len(await events_of(handle))
    with pytest.raises(RunTimeoutError):
        contexts[0].check()
    contexts[0].diagnose("late", "from the grave")
    await anyio.sleep(0.01)
    assert len(await events_of(handle)) == count
