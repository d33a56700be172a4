"""Whoever cancels all tasks of the event loop, as `asyncio.run` does at its end, ends the runs."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from contextlib import suppress

import anyio
import pytest

from marotte import EngineContext, FunctionEngine, RunHandle, Runtime, Turn

IN_BACKGROUND = """
import asyncio, sys
from marotte import FunctionEngine, Runtime

async def slow(turn, ctx):
    await asyncio.sleep(60)

async def serve(how):
    try:
        async with Runtime() as runtime:
            if how == "script":
                handle = runtime.run_source("await new Promise(() => setTimeout(() => 0, 60000))")
            elif how == "spin":
                handle = runtime.run_source("for (;;) {}")
            else:
                handle = runtime.session(engine=FunctionEngine(slow)).start("x")
            record = lambda: handle.record
            handle.add_done_callback(lambda: print(record().status, record().stop_reason))
            handle.on("run-finished", lambda event: print("heard", flush=True))
            handle.tree().on("run-finished", lambda event: print("heard", flush=True))
            if how == "await":
                await handle
            if how == "iterate":
                async for event in handle:
                    pass
            await asyncio.sleep(60)
    finally:
        print("left", flush=True)

async def main(how):
    background = asyncio.create_task(serve(how))
    await asyncio.sleep(0.3)
    if how == "raise":
        raise ValueError("main fails")

asyncio.run(main(sys.argv[1]))
"""


@pytest.mark.parametrize("how", ["engine", "script", "spin", "await", "iterate", "raise"])
def test_a_runtime_in_the_background_ends_with_the_program(how: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IN_BACKGROUND, how],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert sorted(done.stdout.splitlines()) == ["heard", "heard", "left", "stopped shutdown"]
    assert "ValueError: main fails" in done.stderr if how == "raise" else done.stderr == ""
    assert done.returncode == (1 if how == "raise" else 0)


# A task group says so of a task that is cancelled before it has begun.
@pytest.mark.filterwarnings("ignore:coroutine 'Runs._watch' was never awaited")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("turns", range(1, 12))
def test_a_run_whose_tasks_are_all_cancelled_is_stopped(turns: int) -> None:
    async def slow(turn: Turn, ctx: EngineContext) -> str:
        await anyio.sleep_forever()
        return "never"

    handles: list[RunHandle] = []

    async def cancel_all() -> None:
        async with asyncio.timeout(5), Runtime() as runtime:
            handle = runtime.session(engine=FunctionEngine(slow)).start("x")
            handles.append(handle)
            for _ in range(turns):
                await asyncio.sleep(0)
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            # Cancelled too, where a task of the runtime was before it had begun.
            await handle.wait()

    with suppress(asyncio.CancelledError):
        asyncio.run(cancel_all())
    gc.collect()  # What is complained of is complained of here.
    (handle,) = handles
    assert (handle.status, handle.record.stop_reason) == ("stopped", "shutdown")
    assert handle.outcome is not None
