"""Runs leave nothing behind: no memory, no task, no thread, and no process that cannot exit."""

import asyncio
import gc
import subprocess
import sys
import textwrap
import threading
import time

import anyio
import pytest
from tests.runs.workloads import SLACK, TurnWork, Work, answer, nothing, until

from marotte.conversation import Session
from marotte.events import MemoryRunLog, TextDelta
from marotte.runs import RunContext, RunHandle, Runs, StopToken, open_runs


async def _busy(ctx: RunContext) -> None:
    """Use a bit of everything."""
    ctx.add_cleanup(lambda: None)
    async with ctx.call():
        await ctx.emit(TextDelta(segment="1", delta="x"))
    await answer(ctx)


async def _one_of_each(runs: Runs, token: StopToken, number: int) -> None:
    options = {"cancel_token": token, "cancel_grace_ms": 0, "timeout_ms": 60_000}
    session = Session()
    seen: list[str] = []
    handle = runs.start(TurnWork(_busy), session=session, seed="hello", options=options)
    handle = handle.on("*", lambda event: seen.append(event.type))
    if number % 5 == 0:
        handle.cancel()
    await handle.wait()
    assert seen[-1] == "run-finished"


async def _grow(rounds: int) -> tuple[int, int]:
    """Return how many objects there are after some runs, and after many more."""
    tasks = len(asyncio.all_tasks())
    async with open_runs(MemoryRunLog(keep_finished=20)) as runs:
        token = StopToken()
        counts = []
        for batch in (100, rounds):
            for number in range(batch):
                await _one_of_each(runs, token, number)
            await anyio.wait_all_tasks_blocked()
            gc.collect()
            counts.append(len(gc.get_objects()))
        assert len(asyncio.all_tasks()) == tasks
        assert runs.statistics().active == 0
    return counts[0], counts[1]


async def test_memory_tasks_and_threads_stay_flat_over_many_runs() -> None:
    threads = threading.active_count()
    before, after = await _grow(1_000)
    assert after - before < 300
    assert threading.active_count() <= threads


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_memory_stays_flat_over_ten_thousand_runs() -> None:
    before, after = await _grow(10_000)
    assert after - before < 300


async def test_a_long_run_with_many_listeners_forgets_those_that_are_gone(runs: Runs) -> None:
    go = anyio.Event()

    async def wait(ctx: RunContext) -> None:
        await go.wait()

    handle = runs.start(Work(wait))
    for _ in range(200):
        handle.listen(lambda events: None).close()
        handle = handle.on("*", print).off("*", print)
    go.set()
    await handle
    assert handle.run.emitter.readers == 0


async def test_a_chain_of_runs_is_not_kept_by_its_last_one(runs: Runs) -> None:
    """A run started by a listener of another is none of its children."""
    finished: list[str] = []

    def again(event: object) -> None:
        if len(finished) < 50:
            finished.append("x")
            started.append(runs.start(Work(nothing), parent=None).on("run-finished", again))

    started: list[RunHandle] = []
    await runs.start(Work(nothing)).on("run-finished", again)
    await until(lambda: runs.statistics().active == 0)
    assert len(finished) == 50


WEDGED = {
    "in a thread": "FunctionEngine(lambda turn, ctx: time.sleep(60))",
    "on the loop": "FunctionEngine(stubborn)",
}


@pytest.mark.parametrize("engine", WEDGED.values(), ids=WEDGED)
def test_the_interpreter_exits_with_a_wedged_engine(engine: str) -> None:
    program = f"""
        import asyncio, time
        import anyio
        from marotte.conversation import Session
        from marotte.inference import FunctionEngine, TurnComputation
        from marotte.runs import open_runs

        async def stubborn(turn, ctx):
            while True:
                try:
                    await anyio.sleep_forever()
                except asyncio.CancelledError:
                    pass

        async def main():
            async with open_runs() as runs:
                handle = runs.start(
                    TurnComputation({engine}),
                    session=Session(),
                    seed="hello",
                    options={{"timeout_ms": 200, "cancel_grace_ms": 20}},
                )
                record = await handle.wait()
                print(record.status, record.halt, record.halted)

        anyio.run(main)
        print(time.time())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    outcome, ended = done.stdout.splitlines()
    assert outcome == "timed_out wedged False"
    assert time.time() - float(ended) < 1 + SLACK
    assert done.stderr == ""
