"""Whoever cancels all tasks of the event loop, as `asyncio.run` does at its end, ends the runs."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import anyio
import pytest
from tests.runs.workloads import running

from marotte import EngineContext, FunctionEngine, Runtime, Turn

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
    assert done.stdout.splitlines() == ["stopped shutdown", "left"]
    assert "ValueError: main fails" in done.stderr if how == "raise" else done.stderr == ""
    assert done.returncode == (1 if how == "raise" else 0)


def test_a_run_whose_tasks_are_all_cancelled_is_stopped() -> None:
    async def slow(turn: Turn, ctx: EngineContext) -> str:
        await anyio.sleep_forever()
        return "never"

    async def cancel_all() -> tuple[str, str | None]:
        async with Runtime() as runtime:
            handle = runtime.session(engine=FunctionEngine(slow)).start("x")
            await running(handle)
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            with anyio.fail_after(5):
                record = await handle.wait()
            return record.status, record.stop_reason

    assert asyncio.run(cancel_all()) == ("stopped", "shutdown")
