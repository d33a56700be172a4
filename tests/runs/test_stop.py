"""Stop and cancel: who waits for what, for how long, and what is said about it."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from tests.runs.workloads import (
    SLACK,
    ModelCall,
    SlowLog,
    TurnWork,
    Work,
    answer,
    bodies,
    events_of,
    forever,
    running,
    session_with,
    stubborn,
    types_of,
    until,
)

from marotte.conversation import InvalidValueError, Usage
from marotte.events import RunRecord, RunStopping
from marotte.runs import RunContext, RunHandle, Runs, RunStoppedError, ScriptError, StopToken

GRACES = {"grace_ms": 50, "cancel_grace_ms": 50}


@pytest.fixture(params=[0, 3], ids=["quick-log", "slow-log"])
def log(request: pytest.FixtureRequest) -> SlowLog:
    """Nothing about a stop depends on how soon the log has it."""
    return SlowLog(request.param)


async def test_a_stop_shows_at_once_and_is_told_once(runs: Runs) -> None:
    handle = runs.start(Work(ModelCall(0.05)))
    await running(handle)
    statuses = [handle.status]
    assert handle.stop("enough")
    assert [*statuses, handle.status] == ["running", "stopping"]
    assert handle.record.stop_detail == "enough"
    assert handle.stop("again")
    record = await handle.wait()
    assert (record.status, record.stop_reason) == ("stopped", "user_stop")
    assert (record.stop_requested_by, record.stop_detail, record.stop_mode) == (
        "user",
        "enough",
        "stop",
    )
    assert (await types_of(handle)).count("run-stopping") == 1
    assert not handle.stop()
    assert not handle.cancel()
    assert handle.record == record


async def test_the_log_knows_of_a_stop_while_the_call_still_runs(runs: Runs) -> None:
    call = ModelCall(0.2)
    handle = runs.start(Work(call))
    await call.began.wait()
    handle.stop()
    async for event in handle:
        if event.type == "run-stopping":
            break
    record = await runs.log.record(handle.id)
    assert record is not None
    assert (record.status, record.stop_requested_by) == ("stopping", "user")
    assert call.ended is None


async def test_stop_lets_a_model_call_finish_and_nothing_else_begin(runs: Runs) -> None:
    call = ModelCall(0.3)
    handle = runs.start(Work(call))
    await call.began.wait()
    handle.stop()
    record = await handle.wait()
    assert call.ended is not None
    assert time.monotonic() - call.ended < 0.1 + SLACK
    assert (call.calls, call.effects) == (1, [])
    assert record.usage == Usage(input_tokens=3, requests=1)
    assert (record.status, record.halt, record.halted) == ("stopped", "boundary", True)
    assert record.cancel_observed_at is not None
    stopping = bodies(await events_of(handle), RunStopping)[0]
    assert (stopping.mode, stopping.waiting_for) == ("stop", "model call")


async def test_cancel_aborts_a_model_call(runs: Runs) -> None:
    call = ModelCall(60)
    handle = runs.start(Work(call))
    await call.began.wait()
    asked = time.monotonic()
    handle.cancel()
    with pytest.raises(RunStoppedError, match=r"^context canceled$") as caught:
        await handle
    assert time.monotonic() - asked < 0.25 + 0.1 + SLACK
    assert (call.calls, handle.record.halt) == (0, "abort")
    assert (caught.value.code, caught.value.run_id) == ("user_cancel", handle.id)


@pytest.mark.parametrize("ask", [RunHandle.stop, RunHandle.cancel])
async def test_a_stop_in_the_tick_of_the_start_is_not_lost(
    runs: Runs, ask: Callable[[RunHandle], bool]
) -> None:
    session = session_with("hello")
    before = session.turns()
    handle = runs.start(TurnWork(answer), session=session)
    assert ask(handle)
    assert handle.status == "stopping"
    record = await handle.wait()
    assert record.status == "stopped"
    assert await types_of(handle) == ["run-finished"]
    assert session.turns() == before
    assert session.active_run_id is None


async def test_a_stop_becomes_a_cancel_when_its_grace_is_over(runs: Runs) -> None:
    work = Work(forever)
    handle = runs.start(work, options=GRACES)
    await running(handle)
    asked = time.monotonic()
    handle.stop()
    record = await handle.wait()
    assert 0.1 <= time.monotonic() - asked < 0.1 + 0.1 + SLACK
    assert (record.stop_reason, record.stop_mode, record.halt) == ("user_stop", "cancel", "forced")
    assert len(work.interrupted) == 1
    stopping = bodies(await events_of(handle), RunStopping)
    assert [(event.mode, event.requested_by) for event in stopping] == [
        ("stop", "user"),
        ("cancel", "grace"),
    ]


async def test_the_grace_does_not_run_while_a_call_is_in_flight(runs: Runs) -> None:
    call = ModelCall(0.3)
    handle = runs.start(Work(call), options={"grace_ms": 20})
    await call.began.wait()
    handle.stop()
    record = await handle.wait()
    assert (call.calls, record.stop_mode, record.halt) == (1, "stop", "boundary")


async def test_a_call_that_does_not_hold_the_grace_is_aborted_after_it(runs: Runs) -> None:
    async def call(ctx: RunContext) -> None:
        async with ctx.call("function", holds_grace=False):
            await anyio.sleep_forever()

    handle = runs.start(Work(call), options={"grace_ms": 20})
    await running(handle)
    handle.stop()
    record = await handle.wait()
    assert (record.stop_reason, record.halt) == ("user_stop", "abort")


async def test_a_harder_stop_keeps_the_first_reason(runs: Runs) -> None:
    call = ModelCall(60)
    handle = runs.start(Work(call))
    await call.began.wait()
    handle.stop("first", requested_by="client")
    handle.cancel("second")
    handle.stop("third")
    record = await handle.wait()
    assert (record.stop_reason, record.stop_requested_by) == ("client_disconnect", "client")
    assert (record.stop_detail, record.stop_mode) == ("first", "cancel")
    assert (await types_of(handle)).count("run-stopping") == 2


async def test_swallowing_every_error_does_not_outlive_the_grace(runs: Runs) -> None:
    executed: list[str] = []

    async def swallow(ctx: RunContext) -> None:
        while True:
            await anyio.lowlevel.checkpoint()
            try:
                ctx.check()
                executed.append(handle.status)
            except RunStoppedError:
                pass

    handle = runs.start(Work(swallow), options=GRACES)
    await running(handle)
    handle.stop()
    with anyio.fail_after(1 + SLACK):
        record = await handle.wait()
    assert (record.status, record.halt) == ("stopped", "forced")
    assert "stopping" not in executed


async def test_an_error_while_stopping_ends_as_stopped(runs: Runs) -> None:
    async def break_late(ctx: RunContext) -> None:
        await ctx.wait_stopping()
        raise ValueError("too late to matter")

    handle = runs.start(Work(break_late))
    await running(handle)
    handle.stop()
    with pytest.raises(RunStoppedError) as caught:
        await handle
    assert isinstance(caught.value.__cause__, ValueError)
    assert handle.record.error is None


async def test_stopped_differs_from_failed(runs: Runs) -> None:
    async def fail(ctx: RunContext) -> None:
        raise ValueError("boom")

    failed, stopped = runs.start(Work(fail)), runs.start(Work(forever), options=GRACES)
    await running(stopped)
    stopped.cancel()
    with pytest.raises(ScriptError, match="ValueError: boom") as caught:
        await failed
    assert isinstance(caught.value.__cause__, ValueError)
    await stopped.wait()
    for handle, status, reason in (
        (failed, "failed", "script_error"),
        (stopped, "stopped", "user_cancel"),
    ):
        last = (await events_of(handle))[-1].wire()
        assert (last["status"], last["stopReason"]) == (status, reason)
        assert ("error" in last) == (status == "failed")
    assert [r.id for r in (await runs.records(status={"failed"})).records] == [failed.id]


async def test_a_computation_that_returns_in_the_cancel_grace_is_not_interrupted(
    runs: Runs,
) -> None:
    async def wind_down(ctx: RunContext) -> None:
        await ctx.wait_stopping()
        assert ctx.token.is_set
        await anyio.sleep(0.02)

    work = Work(wind_down)
    handle = runs.start(work)
    await running(handle)
    handle.cancel()
    record = await handle.wait()
    assert (work.interrupted, record.halt) == ([], "boundary")


async def test_no_cancel_grace_interrupts_at_once(runs: Runs) -> None:
    work = Work(forever)
    handle = runs.start(work, options={"cancel_grace_ms": 0})
    await running(handle)
    asked = time.monotonic()
    handle.cancel()
    await handle.wait()
    assert len(work.interrupted) == 1
    assert time.monotonic() - asked < 0.1 + SLACK


async def test_a_body_that_swallows_its_abort_is_interrupted(runs: Runs) -> None:
    async def swallow(ctx: RunContext) -> None:
        async with ctx.call():
            try:
                await anyio.sleep_forever()
            except asyncio.CancelledError:
                await anyio.sleep_forever()

    handle = runs.start(Work(swallow), options=GRACES)
    await running(handle)
    handle.cancel()
    assert (await handle.wait()).halt == "forced"


async def test_a_cancel_from_outside_the_run_is_no_stop(runs: Runs) -> None:
    async def cancelled(ctx: RunContext) -> None:
        raise asyncio.CancelledError

    record = await runs.start(Work(cancelled)).wait()
    assert (record.status, record.stop_reason) == ("failed", "script_error")
    assert record.error is not None
    assert "not through its run" in record.error.message


async def test_calls_left_in_flight_are_aborted_at_the_end(runs: Runs) -> None:
    ended: list[str] = []

    async def call(ctx: RunContext) -> None:
        try:
            async with ctx.call():
                await anyio.sleep_forever()
        except RunStoppedError:
            ended.append("stopped")
        except BaseException:
            ended.append("other")
            raise

    async def leave(ctx: RunContext) -> str:
        task = asyncio.ensure_future(call(ctx))
        await anyio.sleep(0.01)
        task.add_done_callback(lambda _: None)
        return "left"

    assert await runs.start(Work(leave)) == "left"
    assert ended == ["stopped"]


async def test_three_hundred_cancels_leave_nothing_behind(runs: Runs) -> None:
    before = len(asyncio.all_tasks())
    for _ in range(300):
        call = ModelCall(60)
        handle = runs.start(Work(call), options={"cancel_grace_ms": 0})
        await call.began.wait()
        handle.cancel()
        await handle.wait()
    await anyio.sleep(0.01)
    assert len(asyncio.all_tasks()) == before
    assert await runs.start(Work(ModelCall(0))) == "done"


async def test_waiting_runs_can_be_resumed_and_stopped(runs: Runs) -> None:
    async def ask(ctx: RunContext) -> str:
        await ctx.pause("an answer")
        return "answered"

    resumed, stopped = runs.start(Work(ask)), runs.start(Work(ask))
    for handle in (resumed, stopped):
        async for event in handle:
            if event.type == "run-yielded":
                break
        assert (handle.status, handle.record.yielded) == ("waiting", "an answer")
    assert resumed.resume()
    stopped.stop()
    assert not stopped.resume()
    assert await resumed == "answered"
    assert await types_of(resumed) == ["run-started", "run-yielded", "run-resumed", "run-finished"]
    record = await stopped.wait()
    assert (record.status, record.yielded) == ("stopped", None)


async def test_a_stubborn_computation_does_not_keep_its_caller(runs: Runs) -> None:
    handle = runs.start(Work(stubborn), options=GRACES)
    await running(handle)
    asked = time.monotonic()
    handle.cancel()
    record = await handle.wait()
    assert time.monotonic() - asked < 0.05 + 0.1 + SLACK
    assert (record.halt, record.halted) == ("wedged", False)


async def test_an_aborted_call_leaves_its_task_uncancelled(runs: Runs) -> None:
    counts: list[int] = []

    async def call(ctx: RunContext) -> None:
        task = asyncio.current_task()
        assert task is not None
        with contextlib.suppress(RunStoppedError):
            async with ctx.call():
                counts.append(task.cancelling())
                await anyio.sleep_forever()
        counts.append(task.cancelling())
        with anyio.move_on_after(0.01):
            await anyio.sleep_forever()
        counts.append(task.cancelling())

    handle = runs.start(Work(call))
    await until(lambda: counts == [0])
    handle.cancel()
    assert (await handle.wait()).halt == "abort"
    assert counts == [0, 0, 0]


async def test_an_interrupt_within_an_aborted_call_stays_a_cancellation(runs: Runs) -> None:
    ended: list[type[BaseException]] = []

    async def call(ctx: RunContext) -> None:
        try:
            async with ctx.call():
                with contextlib.suppress(asyncio.CancelledError):
                    await anyio.sleep_forever()
                await anyio.sleep_forever()
        except BaseException as error:
            ended.append(type(error))
            raise

    handle = runs.start(Work(call), options=GRACES)
    await running(handle)
    handle.cancel()
    assert (await handle.wait()).halt == "forced"
    assert ended == [asyncio.CancelledError]


@pytest.mark.parametrize("turns", range(4))
async def test_an_error_counts_whenever_the_supervisor_happens_to_look(
    runs: Runs, turns: int
) -> None:
    """The supervisor is woken by something else, around the moment in which execution ends."""

    async def fail(ctx: RunContext) -> None:
        ctx.run.changed.notify()
        for _ in range(turns):
            await asyncio.sleep(0)
        raise ValueError("boom")

    session = session_with("hello")
    before = session.turns()
    record = await runs.start(TurnWork(fail), session=session).wait()
    assert (record.status, record.committed_turns) == ("failed", 0)
    assert session.turns() == before


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("stop_reason", "nonsense"),
        ("stop_reason", "end_turn"),
        ("stop_reason", "deadline"),
        ("stop_reason", "internal_error"),
        ("requested_by", "nonsense"),
    ],
)
@pytest.mark.parametrize("ask", [RunHandle.stop, RunHandle.cancel])
async def test_a_bad_reason_is_refused_and_stops_nothing(
    runs: Runs, ask: Callable[..., bool], path: str, value: str
) -> None:
    handle = runs.start(Work(forever), options=GRACES)
    await running(handle)
    with pytest.raises(InvalidValueError, match=rf'^{path}: expected one of .*, got "{value}"$'):
        ask(handle, **{path: value})
    assert handle.status == "running"
    assert handle.cancel(stop_reason="lifetime")
    record = await handle.wait()
    assert (record.status, record.stop_reason) == ("limit_reached", "lifetime")


@pytest.mark.parametrize("ask", [RunHandle.stop, RunHandle.cancel])
async def test_a_reason_that_is_no_text_is_refused_and_stops_nothing(
    runs: Runs, ask: Callable[..., bool]
) -> None:
    handle = runs.start(Work(forever), options=GRACES)
    await running(handle)
    with pytest.raises(InvalidValueError, match=r"^reason: expected text, got 5$"):
        ask(handle, 5)
    assert handle.status == "running"
    assert handle.cancel("enough \ud800")
    record = await handle.wait()
    assert record.stop_detail == "enough \ufffd"
    assert RunRecord.model_validate_json(record.model_dump_json()) == record


async def test_a_tokens_reason_is_one_that_a_record_can_hold(runs: Runs) -> None:
    token = StopToken()
    no_text: Any = 5
    with pytest.raises(InvalidValueError, match=r"^reason: expected text, got 5$"):
        token.set(no_text)
    assert not token.is_set
    token.set("enough \ud800")
    record = await runs.start(Work(forever), options={"cancel_token": token}).wait()
    assert record.stop_detail == "enough \ufffd"
    assert record.model_dump_json()
