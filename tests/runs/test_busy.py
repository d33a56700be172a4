"""A session runs one turn at a time: who comes second is refused, waits, or takes over."""

import gc
import weakref

import anyio
import pytest
from tests.runs.workloads import (
    TurnWork,
    Work,
    answer,
    forever,
    nothing,
    running,
    session_with,
    types_of,
)

from marotte.conversation import EmptyTurnError, SessionBusyError, SessionClosedError
from marotte.runs import RunContext, RunHandle, Runs

QUICK = {"cancel_grace_ms": 10, "grace_ms": 10}


async def test_a_refused_start_leaves_no_trace(runs: Runs) -> None:
    session = session_with("hello")
    first = runs.start(TurnWork(forever), session=session, options=QUICK)
    before = session.turns()
    with pytest.raises(SessionBusyError, match=r"^session already has an active inference$"):
        await runs.start(TurnWork(answer), session=session, seed="second")
    assert session.turns() == before
    assert session.active_run_id == first.id
    assert [handle.id for handle in runs.active()] == [first.id]
    assert runs.statistics().started == 1
    first.cancel()
    await first.wait()
    assert len((await runs.records()).records) == 1


async def test_those_who_wait_run_in_turn(runs: Runs) -> None:
    session = session_with()
    order: list[str] = []

    async def note(ctx: RunContext) -> None:
        order.append(str(ctx.turn.blocks[0].payload["text"]))
        await anyio.sleep(0.001)

    handles = [
        runs.start(TurnWork(note), session=session, seed=text, options={"on_busy": "enqueue"})
        for text in "abcd"
    ]
    assert [handle.status for handle in handles] == ["queued"] * 4
    for handle in handles:
        await handle
    assert order == list("abcd")
    assert [turn.blocks[0].payload["text"] for turn in session.turns()] == list("abcd")


async def test_a_run_stopped_while_it_waits_never_starts(runs: Runs) -> None:
    session = session_with("hello")
    called: list[str] = []

    async def note(ctx: RunContext) -> None:
        called.append(ctx.run_id)

    first = runs.start(TurnWork(forever), session=session, options=QUICK)
    enqueue = {"on_busy": "enqueue"}
    second = runs.start(TurnWork(note), session=session, options=enqueue)
    third = runs.start(TurnWork(answer), session=session, options=enqueue)
    second.stop()
    assert (await second.wait()).status == "stopped"
    assert await types_of(second) == ["run-finished"]
    assert first.status in ("queued", "running")
    first.cancel()
    await third
    assert called == []
    assert session.turn_count == 1


async def test_a_queued_run_without_a_seed_extends_what_is_latest_by_then(runs: Runs) -> None:
    session = session_with()
    go = anyio.Event()

    async def wait(ctx: RunContext) -> None:
        await go.wait()
        await answer(ctx)

    first = runs.start(TurnWork(wait), session=session, seed="hello")
    second = runs.start(TurnWork(answer), session=session, options={"on_busy": "enqueue"})
    go.set()
    turn = await first
    assert (await second).id == turn.id
    assert (session.turn_count, len(session.turns()[0].blocks)) == (1, 3)


async def test_a_queued_run_may_find_nothing_to_infer_from(runs: Runs) -> None:
    session = session_with()
    first = runs.start(TurnWork(forever), session=session, seed="hello", options=QUICK)
    second = runs.start(TurnWork(answer), session=session, options={"on_busy": "enqueue"})
    first.cancel()
    with pytest.raises(EmptyTurnError, match="session has no seed turn") as caught:
        await second
    assert (second.status, caught.value.run_id) == ("failed", second.id)
    assert await types_of(second) == ["run-finished"]


async def test_superseding_cancels_whoever_is_there(runs: Runs) -> None:
    session = session_with("hello")
    first = runs.start(TurnWork(forever), session=session, options=QUICK)
    queued = runs.start(TurnWork(answer), session=session, options={"on_busy": "enqueue"})
    await running(first)
    third = runs.start(
        TurnWork(answer), session=session, seed="new", options={"on_busy": "supersede"}
    )
    await third
    for replaced in (first, queued):
        record = await replaced.wait()
        assert (record.status, record.stop_reason) == ("stopped", "superseded")
    assert [len(turn.blocks) for turn in session.turns()] == [1, 2]


async def test_superseding_an_idle_session_just_starts(runs: Runs) -> None:
    session = session_with("hello")
    turn = await runs.start(TurnWork(answer), session=session, options={"on_busy": "supersede"})
    assert turn.text == "hello"


async def test_a_run_does_not_wait_for_itself(runs: Runs) -> None:
    session = session_with("hello")

    async def again(ctx: RunContext) -> None:
        with pytest.raises(SessionBusyError):
            await runs.start(TurnWork(answer), session=session, options={"on_busy": "enqueue"})
        await answer(ctx)

    with anyio.fail_after(5):
        await runs.start(TurnWork(again), session=session)


async def test_a_run_does_not_wait_for_itself_behind_another_that_waits(runs: Runs) -> None:
    session = session_with("hello")
    queued = {"on_busy": "enqueue"}

    async def again(ctx: RunContext) -> None:
        with pytest.raises(SessionBusyError):
            await runs.start(TurnWork(answer), session=session, options=queued)
        await answer(ctx)

    with anyio.fail_after(5):
        first = runs.start(TurnWork(again), session=session)
        second = runs.start(TurnWork(answer), session=session, options=queued)
        await first
        await second


async def test_script_runs_hold_no_slot(runs: Runs) -> None:
    session = session_with("hello")

    async def script(ctx: RunContext) -> object:
        assert ctx.session_id == session.id
        return (await runs.start(TurnWork(answer), session=session)).text

    assert await runs.start(Work(script), session_id=session.id) == "hello"


async def test_closing_a_session_stops_its_run_and_those_who_wait(runs: Runs) -> None:
    session = session_with("hello")
    first = runs.start(TurnWork(forever), session=session, options=QUICK)
    second = runs.start(TurnWork(answer), session=session, options={"on_busy": "enqueue"})
    await running(first)
    session.close()
    for handle in (first, second):
        record = await handle.wait()
        assert (record.status, record.stop_reason) == ("stopped", "session_closed")
    with pytest.raises(SessionClosedError):
        await runs.start(TurnWork(answer), session=session)
    assert session.turn_count == 1


async def test_only_a_turn_run_has_a_session(runs: Runs) -> None:
    for work, session in ((TurnWork(nothing), None), (Work(nothing), session_with("hello"))):
        with pytest.raises(TypeError, match="a turn run needs a session"):
            await runs.start(work, session=session)
    assert runs.statistics().started == 0


async def test_a_listener_may_start_the_next_run_at_the_terminal_event(runs: Runs) -> None:
    session = session_with("hello")
    started: list[RunHandle] = []

    def start_next(event: object) -> None:
        started.append(runs.start(TurnWork(answer), session=session))

    handle = runs.start(TurnWork(forever), session=session, options=QUICK)
    handle = handle.on("run-finished", start_next)
    await running(handle)
    handle.cancel()
    await handle.wait()
    assert (await started[0]).text == "hello"


async def test_a_run_that_gave_up_waiting_is_not_kept(runs: Runs) -> None:
    session = session_with("hello")
    holder = runs.start(TurnWork(forever), session=session, options=QUICK)
    work = TurnWork(answer)
    kept = weakref.ref(work)
    waiting = runs.start(work, session=session, options={"on_busy": "enqueue"})
    waiting.cancel()
    await waiting.wait()
    await anyio.wait_all_tasks_blocked()
    del waiting, work
    gc.collect()
    assert kept() is None
    holder.cancel()
    await holder.wait()
