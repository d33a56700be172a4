"""The tree of runs: a stop covers it, deepest first, and a child is part of its parent's end."""

import threading
import time
from collections.abc import Awaitable, Callable

import anyio
import pytest
from tests.runs.workloads import (
    ModelCall,
    TurnWork,
    Work,
    bodies,
    events_of,
    forever,
    nothing,
    running,
    session_with,
    stubborn,
)

from marotte.events import ChildFinished, ChildStarted, RunRecord, RunStopping
from marotte.runs import (
    RunContext,
    RunError,
    RunHandle,
    Runs,
    RunStoppedError,
    ScriptError,
    current_run,
)

GRACES = {"grace_ms": 50, "cancel_grace_ms": 50}
SHORT = {"grace_ms": 20, "cancel_grace_ms": 20}


class Family:
    """Parent, child and grandchild, each waiting for the next."""

    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self.handles: list[RunHandle] = []
        self.ended: list[str] = []
        self.complete = anyio.Event()

    async def start(self) -> None:
        parent = self._start(0)
        assert parent.status == "queued"
        await self.complete.wait()

    def _start(self, depth: int) -> RunHandle:
        handle = self.runs.start(Work(self._living(depth)), name=f"run {depth}", options=GRACES)
        self.handles.append(handle)
        return handle.on("run-finished", lambda event: self.ended.append(event.run_id))

    def _living(self, depth: int) -> Callable[[RunContext], Awaitable[object]]:
        async def live(ctx: RunContext) -> None:
            if depth == 2:
                self.complete.set()
            else:
                child = self._start(depth + 1)
                async with ctx.call("child"):
                    await child.wait()
            await forever(ctx)

        return live


@pytest.mark.parametrize("ask", [RunHandle.stop, RunHandle.cancel])
async def test_stopping_a_parent_ends_all_deepest_first(
    runs: Runs, ask: Callable[[RunHandle], bool]
) -> None:
    family = Family(runs)
    await family.start()
    parent, child, grandchild = family.handles
    ask(parent)
    assert [each.status for each in family.handles] == ["stopping"] * 3
    records = [await each.wait() for each in family.handles]
    assert [record.status for record in records] == ["stopped"] * 3
    assert [record.stop_reason for record in records[1:]] == ["parent_stopped"] * 2
    assert family.ended == [grandchild.id, child.id, parent.id]


@pytest.mark.parametrize("between", [0, 2])
async def test_a_parents_grace_does_not_run_while_a_call_of_a_run_below_is_in_flight(
    runs: Runs, between: int
) -> None:
    call = ModelCall(0.3)

    async def wait(ctx: RunContext, left: int = between) -> None:
        work = Work(call) if left == 0 else Work(lambda ctx: wait(ctx, left - 1))
        await runs.start(work, options=SHORT).wait()
        ctx.check()

    parent = runs.start(Work(wait), options=SHORT)
    await call.began.wait()
    parent.stop()
    record = await parent.wait()
    assert (call.calls, record.stop_mode, record.halt) == (1, "stop", "boundary")
    [stopping] = bodies(await events_of(parent), RunStopping)
    assert stopping.waiting_for == "model call"


async def test_a_parents_grace_runs_from_the_end_of_its_childs_call(runs: Runs) -> None:
    call = ModelCall(0.1)

    async def ignore(ctx: RunContext) -> None:
        await runs.start(Work(call), options=SHORT).wait()
        await forever(ctx)

    parent = runs.start(Work(ignore), options=SHORT)
    await call.began.wait()
    parent.stop()
    record = await parent.wait()
    assert (call.calls, record.stop_reason, record.halt) == (1, "user_stop", "forced")


async def test_a_call_of_a_wedged_child_holds_nobodys_grace(runs: Runs) -> None:
    async def wedge(ctx: RunContext) -> None:
        async with ctx.call("endless"):
            await stubborn(ctx)

    async def parent(ctx: RunContext) -> None:
        child = runs.start(Work(wedge), options=SHORT)
        await running(child)
        child.cancel()
        wedged.append(await child.wait())
        ready.set()
        await forever(ctx)

    wedged: list[RunRecord] = []
    ready = anyio.Event()
    handle = runs.start(Work(parent), options=SHORT)
    await ready.wait()
    handle.stop()
    with anyio.fail_after(5):
        record = await handle.wait()
    assert (wedged[0].halt, record.halt) == ("wedged", "forced")


async def test_stopping_a_child_leaves_the_parent_running(runs: Runs) -> None:
    family = Family(runs)
    await family.start()
    parent, child, grandchild = family.handles
    child.stop()
    assert (await child.wait()).stop_reason == "user_stop"
    assert (await grandchild.wait()).stop_reason == "parent_stopped"
    assert parent.status == "running"
    parent.cancel()
    await parent.wait()


async def test_a_failing_child_leaves_the_parent_running(runs: Runs) -> None:
    async def fail(ctx: RunContext) -> None:
        raise ValueError("boom")

    async def carry_on(ctx: RunContext) -> str:
        child = runs.start(Work(fail))
        with pytest.raises(ScriptError, match="boom"):
            await child
        return "fine"

    assert await runs.start(Work(carry_on)) == "fine"


async def test_a_childs_error_that_escapes_fails_the_parent_as_its_own(runs: Runs) -> None:
    async def escape(ctx: RunContext) -> None:
        child = runs.start(Work(forever), options=GRACES)
        child.cancel()
        await child

    parent = runs.start(Work(escape))
    with pytest.raises(ScriptError, match="RunStoppedError: context canceled") as caught:
        await parent
    assert caught.value.run_id == parent.id
    cause = caught.value.__cause__
    assert isinstance(cause, RunStoppedError)
    assert cause.run_id != parent.id
    assert parent.record.status == "failed"


async def test_a_child_inherits_labels_deadline_and_context(runs: Runs) -> None:
    seen: list[RunContext] = []

    async def look(ctx: RunContext) -> None:
        assert current_run.get() is ctx
        seen.append(ctx)

    async def parent(ctx: RunContext) -> None:
        assert current_run.get() is ctx
        await runs.start(Work(look), options={"tags": {"b": "child"}, "timeout_ms": 90_000})
        await runs.start(Work(look), options={"timeout_ms": 1_000})
        await runs.start(Work(look), parent=None)
        seen.append(ctx)

    options = {"timeout_ms": 60_000, "tags": {"a": "parent", "b": "parent"}}
    handle = runs.start(Work(parent), options=options)
    await handle
    first, second, stranger, above = seen
    assert dict(first.tags) == {"a": "parent", "b": "child"}
    assert first.parent_run_id == above.run_id == handle.id
    assert (stranger.parent_run_id, stranger.deadline_ms, dict(stranger.tags)) == (None, None, {})
    assert above.deadline_ms is not None
    assert first.deadline_ms is not None
    assert second.deadline_ms is not None
    assert abs(first.deadline_ms - above.deadline_ms) <= 2
    assert second.deadline_ms < above.deadline_ms
    assert current_run.get() is None


async def test_a_parents_log_tells_of_its_children(runs: Runs) -> None:
    async def parent(ctx: RunContext) -> None:
        await runs.start(Work(nothing), name="helper")
        children.append(runs.start(Work(forever), options=GRACES))

    children: list[RunHandle] = []
    handle = runs.start(Work(parent))
    await handle
    events = await events_of(handle)
    started, finished = bodies(events, ChildStarted), bodies(events, ChildFinished)
    assert [event.name for event in started] == ["helper", None]
    assert [event.status for event in finished] == ["completed", "stopped"]
    assert [e.child_run_id for e in started] == [e.child_run_id for e in finished]
    assert events[-1].type == "run-finished"


async def test_children_that_are_left_end_before_their_parent(runs: Runs) -> None:
    left: list[RunHandle] = []

    async def leave(ctx: RunContext) -> str:
        left.append(runs.start(Work(forever), options=GRACES))
        await running(left[0])
        return "done"

    handle = runs.start(Work(leave))
    assert await handle == "done"
    record = left[0].record
    assert (record.status, record.stop_reason) == ("stopped", "parent_stopped")
    assert record.finished_at is not None
    assert handle.record.finished_at is not None
    assert record.finished_at <= handle.record.finished_at


async def test_a_stopping_parent_starts_no_child(runs: Runs) -> None:
    session = session_with("hello")
    refused: list[RunError] = []

    async def parent(ctx: RunContext) -> None:
        await ctx.wait_stopping()
        try:
            await runs.start(TurnWork(nothing), session=session)
        except RunError as error:
            refused.append(error)
            raise

    handle = runs.start(Work(parent))
    await running(handle)
    handle.stop()
    await handle.wait()
    assert [error.code for error in refused] == ["user_stop"]
    assert session.active_run_id is None
    assert runs.statistics().started == 1


async def test_a_finished_parent_starts_no_child(runs: Runs) -> None:
    parent = runs.start(Work(nothing))
    await parent
    with pytest.raises(RunStoppedError, match="run is finished"):
        await runs.start(Work(nothing), parent=parent)
    assert runs.statistics().active == 0


async def test_children_of_many_threads_race_with_the_end_of_their_parent(runs: Runs) -> None:
    """Whoever is let in ends with the parent; nobody is left behind."""

    async def parent(ctx: RunContext) -> None:
        async with ctx.call("threads"):
            began.set()
            await anyio.sleep(0.002)

    for _ in range(20):
        began = threading.Event()
        handle = runs.start(Work(parent), options={"limits": {"children": 10_000}})
        started: list[RunHandle] = []
        threads = [
            threading.Thread(target=_start_until_refused, args=(runs, handle, began, started))
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        record = await handle.wait()
        for thread in threads:
            await anyio.to_thread.run_sync(thread.join)
        for child in started:
            assert child.record.is_terminal
            assert (child.record.finished_at or 0) <= (record.finished_at or 0)
    assert runs.statistics().active == 0


def _start_until_refused(
    runs: Runs, parent: RunHandle, began: threading.Event, started: list[RunHandle]
) -> None:
    began.wait(5)
    try:
        while len(started) < 10_000:
            started.append(runs.start(Work(nothing), parent=parent))
            time.sleep(0.0005)  # Leave the host loop some of the interpreter's time.
    except RunStoppedError:
        return
    raise AssertionError("the parent never ended")


async def test_a_cleanup_starts_no_child(runs: Runs) -> None:
    refused: list[str] = []

    def clean() -> None:
        try:
            runs.start(Work(nothing)).cancel()
        except RunStoppedError as error:
            refused.append(str(error))

    async def parent(ctx: RunContext) -> None:
        ctx.add_cleanup(clean)

    await runs.start(Work(parent))
    assert refused == ["run is finished"]
