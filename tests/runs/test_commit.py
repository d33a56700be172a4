"""The commit fence: a turn is committed once, with the end of its run, or not at all."""

import asyncio
import logging
import time
from collections.abc import AsyncIterable, Sequence

import anyio
import pytest
from tests.runs.workloads import (
    FaultyLog,
    TurnWork,
    Work,
    answer,
    block,
    events_of,
    nothing,
    running,
    session_with,
    types_of,
    until,
)

from marotte.conversation import Session, Turn, Usage, new_assistant_block, new_turn, new_user_block
from marotte.events import Emission, Output, RunChange, RunEvent, RunStatus, StopReason
from marotte.runs import (
    EngineError,
    RunContext,
    RunError,
    RunLostError,
    Runs,
    RunStoppedError,
    StopToken,
    open_runs,
)


@pytest.fixture
def log() -> FaultyLog:
    return FaultyLog()


async def test_seed_and_answer_are_committed_in_one_step(runs: Runs) -> None:
    session = session_with("earlier")
    seen: list[tuple[int, int, str]] = []

    async def look(ctx: RunContext) -> None:
        seen.append((session.turn_count, len(ctx.history), ctx.turn.blocks[0].kind))
        ctx.add_usage(Usage(input_tokens=2, requests=1))
        await answer(ctx)

    handle = runs.start(TurnWork(look), session=session, seed="hello")
    turn = await handle
    assert seen == [(1, 1, "user")]
    assert session.latest() == turn
    assert (session.turn_count, session.usage.input_tokens) == (2, 2)
    record = handle.record
    assert (record.status, record.stop_reason, record.committed_turns) == (
        "completed",
        "end_turn",
        1,
    )
    assert (record.turn_id, record.halt, record.halted) == (turn.id, "boundary", True)
    assert await types_of(handle) == ["run-started", "turn-committed", "run-finished"]
    assert {event.turn_id for event in await events_of(handle)} == {turn.id}


async def test_without_a_seed_the_latest_turn_is_extended(runs: Runs) -> None:
    session = session_with("one", "two")
    before = session.turns()
    turn = await runs.start(TurnWork(answer), session=session)
    assert turn.id == before[1].id
    assert session.turns()[0] == before[0]
    assert [len(each.blocks) for each in session.turns()] == [1, 2]


async def test_a_returned_turn_replaces_the_staged_one_under_its_id(runs: Runs) -> None:
    async def replace(ctx: RunContext) -> Turn:
        return new_turn([new_user_block("other"), new_assistant_block("answer")], id="mine")

    session = Session()
    handle = runs.start(TurnWork(replace), session=session, seed="hello")
    turn = await handle
    assert turn.text == "answer"
    assert turn.id == handle.record.turn_id != "mine"


async def test_the_committed_turn_is_nobody_elses(runs: Runs) -> None:
    session = Session()
    turn = await runs.start(TurnWork(answer), session=session, seed="hello")
    turn.blocks.clear()
    (kept,) = session.turns()
    assert len(kept.blocks) == 2


@pytest.mark.parametrize("result", ["text", float("nan")])
async def test_what_is_no_turn_is_the_engines_error(runs: Runs, result: object) -> None:
    async def wrong(ctx: RunContext) -> object:
        if isinstance(result, float):
            ctx.turn.metadata["x"] = result
            return None
        return result

    session = session_with("hello")
    before = session.turns()
    handle = runs.start(TurnWork(wrong), session=session)
    with pytest.raises(EngineError, match="the engine returned no valid turn: turn"):
        await handle
    assert (handle.record.status, handle.record.stop_reason) == ("failed", "provider_error")
    assert session.turns() == before


async def test_a_failure_keeps_the_partial_turn_out_of_the_session(runs: Runs) -> None:
    async def half(ctx: RunContext) -> None:
        ctx.turn.blocks.append(new_assistant_block("half an"))
        raise EngineError("the line went dead")

    session = session_with("hello")
    before = session.turns()
    handle = runs.start(TurnWork(half), session=session)
    with pytest.raises(EngineError, match="the line went dead") as caught:
        await handle
    assert caught.value.partial_turn is not None
    assert caught.value.partial_turn.text == "half an"
    assert (caught.value.run_id, caught.value.session_id) == (handle.id, session.id)
    assert session.turns() == before
    assert session.usage == Usage()
    await runs.start(TurnWork(answer), session=session)


async def test_a_slow_commit_that_was_entered_in_time_completes(log: FaultyLog) -> None:
    async with open_runs(log) as runs:
        log.commit_delay = 0.6
        session = session_with("hello")
        begun = time.monotonic()
        handle = runs.start(TurnWork(answer), session=session, options={"timeout_ms": 200})
        await log.entered.wait()
        assert handle.status == "running"
        await anyio.sleep(0.3)
        assert not handle.stop()
        assert not handle.cancel()
        assert handle.status == "running"
        assert (await handle).text == "hello"
        assert time.monotonic() - begun >= 0.6
        assert session.turns()[0].text == "hello"
        assert "run-stopping" not in await types_of(handle)


async def test_a_commit_that_would_be_entered_too_late_is_refused(log: FaultyLog) -> None:
    async with open_runs(log) as runs:
        session = session_with("hello")
        before = session.turns()

        async def late(ctx: RunContext) -> None:
            block(0.05)  # The deadline passes before anybody can look.
            await answer(ctx)

        handle = runs.start(TurnWork(late), session=session, options={"timeout_ms": 20})
        record = await handle.wait()
        await anyio.sleep(0.05)
        assert record.status == "timed_out"
        assert session.turns() == before
        assert not log.entered.is_set()


async def test_a_late_result_of_a_wedged_engine_is_discarded(
    runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    release = anyio.Event()

    async def wedged(ctx: RunContext) -> None:
        with anyio.CancelScope(shield=True):
            while not release.is_set():
                try:
                    await release.wait()
                except BaseException:
                    continue
        await answer(ctx)

    session = session_with("hello")
    before = session.turns()
    options = {"timeout_ms": 200, "cancel_grace_ms": 0}
    handle = runs.start(TurnWork(wedged), session=session, options=options)
    record = await handle.wait()
    events = await events_of(handle)
    with caplog.at_level(logging.WARNING, "marotte.runs"):
        release.set()
        await anyio.wait_all_tasks_blocked()
        await anyio.sleep(0.01)
    assert "late-result: a wedged computation returned" in caplog.text
    assert session.turns() == before
    assert handle.record == record
    assert await events_of(handle) == events
    assert runs.statistics().abandoned == 0


async def test_a_failed_commit_ends_as_internal_error(log: FaultyLog) -> None:
    async with open_runs(log) as runs:
        log.fail_before = ["commit"]
        session = session_with("hello")
        before = session.turns()
        handle = runs.start(TurnWork(answer), session=session)
        with pytest.raises(RunError, match="OSError: no space left for commit"):
            await handle
        assert (handle.record.status, handle.record.stop_reason) == ("failed", "internal_error")
        assert session.turns() == before
        assert (await types_of(handle)).count("run-finished") == 1
        await runs.start(TurnWork(answer), session=session)


@pytest.mark.parametrize("fault", ["commit", "apply"])
async def test_an_unknown_outcome_is_read_back(log: FaultyLog, fault: str) -> None:
    async with open_runs(log) as runs:
        log.fail_after = [fault]
        log.fail_before = ["record"]
        session = session_with("hello")
        handle = runs.start(TurnWork(answer), session=session)
        assert (await handle).text == "hello"
        assert session.turn_count == 1
        assert session.turns()[0].text == "hello"
        assert (await types_of(handle)).count("run-finished") == 1


async def test_a_commit_that_proves_to_have_worked_late_counts(log: FaultyLog) -> None:
    async with open_runs(log) as runs:
        log.fail_after = ["apply"]
        log.fail_before = ["record"] * 4
        session = session_with("hello")
        handle = runs.start(TurnWork(answer), session=session)
        assert (await handle).text == "hello"
        assert handle.status == "completed"
        assert session.turns()[0].text == "hello"


async def test_a_log_that_takes_no_run_keeps_nobody_waiting(
    log: FaultyLog, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_runs(log) as runs:
        log.fail_before = ["create"]
        session = session_with("hello")
        handle = runs.start(TurnWork(answer), session=session)
        with pytest.raises(RunError, match="OSError: no space left for create"):
            await handle
        assert (handle.record.status, handle.record.halted) == ("failed", False)
        assert "its supervision failed" in caplog.text
        assert session.turn_count == 1
        await runs.start(TurnWork(answer), session=session)


@pytest.mark.parametrize("when", ["fail_before", "fail_after"])
async def test_a_terminal_event_is_written_once_however_often_it_takes(
    log: FaultyLog, when: str
) -> None:
    async with open_runs(log) as runs:
        getattr(log, when).extend(["end", "end"])
        handle = runs.start(Work(nothing))
        assert (await handle.wait()).status == "completed"
        assert await types_of(handle) == ["run-started", "run-finished"]


async def test_a_log_that_takes_no_end_keeps_nobody_waiting(
    log: FaultyLog, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_runs(log) as runs:
        log.fail_before = ["end"] * 10
        session = session_with("hello")
        handle = runs.start(TurnWork(nothing), session=session)
        log.fail_before += ["commit"]
        with anyio.fail_after(5):
            record = await handle.wait()
        assert record.status == "failed"
        assert "the log does not know" in caplog.text
        assert session.active_run_id is None


async def test_who_follows_a_run_that_the_log_takes_no_end_of_is_let_go(log: FaultyLog) -> None:
    async with open_runs(log) as runs:
        log.fail_before = ["end"] * 10
        heard: list[RunEvent] = []
        followed: list[list[RunEvent]] = []

        async def follow(events: AsyncIterable[RunEvent]) -> None:
            followed.append([event async for event in events])

        async def talk(ctx: RunContext) -> None:
            ctx.emit_nowait(Output(level="log", text="x"))
            await anyio.sleep(0.02)

        handle = runs.start(Work(talk)).on("*", heard.append)
        begun = time.monotonic()
        async with anyio.create_task_group() as group:
            group.start_soon(follow, handle)
            group.start_soon(follow, handle.tree())
            await handle.wait()
        assert time.monotonic() - begun < 4  # Less than a slow listener would be waited for.
        await follow(handle)
        await follow(handle.tree())
        assert [event.type for event in heard] == ["run-started", "output"]
        assert followed == [heard] * 4


async def test_a_tree_goes_on_past_a_child_whose_end_the_log_took_not(log: FaultyLog) -> None:
    async with open_runs(log) as runs:

        async def start_child(ctx: RunContext) -> None:
            log.fail_before = ["end"] * 4
            await runs.start(Work(nothing)).wait()

        handle = runs.start(Work(start_child))
        with anyio.fail_after(5):
            early = [event.type async for event in handle.tree()]
            late = [event.type async for event in handle.tree()]
        assert early == late
        assert early == [
            "run-started",
            "child-started",
            "run-started",
            "child-finished",
            "run-finished",
        ]


@pytest.mark.parametrize("kind", [OSError, asyncio.CancelledError])
async def test_nothing_is_committed_when_the_last_events_are_lost(
    kind: type[BaseException],
) -> None:
    class LastFails(FaultyLog):
        async def append(self, run_id: str, emissions: Sequence[Emission]) -> Sequence[RunEvent]:
            await anyio.sleep(0.02)
            raise kind("no space left")

    async def talk(ctx: RunContext) -> None:
        await answer(ctx)
        ctx.emit_nowait(Output(level="log", text="x"))
        await until(lambda: ctx.run.outbox.on_the_way > 0 and not len(ctx.run.outbox))

    async with open_runs(LastFails()) as runs:
        session = session_with("hello")
        handle = runs.start(TurnWork(talk), session=session)
        record = await handle.wait()
        assert (record.status, record.stop_reason) == ("failed", "internal_error")
        assert session.turns()[-1].text == ""


async def test_a_log_that_refuses_events_ends_the_run(log: FaultyLog) -> None:
    async with open_runs(log) as runs:
        log.fail_before = ["append"]

        async def talk(ctx: RunContext) -> None:
            ctx.diagnose("x", "y")
            await anyio.sleep_forever()

        handle = runs.start(Work(talk), options={"cancel_grace_ms": 10})
        with pytest.raises(RunError, match="the log refuses events: no space left for append"):
            await handle
        assert (handle.record.status, handle.record.stop_reason) == ("failed", "internal_error")


async def test_the_owner_of_the_log_may_know_of_a_stop_first(runs: Runs, log: FaultyLog) -> None:
    """As in a service, where the log lives in another process and a stop is accepted there."""
    go = anyio.Event()

    async def wait(ctx: RunContext) -> None:
        await go.wait()
        await answer(ctx)

    session = session_with("hello")
    before = session.turns()
    handle = runs.start(TurnWork(wait), session=session)
    await running(handle)
    change = RunChange(
        status="stopping", stop_requested_by="client", stop_mode="stop", stop_detail="left"
    )
    await log.transition(handle.id, {"running"}, change)
    go.set()
    with pytest.raises(RunStoppedError, match="context canceled: left"):
        await handle
    assert handle.record.stop_reason == "client_disconnect"
    assert session.turns() == before


@pytest.mark.parametrize(
    ("status", "reason", "error"),
    [("lost", "worker_lost", RunLostError), ("stopped", "user_cancel", RunStoppedError)],
)
async def test_a_run_that_was_ended_elsewhere_has_ended_so(
    runs: Runs, log: FaultyLog, status: RunStatus, reason: StopReason, error: type[RunError]
) -> None:
    go = anyio.Event()

    async def wait(ctx: RunContext) -> None:
        await go.wait()

    session = session_with("hello")
    handle = runs.start(TurnWork(wait), session=session)
    await running(handle)
    change = RunChange(status=status, stop_reason=reason, finished_at=1)
    await log.transition(handle.id, {"running"}, change)
    go.set()
    with pytest.raises(error, match=f"the run was ended elsewhere, as {status}") as caught:
        await handle
    assert (caught.value.code, handle.status) == (reason, status)
    assert session.active_run_id is None


async def test_a_token_set_beforehand(runs: Runs) -> None:
    called: list[str] = []

    async def note(ctx: RunContext) -> None:
        called.append(ctx.run_id)

    session = session_with("hello")
    before = (session.turns(), session.usage)
    token = StopToken()
    token.set("not today")
    handle = runs.start(TurnWork(note), session=session, options={"cancel_token": token})
    with pytest.raises(RunStoppedError, match="context canceled: not today"):
        await handle
    assert (handle.record.stop_reason, handle.record.stop_requested_by) == ("user_stop", "signal")
    assert called == []
    assert (session.turns(), session.usage) == before


async def test_a_token_set_after_the_output_and_before_the_commit(runs: Runs) -> None:
    token = StopToken()

    async def set_late(ctx: RunContext) -> None:
        await answer(ctx)
        ctx.add_usage(Usage(requests=1))
        token.set()

    session = session_with("hello")
    before = (session.turns(), session.usage)
    handle = runs.start(TurnWork(set_late), session=session, options={"cancel_token": token})
    with pytest.raises(RunStoppedError) as caught:
        await handle
    assert caught.value.partial_turn is not None
    assert caught.value.partial_turn.text == "hello"
    assert (session.turns(), session.usage) == before
    assert handle.usage.requests == 1


async def test_a_token_set_after_the_commit_stops_the_next_run(runs: Runs) -> None:
    token = StopToken()
    session = session_with("hello")
    options = {"cancel_token": token}
    handle = runs.start(TurnWork(answer), session=session, options=options)
    await handle
    token.set()
    assert handle.record.status == "completed"
    record = await runs.start(TurnWork(answer), session=session, options=options).wait()
    assert record.status == "stopped"
    fresh = {"cancel_token": StopToken()}
    turn = await runs.start(TurnWork(answer), session=session, options=fresh)
    assert turn.text == "hellohello"


async def test_a_shared_token_stops_all_its_runs(runs: Runs) -> None:
    token = StopToken()
    options = {"cancel_token": token, "grace_ms": 10, "cancel_grace_ms": 10}

    async def wait(ctx: RunContext) -> None:
        await ctx.wait_stopping()

    handles = [runs.start(Work(wait), options=options) for _ in range(3)]
    for handle in handles:
        await running(handle)
    token.set("all of you")
    for handle in handles:
        assert (await handle.wait()).stop_detail == "all of you"
