"""What callbacks raise is their own error, whatever it is: it ends no task, run or program."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine

import pytest
from tests.runs.workloads import Work, bodies, events_of, forever, nothing, running, stubborn

from marotte.events import Diagnostic, RunEvent
from marotte.runs import RunContext, RunHandle, Runs
from marotte.runs.containment import awaited

KINDS = pytest.mark.parametrize(
    "kind",
    [ValueError, asyncio.CancelledError, SystemExit, GeneratorExit],
    ids=lambda k: k.__name__,
)


def listen(handle: RunHandle, fail: Callable[..., None]) -> None:
    _ = handle.on("run-started", fail)


def listen_async(handle: RunHandle, fail: Callable[..., None]) -> None:
    async def callback(event: RunEvent) -> None:
        fail()

    _ = handle.on("run-started", callback)


def listen_in_batches(handle: RunHandle, fail: Callable[..., None]) -> None:
    handle.listen(fail)


def listen_to_the_tree(handle: RunHandle, fail: Callable[..., None]) -> None:
    handle.tree().on("*", fail)


def listen_async_to_the_tree(handle: RunHandle, fail: Callable[..., None]) -> None:
    async def callback(event: RunEvent) -> None:
        fail()

    handle.tree().on("*", callback)


@KINDS
@pytest.mark.parametrize(
    "add",
    [listen, listen_async, listen_in_batches, listen_to_the_tree, listen_async_to_the_tree],
    ids=lambda add: add.__name__,
)
async def test_a_listener_that_raises_is_reported_and_disturbs_nobody(
    runs: Runs, add: Callable[[RunHandle, Callable[..., None]], None], kind: type[BaseException]
) -> None:
    def fail(*_: object) -> None:
        raise kind("boom")

    async def work(ctx: RunContext) -> str:
        await asyncio.sleep(0.02)
        return "done"

    other, handle = runs.start(Work(work)), runs.start(Work(work))
    heard: list[str] = []
    add(handle, fail)
    handle = handle.on("*", lambda event: heard.append(event.type))
    assert [await handle, await other] == ["done", "done"]
    (told,) = bodies(await events_of(handle), Diagnostic)
    assert "boom" in told.message
    assert heard == ["run-started", "diagnostic", "run-finished"]


@KINDS
@pytest.mark.parametrize("how", ["sync", "async", "cleanup"])
async def test_code_of_a_run_that_raises_has_failed(
    runs: Runs, how: str, kind: type[BaseException]
) -> None:
    def fail() -> None:
        raise kind("boom")

    async def work(ctx: RunContext) -> None:
        if how == "cleanup":
            ctx.add_cleanup(fail)
        elif how == "async":
            await asyncio.sleep(0)
            fail()
        else:
            fail()

    handle = runs.start(Work(work))
    record = await handle.wait()
    events = await events_of(handle)
    if how == "cleanup":
        (told,) = bodies(events, Diagnostic)
        assert (record.status, told.code) == ("completed", "cleanup-failed")
    else:
        assert record.status == "failed"
        assert record.error is not None
    assert (await runs.start(Work(nothing)).wait()).status == "completed"


@KINDS
async def test_a_callback_that_raises_is_logged(
    runs: Runs, kind: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise kind("boom")

    handle = runs.start(Work(forever), options={"cancel_grace_ms": 0})
    handle.add_done_callback(fail)
    handle.token.add_listener(fail)
    await running(handle)
    with caplog.at_level(logging.ERROR):
        assert handle.cancel()
        assert (await handle.wait()).status == "stopped"
        await asyncio.sleep(0)
    assert caplog.text.count("boom") >= 2


async def test_a_listener_that_is_cancelled_for_real_ends(runs: Runs) -> None:
    ended: list[str] = []

    async def callback(event: RunEvent) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    handle = runs.start(Work(nothing)).on("run-started", callback)
    await handle
    await asyncio.sleep(0)
    await runs.shutdown()
    assert ended == ["cancelled"]
    assert bodies(await events_of(handle), Diagnostic) == []


def test_closing_what_a_loop_has_left_behind_is_no_error() -> None:
    async def callback() -> None:
        await asyncio.sleep(60)

    async def leave_behind() -> Coroutine[None, None, None]:
        coroutine = awaited(callback())
        coroutine.send(None)
        return coroutine

    asyncio.run(leave_behind()).close()


async def test_an_interrupt_that_raises_ends_as_one_that_does_nothing(runs: Runs) -> None:
    class Stubborn(Work[None]):
        def interrupt(self) -> None:
            raise asyncio.CancelledError("boom")

    handle = runs.start(Stubborn(stubborn), options={"cancel_grace_ms": 0})
    await running(handle)
    handle.cancel()
    record = await handle.wait()
    assert (record.status, record.stop_reason, record.halt) == ("stopped", "user_cancel", "wedged")
