"""Cleanups run once each, last first, before the terminal event, within bounds."""

import asyncio
import time
from functools import partial

import anyio
import pytest
from tests.runs.workloads import SLACK, Work, bodies, events_of, forever, running, stubborn

from marotte.events import Diagnostic
from marotte.runs import RunContext, Runs, RunStoppedError

GRACES = {"grace_ms": 30, "cancel_grace_ms": 30}


class Cleaning:
    """A computation that adds cleanups and ends in a given way."""

    def __init__(self, end: str = "return") -> None:
        self.end = end
        self.cleaned: list[str] = []
        self.statuses: list[str] = []

    async def __call__(self, ctx: RunContext) -> None:
        for name in ("first", "second"):
            ctx.add_cleanup(partial(self.cleaned.append, name))
        ctx.add_cleanup(self.later)
        if self.end == "raise":
            raise ValueError("boom")
        if self.end == "forever":
            await forever(ctx)
        if self.end == "stubborn":
            await stubborn(ctx)

    async def later(self) -> None:
        await anyio.sleep(0.001)
        self.cleaned.append("later")


@pytest.mark.parametrize("end", ["return", "raise", "forever", "stubborn"])
async def test_each_cleanup_runs_once_whatever_the_end(runs: Runs, end: str) -> None:
    work = Cleaning(end)
    cleaned_when_told: list[int] = []
    handle = runs.start(Work(work), options=GRACES)
    handle = handle.on("run-finished", lambda _: cleaned_when_told.append(len(work.cleaned)))
    await running(handle)
    if end in ("forever", "stubborn"):
        handle.cancel()
    await handle.wait()
    assert work.cleaned == ["later", "second", "first"]
    assert cleaned_when_told == [3]


async def test_a_cleanup_may_add_another_and_use_the_runs_context(runs: Runs) -> None:
    cleaned: list[str] = []

    async def work(ctx: RunContext) -> None:
        ctx.add_cleanup(lambda: ctx.add_cleanup(lambda: cleaned.append("added")))

    handle = runs.start(Work(work))
    await handle
    assert cleaned == ["added"]


async def test_a_failing_cleanup_is_reported_and_disturbs_no_other(runs: Runs) -> None:
    cleaned: list[str] = []

    def fail() -> None:
        raise ValueError("boom")

    async def work(ctx: RunContext) -> str:
        ctx.add_cleanup(lambda: cleaned.append("other"))
        ctx.add_cleanup(fail)
        return "done"

    handle = runs.start(Work(work))
    assert await handle == "done"
    assert cleaned == ["other"]
    (diagnostic,) = bodies(await events_of(handle), Diagnostic)
    assert diagnostic.code == "cleanup-failed"
    assert "fail: ValueError: boom" in diagnostic.message
    assert "test_cleanups.py" in (diagnostic.stack or "")


@pytest.mark.parametrize("hang", [anyio.sleep_forever, "stubborn"])
async def test_a_hanging_cleanup_of_a_cancelled_run_is_cut_and_reported(
    runs: Runs, hang: object
) -> None:
    cleaned: list[str] = []

    async def hanging() -> None:
        while True:
            try:
                await anyio.sleep_forever()
            except asyncio.CancelledError:
                if hang != "stubborn":
                    raise

    async def work(ctx: RunContext) -> None:
        ctx.add_cleanup(lambda: cleaned.append("other"))
        ctx.add_cleanup(hanging)
        await forever(ctx)

    handle = runs.start(Work(work), options=GRACES)
    await running(handle)
    asked = time.monotonic()
    handle.cancel()
    with pytest.raises(RunStoppedError):
        await handle
    assert time.monotonic() - asked < 0.03 + 0.1 + SLACK
    assert cleaned == ["other"]
    assert [each.code for each in bodies(await events_of(handle), Diagnostic)] == ["cleanup-cut"]


async def test_cleanups_of_a_completed_run_have_a_second_and_a_cancel_cuts_that(runs: Runs) -> None:
    async def work(ctx: RunContext) -> None:
        ctx.add_cleanup(lambda: anyio.sleep(60))
        began.set()

    began = anyio.Event()
    handle = runs.start(Work(work), options=GRACES)
    await began.wait()
    begun = time.monotonic()
    record = await handle.wait()
    assert record.status == "completed"
    assert 1 <= time.monotonic() - begun < 1 + SLACK

    began = anyio.Event()
    handle = runs.start(Work(work), options=GRACES)
    await began.wait()
    await anyio.sleep(0.05)
    begun = time.monotonic()
    handle.cancel()
    assert (await handle.wait()).status == "stopped"
    assert time.monotonic() - begun < 0.03 + 0.1 + SLACK


async def test_a_cleanup_that_comes_too_late_is_refused(runs: Runs) -> None:
    kept: list[RunContext] = []

    async def work(ctx: RunContext) -> None:
        kept.append(ctx)

    await runs.start(Work(work))
    with pytest.raises(RunStoppedError, match="run is finished"):
        kept[0].add_cleanup(lambda: None)
