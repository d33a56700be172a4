"""Delivery: no gap, no duplicate, nothing out of order, whoever reads and whenever."""

import random
import threading
import time
from collections.abc import Sequence
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.runs.workloads import FaultyLog, Work, bodies, events_of, forever, running, until

from marotte.events import (
    Diagnostic,
    MemoryRunLog,
    Output,
    ReasoningDelta,
    RunEvent,
    TextDelta,
    happened,
)
from marotte.runs import Follower, RunContext, RunHandle, Runs, open_runs
from marotte.runs.outbox import join_deltas


class Chatter:
    """Emits from the host loop and from threads at once."""

    def __init__(self, count: int, threads: int) -> None:
        self.count = count
        self.threads = threads

    async def __call__(self, ctx: RunContext) -> None:
        async with anyio.create_task_group() as group:
            for number in range(self.threads):
                group.start_soon(anyio.to_thread.run_sync, self._talk, ctx, str(number))
            for number in range(self.count):
                await ctx.emit(TextDelta(segment="loop", delta=str(number)))
                if number % 7 == 0:
                    await anyio.lowlevel.checkpoint()

    def _talk(self, ctx: RunContext, segment: str) -> None:
        for number in range(self.count):
            ctx.emit_nowait(TextDelta(segment=segment, delta=str(number)))


async def test_each_emitters_events_stay_in_order(runs: Runs) -> None:
    handle = runs.start(Work(Chatter(100, 3)))
    events = await events_of(handle)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    for segment in ("loop", "0", "1", "2"):
        deltas = [each.delta for each in bodies(events, TextDelta) if each.segment == segment]
        assert "".join(deltas) == "".join(map(str, range(100)))


@pytest.mark.parametrize("threads", [0, 2])
async def test_a_reader_that_resumes_after_any_event_misses_nothing(
    runs: Runs, threads: int
) -> None:
    """For every k, with two subscribers and with events from other threads."""
    handle = runs.start(Work(Chatter(12, threads)))
    resumed: dict[tuple[int, int], list[RunEvent]] = {}

    async def read(reader: int, k: int) -> None:
        got = resumed.setdefault((reader, k), [])
        async for event in handle:
            if event.seq > k:
                break
            got.append(event)
        got.extend([event async for event in handle.events(len(got))])

    async with anyio.create_task_group() as group:
        for k in range(14):
            for reader in range(2):
                group.start_soon(read, reader, k)
    whole = await events_of(handle)
    assert whole[-1].type == "run-finished"
    assert all(got == whole for got in resumed.values())


async def test_listeners_that_join_at_any_instant_get_the_whole_log(runs: Runs) -> None:
    rng = random.Random(17)
    for _ in range(10):
        handle = runs.start(Work(Chatter(30, 2)))
        got: list[list[int]] = []
        thread = threading.Thread(target=_join_at_random, args=(handle, got, rng.random()))
        thread.start()
        whole = [event.seq for event in await events_of(handle)]
        await handle
        await anyio.to_thread.run_sync(thread.join)
        await handle.delivered()
        assert got == [whole] * 12


def _join_at_random(handle: RunHandle, got: list[list[int]], seed: float) -> None:
    rng = random.Random(seed)
    for number in range(12):
        seen: list[int] = []
        got.append(seen)

        def note(event: RunEvent, seen: list[int] = seen) -> None:
            seen.append(event.seq)

        def note_all(events: Sequence[RunEvent], seen: list[int] = seen) -> None:
            seen.extend(event.seq for event in events)

        if number % 2:
            handle = handle.on("*", note)
        else:
            handle.listen(note_all)
        time.sleep(rng.random() / 2_000)


async def test_batches_begin_with_what_was_missed(runs: Runs) -> None:
    handle = runs.start(Work(Chatter(20, 0)))
    await handle.wait()
    batches: list[list[int]] = []
    handle.listen(lambda events: batches.append([event.seq for event in events]), after=3)
    assert batches == []
    await handle.delivered()
    assert batches == [list(range(4, 23))]


async def test_a_closed_feed_gets_nothing_more(runs: Runs) -> None:
    seen: list[int] = []
    handle = runs.start(Work(forever), options={"cancel_grace_ms": 0})
    feed = handle.listen(lambda events: seen.extend(event.seq for event in events))
    await running(handle)
    await until(lambda: bool(seen))
    feed.close()
    handle.cancel()
    await handle.wait()
    assert seen == [1]


async def test_a_failing_feed_is_reported(runs: Runs) -> None:
    def fail(events: Sequence[RunEvent]) -> None:
        raise ValueError("boom")

    handle = runs.start(Work(forever), options={"cancel_grace_ms": 0})
    handle.listen(fail)
    async for event in handle:
        if isinstance(event, Diagnostic):
            handle.cancel()
    assert event.type == "run-finished"


async def test_an_emitter_waits_for_a_slow_listener(runs: Runs) -> None:
    progress: list[int] = []

    async def talk(ctx: RunContext) -> None:
        for number in range(3_000):
            await ctx.emit(Output(level="log", text="x"))
            progress.append(number)

    handle = runs.start(Work(talk))
    seen: list[int] = []
    feed = handle.listen(
        lambda events: seen.extend(event.seq for event in events), acknowledges=True
    )
    await anyio.sleep(0.05)
    stuck_at = len(progress)
    assert 900 < stuck_at < 1_100
    await anyio.sleep(0.02)
    assert len(progress) == stuck_at
    await _acknowledge_until_done(handle, feed, seen)
    assert len(progress) == 3_000
    assert seen == list(range(1, len(seen) + 1))


async def _acknowledge_until_done(handle: RunHandle, feed: Follower[Any], seen: list[int]) -> None:
    while not handle.record.is_terminal:
        feed.acknowledge(seen[-1])
        await anyio.sleep(0.001)


async def test_closing_a_slow_feed_frees_the_emitter(runs: Runs) -> None:
    async def talk(ctx: RunContext) -> str:
        for _ in range(3_000):
            await ctx.emit(Output(level="log", text="x"))
        return "done"

    handle = runs.start(Work(talk))
    feed = handle.listen(lambda events: None, acknowledges=True)
    await anyio.sleep(0.05)
    assert handle.status == "running"
    feed.close()
    assert await handle == "done"


async def test_an_emitter_that_waits_can_be_cancelled(runs: Runs) -> None:
    async def talk(ctx: RunContext) -> None:
        while True:
            await ctx.emit(Output(level="log", text="x"))

    handle = runs.start(Work(talk), options={"cancel_grace_ms": 10})
    handle.listen(lambda events: None, acknowledges=True)
    await anyio.sleep(0.05)
    handle.cancel()
    with anyio.fail_after(1):
        assert (await handle.wait()).status == "stopped"


async def test_a_thread_that_emits_waits_for_the_log(runs: Runs) -> None:
    most: list[int] = []

    def talk(ctx: RunContext) -> None:
        for _ in range(20_000):
            ctx.emit_from_thread(TextDelta(segment="1", delta="x"))
            most.append(len(ctx.run.outbox))

    async def work(ctx: RunContext) -> None:
        await anyio.to_thread.run_sync(talk, ctx)

    handle = runs.start(Work(work))
    with anyio.fail_after(10):
        await handle
    assert max(most) <= 1_025
    texts = [event.delta for event in bodies(await events_of(handle), TextDelta)]
    assert len("".join(texts)) == 20_000


async def test_few_deltas_are_never_joined(runs: Runs) -> None:
    async def talk(ctx: RunContext) -> None:
        for number in range(200):
            ctx.emit_nowait(TextDelta(segment="1", delta=str(number)))

    handle = runs.start(Work(talk))
    assert len(bodies(await events_of(handle), TextDelta)) == 200


bodies_strategy = st.lists(
    st.one_of(
        st.builds(TextDelta, segment=st.sampled_from("ab"), delta=st.text(max_size=3)),
        st.builds(ReasoningDelta, segment=st.sampled_from("ab"), delta=st.text(max_size=3)),
        st.builds(Diagnostic, code=st.just("x"), message=st.text(max_size=3)),
    ),
    max_size=30,
)


@given(bodies_strategy)
def test_joining_changes_no_text_and_no_order(given_bodies: list[TextDelta]) -> None:
    emissions = [happened(body) for body in given_bodies]
    joined = join_deltas(emissions)
    assert _flattened([each.body for each in joined]) == _flattened(given_bodies)
    assert [each.time for each in joined] == sorted(each.time for each in joined)


def _flattened(given_bodies: Sequence[object]) -> list[tuple[str, str, str]]:
    """Return runs of deltas of one text as one; everything else as it is."""
    flat: list[tuple[str, str, str]] = []
    for body in given_bodies:
        if not isinstance(body, TextDelta | ReasoningDelta):
            flat.append(("other", repr(body), ""))
        elif flat and flat[-1][:2] == (body.type, body.segment):
            flat[-1] = (body.type, body.segment, flat[-1][2] + body.delta)
        else:
            flat.append((body.type, body.segment, body.delta))
    return flat


def test_joined_deltas_stay_of_modest_size() -> None:
    emissions = [happened(TextDelta(segment="1", delta="x" * 10_000)) for _ in range(10)]
    sizes = [
        len(each.body.delta) for each in join_deltas(emissions) if isinstance(each.body, TextDelta)
    ]
    assert sum(sizes) == 100_000
    assert max(sizes) <= 16_384


async def test_the_oldest_runs_are_forgotten_by_the_log_and_by_nobody_else() -> None:
    async with open_runs(MemoryRunLog(keep_finished=1)) as runs:
        handles = [runs.start(Work(Chatter(2, 0))) for _ in range(3)]
        for handle in handles:
            await handle
        seen: list[str] = []
        for handle in handles:
            handle.on("*", lambda event: seen.append(event.run_id)).listen(lambda events: None)
        for handle in handles:
            await handle.delivered()
        assert set(seen) == {handles[2].id}
        assert handles[0].record.status == "completed"


async def test_a_log_that_cannot_be_read_keeps_nobody_waiting() -> None:
    class Unreadable(FaultyLog):
        async def replay(self, run_id: str, after: int = 0) -> Sequence[RunEvent]:
            raise OSError("cannot read")

    async with open_runs(Unreadable()) as runs:
        handle = runs.start(Work(forever), options={"cancel_grace_ms": 0})
        seen: list[str] = []
        handle = handle.on("*", lambda event: seen.append(event.type))
        await running(handle)
        await until(lambda: bool(seen))
        handle = handle.on("*", lambda event: seen.append("late"))
        await anyio.sleep(0.01)
        handle.cancel()
        with anyio.fail_after(1):
            await handle.wait()
