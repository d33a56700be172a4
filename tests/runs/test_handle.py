"""Listeners and iterators of a handle: early, late, once, off, failing, slow."""

import asyncio
import threading
from collections.abc import Callable

import anyio
import anyio.lowlevel
import pytest
from tests.runs.workloads import Work, bodies, events_of, forever, nothing, running, types_of, until

from marotte.conversation import InvalidValueError
from marotte.events import Diagnostic, RunEvent, TextDelta
from marotte.runs import RunContext, RunHandle, Runs, RunStoppedError, current_run


class Talk:
    """Emits some deltas, waiting for a go before each but the first."""

    def __init__(self, count: int = 3) -> None:
        self.count = count
        self.go = [anyio.Event() for _ in range(count)]
        self.go[0].set()

    async def __call__(self, ctx: RunContext) -> str:
        for number in range(self.count):
            await self.go[number].wait()
            await ctx.emit(TextDelta(segment="1", delta=str(number)))
        return "done"


def delta_of(event: RunEvent) -> str:
    assert isinstance(event, TextDelta)
    return event.delta


async def test_events_come_in_order_the_very_type_first(runs: Runs) -> None:
    seen: list[str] = []
    handle = (
        runs.start(Work(Talk(1)))
        .on("*", lambda event: seen.append(f"* {event.type}"))
        .on("text-delta", lambda event: seen.append(f"delta {delta_of(event)}"))
        .on("", lambda event: seen.append(f"any {event.seq}"))
    )
    assert seen == []
    assert await handle == "done"
    assert seen == [
        "* run-started",
        "any 1",
        "delta 0",
        "* text-delta",
        "any 2",
        "* run-finished",
        "any 3",
    ]


async def test_a_late_listener_gets_everything_once_and_in_order(runs: Runs) -> None:
    talk = Talk(3)
    early: list[int] = []
    late: list[int] = []
    handle = runs.start(Work(talk)).on("*", lambda event: early.append(event.seq))
    await until(lambda: len(early) == 2)
    talk.go[1].set()
    handle = handle.on("*", lambda event: late.append(event.seq))
    assert late == []
    talk.go[2].set()
    await handle
    assert early == late == [1, 2, 3, 4, 5]


async def test_a_listener_after_the_end_gets_everything(runs: Runs) -> None:
    handle = runs.start(Work(Talk(1)))
    await handle
    for _ in range(2):
        seen: list[str] = []

        def note(event: RunEvent, seen: list[str] = seen) -> None:
            seen.append(event.type)

        handle = handle.on("*", note)
        assert seen == []
        await handle.delivered()
        assert seen == ["run-started", "text-delta", "run-finished"]


async def test_nothing_arrives_after_settlement(runs: Runs) -> None:
    for _ in range(50):
        seen: list[str] = []

        def note(event: RunEvent, seen: list[str] = seen) -> None:
            seen.append(event.type)

        handle = runs.start(Work(Talk(1))).on("*", note)
        await handle
        assert seen[-1] == "run-finished"
        count = len(seen)
        await anyio.lowlevel.checkpoint()
        assert len(seen) == count


async def test_once_and_off(runs: Runs) -> None:
    seen: list[str] = []

    def note(event: RunEvent) -> None:
        seen.append(delta_of(event))

    talk = Talk(3)
    handle = runs.start(Work(talk)).once("text-delta", note)
    for go in talk.go:
        go.set()
    await handle
    assert seen == ["0"]
    handle = handle.once("text-delta", note)
    await handle.delivered()
    assert seen == ["0", "0"]
    handle = handle.on("text-delta", note).off("text-delta", note)
    await handle.delivered()
    assert seen == ["0", "0"]


async def test_off_acts_within_a_batch(runs: Runs) -> None:
    seen: list[str] = []

    def note(event: RunEvent) -> None:
        seen.append(event.type)
        assert handle.off("*", note) is handle

    handle = runs.start(Work(Talk(1)))
    await handle
    assert handle.on("*", note) is handle
    await handle.delivered()
    assert seen == ["run-started"]


async def test_a_failing_listener_is_reported_once_and_disturbs_nobody(runs: Runs) -> None:
    seen: list[str] = []

    def fail(event: RunEvent) -> None:
        raise ValueError("boom")

    handle = runs.start(Work(Talk(2))).on("*", fail).on("*", lambda event: seen.append(event.type))
    await running(handle)
    await until(lambda: "diagnostic" in seen)
    handle.cancel()
    await handle.wait()
    (diagnostic,) = bodies(await events_of(handle), Diagnostic)
    assert (diagnostic.code, "ValueError: boom" in diagnostic.message) == ("listener-failed", True)
    assert "test_handle.py" in (diagnostic.stack or "")
    assert seen == await types_of(handle)


async def test_an_async_listener_is_started_in_order_and_its_failure_reported(runs: Runs) -> None:
    seen: list[str] = []
    talk = Talk(2)

    async def later(event: RunEvent) -> None:
        seen.append(event.type)
        await anyio.lowlevel.checkpoint()
        if event.type == "run-started":
            raise ValueError("boom")

    handle = runs.start(Work(talk)).on("*", later)
    async for event in handle:
        if event.type == "diagnostic":
            talk.go[1].set()
    assert seen == await types_of(handle)
    assert seen.count("diagnostic") == 1


async def test_a_listener_may_await_the_run_itself(runs: Runs) -> None:
    ended: list[str] = []

    async def wait(event: RunEvent) -> None:
        ended.append((await handle.wait()).status)

    with anyio.fail_after(5):
        handle = runs.start(Work(nothing)).on("run-started", wait)
        await handle
        await anyio.wait_all_tasks_blocked()
    assert ended == ["completed"]


async def test_listeners_run_for_the_run_that_registered_them(runs: Runs) -> None:
    seen: list[tuple[str | None, str]] = []

    def note(event: RunEvent) -> None:
        ctx = current_run.get()
        seen.append((ctx.run_id if ctx else None, event.type))

    async def parent(ctx: RunContext) -> str:
        await runs.start(Work(nothing)).on("run-started", note)
        return ctx.run_id

    parent_id = await runs.start(Work(parent))
    await runs.start(Work(nothing)).on("run-started", note)
    assert seen == [(parent_id, "run-started"), (None, "run-started")]


@pytest.mark.parametrize("method", [RunHandle.on, RunHandle.once, RunHandle.off])
async def test_an_unknown_type_is_refused(
    runs: Runs, method: Callable[[RunHandle, str, Callable[[RunEvent], object]], RunHandle]
) -> None:
    handle = runs.start(Work(nothing))
    with pytest.raises(InvalidValueError, match='unknown event "text_delta", expected one of'):
        await method(handle, "text_delta", print)
    await handle


async def test_iterating_ends_after_the_terminal_event_and_may_resume(runs: Runs) -> None:
    talk = Talk(3)
    for go in talk.go:
        go.set()
    handle = runs.start(Work(talk))
    whole = await events_of(handle)
    assert [event.seq for event in whole] == [1, 2, 3, 4, 5]
    for after in range(6):
        assert [event async for event in handle.events(after)] == whole[after:]


async def test_waiting_raises_nothing_and_awaiting_does_every_time(runs: Runs) -> None:
    async def fail(ctx: RunContext) -> None:
        raise ValueError("boom")

    handle = runs.start(Work(fail))
    assert (await handle.wait()).status == "failed"
    lengths = []
    for _ in range(3):
        with pytest.raises(Exception, match="boom") as caught:
            await handle
        lengths.append(len(caught.traceback))
    assert lengths[0] == lengths[2]


async def test_a_run_whose_error_nobody_awaits_is_no_fuss(runs: Runs) -> None:
    async def fail(ctx: RunContext) -> None:
        raise ValueError("boom")

    complaints: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: complaints.append(context))
    await runs.start(Work(fail)).wait()
    await anyio.sleep(0.01)
    loop.set_exception_handler(None)
    assert complaints == []


async def test_done_callbacks_come_after_all_listeners(runs: Runs) -> None:
    seen: list[str] = []

    def fail() -> None:
        raise ValueError("boom")

    handle = runs.start(Work(nothing)).on("run-finished", lambda _: seen.append("event"))
    handle.add_done_callback(fail)
    handle.add_done_callback(lambda: seen.append("settled"))
    await handle
    assert seen == ["event", "settled"]
    handle.add_done_callback(lambda: seen.append("late"))
    assert seen == ["event", "settled"]
    await anyio.wait_all_tasks_blocked()
    assert seen == ["event", "settled", "late"]
    assert handle.outcome is not None
    assert handle.outcome.record.status == "completed"


async def test_a_handle_is_used_from_another_thread(runs: Runs) -> None:
    """Everything but awaiting and iterating: as the thread does that executes JavaScript."""
    seen: list[str] = []
    started: list[RunHandle] = []
    settled = threading.Event()

    def work() -> None:
        handle = runs.start(Work(forever), options={"cancel_grace_ms": 10}, name="threaded")
        started.append(handle.on("*", lambda event: seen.append(event.type)))
        handle.add_done_callback(settled.set)
        handle.cancel("from a thread")
        assert handle.status in ("stopping", "stopped")
        settled.wait(5)

    await anyio.to_thread.run_sync(work)
    with pytest.raises(RunStoppedError, match="context canceled: from a thread"):
        await started[0]
    assert seen[-1] == "run-finished"
    assert seen[:-1] in ([], ["run-started", "run-stopping"])


async def test_a_handle_says_what_it_is(runs: Runs) -> None:
    handle = runs.start(Work(nothing))
    assert repr(handle) == f"<RunHandle {handle.id} queued>"
    await handle
    assert repr(handle) == f"<RunHandle {handle.id} completed>"


async def test_delivery_to_those_of_now_can_be_waited_for(runs: Runs) -> None:
    seen: list[str] = []
    handle = runs.start(Work(Talk(1)))
    await handle
    handle = handle.on("*", lambda event: seen.append(event.type))
    handle.listen(lambda events: seen.append(f"batch of {len(events)}"))
    await handle.delivered()
    assert sorted(seen) == ["batch of 3", "run-finished", "run-started", "text-delta"]


async def test_a_handle_reports_diagnostics(runs: Runs) -> None:
    handle = runs.start(Work(forever), options={"cancel_grace_ms": 0})
    handle.diagnose("odd", "something is odd", ValueError("boom"))
    await running(handle)
    handle.cancel()
    (diagnostic,) = bodies(await events_of(handle), Diagnostic)
    assert (diagnostic.code, diagnostic.message) == ("odd", "something is odd: ValueError: boom")


async def test_a_handle_of_a_run_that_is_over_says_nothing_to_the_log(
    runs: Runs, caplog: pytest.LogCaptureFixture
) -> None:
    handle = runs.start(Work(Talk(1)))
    await handle
    handle.diagnose("odd", "something is odd")
    assert caplog.records == []
