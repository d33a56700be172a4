"""The log in memory: transitions are compare-and-set, readers miss nothing, bounds hold."""

import itertools
from collections.abc import Sequence

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marotte.conversation import Session, Turn, Usage, as_turn
from marotte.events import (
    LIVE,
    Body,
    ChildStarted,
    CursorError,
    Emission,
    EventsDroppedEvent,
    MemoryRunLog,
    RunChange,
    RunEvent,
    RunFinished,
    RunRecord,
    RunStarted,
    TextDelta,
    TurnCommit,
    UnknownRunError,
    happened,
)

FINISHED = RunFinished(
    status="completed", stop_reason="end_turn", usage=Usage(), halted=True, halt="boundary"
)


def deltas(count: int, size: int = 1) -> list[Emission]:
    return [happened(TextDelta(segment="1", delta="x" * size)) for _ in range(count)]


async def log_with(run_id: str = "r1", log: MemoryRunLog | None = None) -> MemoryRunLog:
    log = log or MemoryRunLog()
    await log.create(RunRecord(id=run_id, kind="turn", session_id="s1", created_at=1))
    return log


async def finish(log: MemoryRunLog, run_id: str = "r1") -> None:
    change = RunChange(status="completed")
    assert await log.transition(run_id, LIVE, change, [happened(FINISHED)])


def seqs(events: Sequence[RunEvent]) -> list[int]:
    return [event.seq for event in events]


async def test_a_transition_happens_only_from_an_expected_status() -> None:
    log = await log_with()
    running = RunChange(status="running", turn_id="t1")
    record = await log.transition("r1", {"queued"}, running, [happened(RunStarted())])
    assert record is not None
    assert (record.status, record.turn_id, record.last_seq) == ("running", "t1", 1)
    assert await log.transition("r1", {"queued"}, RunChange(status="stopped"), deltas(1)) is None
    assert await log.record("r1") == record
    assert [event.turn_id for event in await log.replay("r1")] == ["t1"]


async def test_a_terminal_record_never_changes() -> None:
    log = await log_with()
    await finish(log)
    assert (
        await log.transition("r1", LIVE, RunChange(status="failed"), [happened(FINISHED)]) is None
    )
    assert seqs(await log.replay("r1")) == [1]


async def test_a_commit_writes_the_turn_with_the_end_or_not_at_all() -> None:
    session = Session()
    for run_id, expected in (("r1", 1), ("r2", 1)):
        log = await log_with(run_id)
        staged = session.claim(run_id, as_turn("hello"))
        if run_id == "r2":
            await log.transition(run_id, LIVE, RunChange(status="stopping"))
        commit = _commit(session, run_id, staged.turn)
        change = RunChange(status="completed")
        record = await log.commit(run_id, commit, {"queued"}, change, [happened(FINISHED)])
        assert (record is not None) == (run_id == "r1")
        assert session.turn_count == expected
        assert session.active_run_id == (None if run_id == "r1" else "r2")


def _commit(session: Session, run_id: str, turn: Turn) -> TurnCommit:
    usage = Usage(requests=1)
    return TurnCommit(session.id, turn, False, usage, lambda: session.commit(run_id, turn, usage))


async def test_unknown_runs_and_cursors() -> None:
    log = await log_with()
    with pytest.raises(ValueError, match="there is a run r1 already"):
        await log_with(log=log)
    with pytest.raises(UnknownRunError, match="no run r9"):
        await log.append("r9", deltas(1))
    with pytest.raises(UnknownRunError):
        await log.replay("r9")
    with pytest.raises(CursorError, match="has no event 1, the newest is 0"):
        log.subscribe("r1", 1)
    assert await log.record("r9") is None


async def test_records_are_paged_newest_first() -> None:
    log = MemoryRunLog()
    for number in range(5):
        await log_with(f"r{number}", log)
    await finish(log, "r3")
    page = await log.records(limit=2)
    assert [record.id for record in page.records] == ["r4", "r3"]
    page = await log.records(limit=3, before=page.next)
    assert [record.id for record in page.records] == ["r2", "r1", "r0"]
    assert page.next is None
    page = await log.records(status={"completed"})
    assert [record.id for record in page.records] == ["r3"]
    assert (await log.records(session_id="other")).records == []


@pytest.mark.parametrize("after", range(7))
async def test_a_reader_that_resumes_anywhere_misses_nothing(after: int) -> None:
    log = await log_with()
    await log.append("r1", deltas(5))
    await finish(log)
    whole = [event async for event in log.subscribe("r1")]
    rest = [event async for event in log.subscribe("r1", after)]
    assert seqs(whole) == [1, 2, 3, 4, 5, 6]
    assert rest == whole[after:]


async def test_a_waiting_reader_is_woken_and_ends_with_the_run() -> None:
    log = await log_with()
    seen: list[int] = []

    async def read() -> None:
        seen.extend([event.seq async for event in log.subscribe("r1")])

    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(read)
            for _ in range(3):
                await anyio.wait_all_tasks_blocked()
                await log.append("r1", deltas(2))
            await finish(log)
    assert seen == [1, 2, 3, 4, 5, 6, 7]


async def test_a_cancelled_wait_loses_nothing() -> None:
    log = await log_with()
    subscription = log.subscribe("r1")
    with anyio.move_on_after(0.01) as scope:
        await subscription.next_batch()
    assert scope.cancelled_caught
    await log.append("r1", deltas(2))
    assert seqs(await subscription.next_batch()) == [1, 2]


@given(
    batches=st.lists(st.integers(0, 4), min_size=1, max_size=8),
    joins=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 20)), max_size=5),
    yields=st.lists(st.integers(0, 3), min_size=8, max_size=8),
)
def test_subscribing_at_any_instant_leaves_no_gap_and_no_duplicate(
    batches: list[int], joins: list[tuple[int, int]], yields: list[int]
) -> None:
    """Readers that join before, between and after appends, at any cursor that exists by then."""

    async def scenario() -> None:
        log = await log_with()
        got: list[tuple[int, list[int]]] = []

        async def read(after: int) -> None:
            got.append((after, [event.seq async for event in log.subscribe("r1", after)]))

        async with anyio.create_task_group() as group:
            total = 0
            for number, count in enumerate([*batches, -1]):
                for _, cursor in (join for join in joins if join[0] == number):
                    group.start_soon(read, min(cursor, total))
                for _ in range(yields[number % len(yields)]):
                    await anyio.lowlevel.checkpoint()
                if count >= 0:
                    await log.append("r1", deltas(count))
                    total += count
            await finish(log)
        for after, seen in got:
            assert seen == list(range(after + 1, total + 2))

    anyio.run(scenario)


@pytest.mark.parametrize(
    "log",
    [MemoryRunLog(max_events=100), MemoryRunLog(max_bytes=100 * len("x" * 180))],
    ids=["events", "bytes"],
)
async def test_beyond_its_bounds_a_run_forgets_texts_and_says_so(log: MemoryRunLog) -> None:
    await log_with(log=log)
    kept: list[Body] = [RunStarted(), ChildStarted(child_run_id="r2"), FINISHED]
    await log.append("r1", [happened(kept[0]), happened(kept[1])])
    for _ in range(50):
        await log.append("r1", deltas(10, 60))
    await finish(log)
    events = await log.replay("r1")
    assert len(events) <= 102
    types = [event.type for event in events]
    rest = [type for type in types if type not in ("text-delta", "events-dropped")]
    assert rest == ["run-started", "child-started", "run-finished"]
    assert _covered(events) == list(range(1, 504))


def _covered(events: Sequence[RunEvent]) -> list[int]:
    """Return the sequence numbers of events and of the holes that markers speak of."""
    numbers: list[int] = []
    for event in events:
        if isinstance(event, EventsDroppedEvent):
            assert (event.seq, event.count) == (
                event.last_seq,
                event.last_seq - event.first_seq + 1,
            )
            numbers += range(event.first_seq, event.last_seq + 1)
        else:
            numbers.append(event.seq)
    return numbers


async def test_a_resume_within_a_hole_is_told_of_the_rest_of_it() -> None:
    log = await log_with(log=MemoryRunLog(max_events=10))
    await log.append("r1", deltas(30))
    for after in range(31):
        assert _covered(await log.replay("r1", after)) == list(range(after + 1, 31))


async def test_what_may_not_be_dropped_is_kept_beyond_the_bounds() -> None:
    log = await log_with(log=MemoryRunLog(max_events=10))
    children = [happened(ChildStarted(child_run_id=str(n))) for n in range(100)]
    for child in children:
        await log.append("r1", [child])
    assert seqs(await log.replay("r1")) == list(range(1, 101))


async def test_the_oldest_finished_runs_are_forgotten_and_readers_keep_theirs() -> None:
    log = MemoryRunLog(keep_finished=3)
    await log_with("live", log)
    reader = None
    for number in range(6):
        await log_with(f"r{number}", log)
        await log.append(f"r{number}", deltas(2))
        reader = reader or log.subscribe("r0")
        await finish(log, f"r{number}")
    known = [record.id for record in (await log.records()).records]
    assert known == ["r5", "r4", "r3", "live"]
    assert reader is not None
    assert [event.seq async for event in reader] == [1, 2, 3]


async def test_finished_runs_are_also_bounded_by_size() -> None:
    log = MemoryRunLog(keep_finished_bytes=20_000)
    for number in range(10):
        await log_with(f"r{number}", log)
        await log.append(f"r{number}", deltas(1, 5_000))
        await finish(log, f"r{number}")
    assert [record.id for record in (await log.records()).records] == ["r9", "r8", "r7"]


async def test_time_is_when_it_happened() -> None:
    log = await log_with()
    times = [3, 1, 2]
    emissions = [Emission(time, TextDelta(segment="1", delta="x")) for time in times]
    await log.append("r1", emissions)
    events = await log.replay("r1")
    assert [event.time for event in events] == times
    assert all(a.seq < b.seq for a, b in itertools.pairwise(events))
