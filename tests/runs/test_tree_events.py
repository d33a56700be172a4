"""The events of a tree of runs as one stream, and how deep and wide a tree may be."""

import gc
from collections import defaultdict

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.runs.workloads import Work, forever, nothing, until

from marotte.events import (
    ChildFinished,
    ChildStarted,
    Diagnostic,
    MemoryRunLog,
    Output,
    RunEvent,
    RunFinished,
    Subscription,
)
from marotte.runs import RunContext, RunHandle, Runs, RunTreeError, open_runs


def spread(runs: Runs, children: list[int]) -> Work[None]:
    """A run that starts so many children, which start so many each, and so on."""

    async def work(ctx: RunContext) -> None:
        count, *below = children or [0]
        handles = [runs.start(spread(runs, below), name=f"child {n}") for n in range(count)]
        ctx.emit_nowait(Output(level="log", text=f"{count} below"))
        for handle in handles:
            await handle

    return Work(work)


def check(events: list[RunEvent], top: str) -> None:
    """Each run's events are whole and in order, and between what its parent tells of it."""
    seqs: defaultdict[str, list[int]] = defaultdict(list)
    known, over = {top}, set()
    for event in events:
        assert event.run_id in known
        assert event.run_id not in over
        seqs[event.run_id].append(event.seq)
        if isinstance(event, ChildStarted):
            known.add(event.child_run_id)
        elif isinstance(event, ChildFinished):
            assert event.child_run_id in over
        elif isinstance(event, RunFinished):
            over.add(event.run_id)
    assert all(each == list(range(1, len(each) + 1)) for each in seqs.values())
    assert known == over == set(seqs)
    assert events[-1].run_id == top


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=3))
def test_the_stream_is_whole_and_in_order(children: list[int]) -> None:
    async def play() -> None:
        async with open_runs() as runs:
            handle = runs.start(spread(runs, children))
            live = [event async for event in handle.tree()]
            await handle
            check(live, handle.id)
            replayed = [event async for event in handle.tree()]
            check(replayed, handle.id)
            assert {event.to_json() for event in live} == {event.to_json() for event in replayed}

    anyio.run(play)


async def test_it_tells_as_things_happen(runs: Runs) -> None:
    go = anyio.Event()

    async def child(ctx: RunContext) -> None:
        ctx.emit_nowait(Output(level="log", text="waiting"))
        await go.wait()

    async def parent(ctx: RunContext) -> None:
        await runs.start(Work(child))

    handle = runs.start(Work(parent))
    async for event in handle.tree():
        if isinstance(event, Output):
            assert event.run_id != handle.id
            assert event.parent_run_id == handle.id
            assert handle.status == "running"
            go.set()
    assert (await handle.wait()).status == "completed"


async def test_nothing_is_kept_of_runs_that_are_over(runs: Runs) -> None:
    async def parent(ctx: RunContext) -> None:
        for _ in range(50):
            await runs.start(Work(nothing))

    handle = runs.start(Work(parent))
    kept = 0
    async for event in handle.tree():
        if event.type == "child-finished":
            gc.collect()
            kept = max(kept, sum(isinstance(each, Subscription) for each in gc.get_objects()))
    assert 1 <= kept < 10


async def test_leaving_the_stream_leaves_nothing_behind(runs: Runs) -> None:
    handle = runs.start(Work(forever))
    async for _ in handle.tree():
        break
    stream = handle.tree().__aiter__()
    with anyio.move_on_after(0.02):
        while True:
            await anext(stream)
    handle.cancel()
    assert (await handle.wait()).status == "stopped"


async def test_a_stop_shows_in_all_of_them(runs: Runs) -> None:
    async def parent(ctx: RunContext) -> None:
        await runs.start(Work(forever))

    handle = runs.start(Work(parent))
    ended: list[tuple[bool, str]] = []
    async for event in handle.tree():
        if isinstance(event, ChildStarted):
            handle.cancel()
        if isinstance(event, RunFinished):
            ended.append((event.run_id == handle.id, event.stop_reason))
    assert ended == [(False, "parent_stopped"), (True, "user_cancel")]


async def test_a_run_that_the_log_has_forgotten_is_left_out() -> None:
    async with open_runs(MemoryRunLog(keep_finished=1)) as runs:
        handle = runs.start(spread(runs, [3]))
        await handle
        events = [event async for event in handle.tree()]
        assert {event.run_id for event in events} == {handle.id}
        assert isinstance(events[-1], RunFinished)


class TestListeners:
    async def test_they_get_events_of_all_runs(self, runs: Runs) -> None:
        handle = runs.start(spread(runs, [2, 1]))
        names: list[str] = []
        every: list[RunEvent] = []
        tree = handle.tree().on("run-finished", lambda event: names.append(event.run_id))
        assert tree.on("*", every.append) is tree
        await handle
        await until(lambda: bool(every) and every[-1].run_id == handle.id and len(names) == 5)
        await until(lambda: isinstance(every[-1], RunFinished))
        check(every, handle.id)
        assert names[-1] == handle.id

    async def test_one_that_was_taken_away_gets_no_more(self, runs: Runs) -> None:
        handle = runs.start(spread(runs, [1]))
        seen: list[RunEvent] = []
        tree = handle.tree()

        def first(event: RunEvent) -> None:
            seen.append(event)
            tree.off("*", first)

        tree.on("*", first)
        await handle
        await anyio.sleep(0.02)
        assert len(seen) == 1

    async def test_one_that_raises_is_told_of_once(self, runs: Runs) -> None:
        told: list[RunEvent] = []

        async def fail(event: RunEvent) -> None:
            await anyio.lowlevel.checkpoint()
            raise ValueError("no luck")

        async def parent(ctx: RunContext) -> None:
            await runs.start(Work(nothing))
            await until(lambda: bool(told))

        handle = runs.start(Work(parent)).on("diagnostic", told.append)
        handle.tree().on("*", fail)
        await handle
        (diagnostic,) = told
        assert isinstance(diagnostic, Diagnostic)
        assert diagnostic.message.endswith("ValueError: no luck")

    async def test_an_unknown_type_is_refused(self, runs: Runs) -> None:
        handle = runs.start(Work(nothing))
        with pytest.raises(TypeError, match="run-finished"):
            handle.tree().on("finished", print)
        await handle


class TestBounds:
    async def nest(self, runs: Runs, **limits: int) -> int:
        """Start a run within a run, as deep as it goes; return how deep that is."""
        refused: list[str] = []

        async def work(ctx: RunContext, level: int) -> int:
            try:
                handle = runs.start(Work(lambda ctx: work(ctx, level + 1)))
            except RunTreeError as error:
                refused.append(error.code)
                return level
            return int(await handle)

        options = {"limits": limits} if limits else {}
        depth = int(await runs.start(Work(lambda ctx: work(ctx, 0)), options=options))
        assert refused == ["max_depth"]
        return depth

    async def test_a_tree_is_at_most_8_deep(self, runs: Runs) -> None:
        assert await self.nest(runs) == 8

    @pytest.mark.parametrize("depth", [0, 1, 3])
    async def test_or_as_deep_as_was_said(self, runs: Runs, depth: int) -> None:
        assert await self.nest(runs, depth=depth) == depth

    @pytest.mark.parametrize(("most", "limits"), [(32, {}), (2, {"children": 2})])
    async def test_a_run_has_so_many_children_at_a_time(
        self, runs: Runs, most: int, limits: dict[str, int]
    ) -> None:
        refused: list[RunTreeError] = []

        async def parent(ctx: RunContext) -> int:
            children: list[RunHandle] = [runs.start(Work(forever)) for _ in range(most)]
            with pytest.raises(RunTreeError) as caught:
                await runs.start(Work(nothing))
            refused.append(caught.value)
            children[0].cancel()
            await children[0].wait()
            await runs.start(Work(nothing))
            return len(children)

        handle = runs.start(Work(parent), options={"limits": limits})
        assert await handle == most
        (error,) = refused
        assert (str(error), error.code) == (f"max children ({most}) reached", "max_children")
        events = [event async for event in handle]
        assert sum(isinstance(event, ChildStarted) for event in events) == most + 1
        assert runs.statistics().started == most + 2
