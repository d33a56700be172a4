"""The registry: who is active, what has been, and how all of it ends."""

import asyncio
import contextvars
import threading
from collections.abc import Callable

import anyio
import pytest
from tests.runs.workloads import (
    TurnWork,
    Work,
    answer,
    bodies,
    events_of,
    forever,
    nothing,
    running,
    session_with,
    stubborn,
)

from marotte.conversation import InvalidValueError, Session, new_turn, new_user_block
from marotte.events import MemoryRunLog, RunStarted
from marotte.runs import RunHandle, Runs, RunsClosedError, open_runs

QUICK = {"cancel_grace_ms": 10, "grace_ms": 10}


async def test_active_runs_are_known_and_ended_ones_are_in_the_log(runs: Runs) -> None:
    handle = runs.start(Work(forever), name="a name", options={**QUICK, "tags": {"a": "b"}})
    found = runs.get(handle.id)
    assert found is not None
    assert found.id == handle.id
    record = await runs.record(handle.id)
    assert record is not None
    assert (record.name, record.tags, record.kind) == ("a name", {"a": "b"}, "script")
    handle.cancel()
    await handle.wait()
    await anyio.wait_all_tasks_blocked()
    assert runs.get(handle.id) is None
    assert await runs.record(handle.id) == handle.record
    assert await runs.record("unknown") is None
    statistics = runs.statistics()
    assert (statistics.started, statistics.active, statistics.finished) == (1, 0, {"stopped": 1})


async def test_the_input_of_a_run_is_shown(runs: Runs) -> None:
    turn = new_turn([new_user_block("hi")], id="t1")
    handles: list[RunHandle] = [
        runs.start(TurnWork(answer), session=Session(), seed="hello"),
        runs.start(TurnWork(answer), session=Session(), seed=turn),
        runs.start(TurnWork(answer), session=session_with("hello")),
        runs.start(Work(nothing), input={"argv": ["a"]}),
    ]
    shown = []
    for handle in handles:
        shown += [event.input for event in bodies(await events_of(handle), RunStarted)]
    assert shown == ["hello", turn.wire(), None, {"argv": ["a"]}]


async def test_bad_input_leaves_no_trace(runs: Runs) -> None:
    session = session_with("hello")
    starts: list[Callable[[], RunHandle]] = [
        lambda: runs.start(TurnWork(answer), session=session, seed={"blocks": 7}),
        lambda: runs.start(Work(nothing), input={1, 2}),
        lambda: runs.start(TurnWork(answer), session=session, options={"nonsense": 1}),
    ]
    for start in starts:
        with pytest.raises(InvalidValueError):
            await start()
    assert session.active_run_id is None
    assert runs.statistics().started == 0
    assert (await runs.records()).records == []


async def test_shutdown_cancels_and_refuses() -> None:
    async with open_runs() as runs:
        session = session_with("hello")
        active = runs.start(TurnWork(forever), session=session, options=QUICK)
        queued = runs.start(TurnWork(answer), session=session, options={"on_busy": "enqueue"})
        wedged = runs.start(Work(stubborn), options=QUICK)
        await running(wedged)
        await runs.shutdown("for today")
        for handle in (active, queued, wedged):
            record = handle.record
            assert (record.status, record.stop_reason) == ("stopped", "shutdown")
            assert record.stop_detail == "for today"
        with pytest.raises(RunsClosedError, match="runs are shut down"):
            await runs.start(Work(nothing))
        assert runs.statistics().active == 0


async def test_a_cooperative_shutdown_lets_calls_finish() -> None:
    async def call(ctx: object) -> None:
        await anyio.sleep(0.02)

    async with open_runs() as runs:
        handle = runs.start(Work(call))
        await running(handle)
        await runs.shutdown(mode="stop")
        assert (handle.record.halt, handle.record.stop_mode) == ("boundary", "stop")


async def test_leaving_the_registry_ends_its_runs() -> None:
    async with open_runs() as runs:
        handle = runs.start(Work(forever), options=QUICK)
    assert handle.record.stop_reason == "shutdown"


async def test_an_error_of_the_body_comes_out_as_it_is() -> None:
    handles: list[RunHandle] = []

    async def body() -> None:
        async with open_runs() as runs:
            handles.append(runs.start(Work(forever), options=QUICK))
            raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"):
        await body()
    assert handles[0].record.stop_reason == "shutdown"


def test_runs_may_be_started_from_threads_of_any_asyncio_program() -> None:
    async def main() -> str:
        async with open_runs() as runs:
            handle = await asyncio.to_thread(contextvars.Context().run, runs.start, Work(nothing))
            return (await handle.wait()).status

    assert asyncio.run(main()) == "completed"


async def test_cancelling_the_task_group_cancels_the_runs(log: MemoryRunLog) -> None:
    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            post = asyncio.get_running_loop().call_soon_threadsafe
            runs = Runs(log=log, post=post, task_group=group)
            seen: list[str] = []
            handle = runs.start(Work(forever), options=QUICK)
            handle = handle.on("*", lambda event: seen.append(event.type))
            await running(handle)
            group.cancel_scope.cancel()
    record = await log.record(handle.id)
    assert record is not None
    assert (record.status, record.stop_reason) == ("stopped", "shutdown")


async def test_a_run_whose_task_group_is_closed_settles(
    log: MemoryRunLog, caplog: pytest.LogCaptureFixture
) -> None:
    async with anyio.create_task_group() as group:
        post = asyncio.get_running_loop().call_soon_threadsafe
        runs = Runs(log=log, post=post, task_group=group)
    session = session_with("hello")
    handle = runs.start(TurnWork(answer), session=session)
    with anyio.fail_after(1):
        record = await handle.wait()
    assert (record.status, record.stop_reason) == ("failed", "internal_error")
    assert "its task group is closed" in caplog.text
    assert session.active_run_id is None
    seen: list[object] = []
    handle.on("*", seen.append).listen(seen.append)
    with anyio.fail_after(1):
        await handle.delivered()
    assert seen == []


async def test_a_run_that_cannot_be_posted_leaves_no_trace(log: MemoryRunLog) -> None:
    def refuse(function: Callable[[], object]) -> None:
        raise RuntimeError("the host loop is closed")

    async with anyio.create_task_group() as group:
        runs = Runs(log=log, post=refuse, task_group=group)
        session = session_with("hello")
        with pytest.raises(RuntimeError, match="the host loop is closed"):
            await runs.start(TurnWork(answer), session=session)
    assert session.active_run_id is None
    assert (runs.statistics().started, runs.statistics().active) == (0, 0)


async def test_starting_from_many_threads_at_once(runs: Runs) -> None:
    handles: list[RunHandle] = []
    refused: list[Exception] = []
    session = session_with("hello")

    def start_some() -> None:
        for _ in range(20):
            handles.append(runs.start(Work(nothing)))
            try:
                handles.append(runs.start(TurnWork(answer), session=session))
            except Exception as error:
                refused.append(error)

    threads = [threading.Thread(target=start_some) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await anyio.to_thread.run_sync(thread.join)
    for handle in handles:
        assert (await handle.wait()).status == "completed"
    assert len(handles) + len(refused) == 160
    assert session.active_run_id is None
