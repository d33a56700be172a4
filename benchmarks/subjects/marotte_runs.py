"""Marotte's runs: their events, their end, and many of them at once."""

from __future__ import annotations

import asyncio
import time

from benchmarks.measuring import MICROSECONDS, MILLISECONDS
from benchmarks.subjects import scripts
from marotte import (
    Binding,
    EchoEngine,
    FunctionEngine,
    RunHandle,
    RunStoppedError,
    Runtime,
    Turn,
    host_function,
    load_bindings,
)
from marotte.events import TextDelta
from marotte.inference import EngineContext
from marotte_js.core.engines import EngineObject

__all__ = ["cancel", "events", "replay", "runs", "runs_script"]

REPEATS = 3
CANCELS = 60
RUNS = 1_000
KEPT = 5_000
SPINNING_SECONDS = 0.005
LISTEN = """
import { createSession } from "marotte";
const run = createSession({ engine: flood() }).start("go");
let seen = 0;
run.on("*", () => { seen++; });
await run.promise;
export default seen;
"""
LISTEN_LATE = """
import { createSession } from "marotte";
const run = createSession({ engine: flood() }).start("go");
await run.promise;
const start = performance.now();
let seen = 0;
await new Promise((over) => run.on("*", (event) => {
  seen++;
  if (event.type === "run-finished") over();
}));
export default [seen, performance.now() - start];
"""
CONCURRENT = """
import { createSession, engines } from "marotte";
const all = Array.from({ length: %d }, () =>
  createSession({ engine: engines.echo({ reply: "hello" }) }).start("go").promise);
export default (await Promise.all(all)).length;
"""


async def _flood(turn: Turn, ctx: EngineContext) -> None:
    """Deltas of a text each, because those of one text would be joined."""
    for number in range(scripts.EVENTS):
        await ctx.emit(TextDelta(segment=str(number), delta="hello"))


@host_function
def flood() -> EngineObject:
    """Make an engine that emits events as fast as it may."""
    return EngineObject(FunctionEngine(_flood))


BINDING = Binding(name="flood", functions=[flood], global_names=["flood"])


def events() -> list[float]:
    """From the engine of a run to a listener of the script that started it, in thousands."""

    async def measure() -> list[float]:
        samples = []
        async with Runtime(bindings=[*load_bindings(), BINDING]) as runtime:
            for _ in range(REPEATS):
                start = time.perf_counter()
                seen = await runtime.run_source(LISTEN)
                samples.append(seen / (time.perf_counter() - start) / 1_000)
                assert seen > scripts.EVENTS, seen
        return samples

    return asyncio.run(measure())


def replay() -> list[float]:
    """What the log has kept of such a run to a listener that comes late, in thousands."""

    async def measure() -> list[float]:
        samples = []
        async with Runtime(bindings=[*load_bindings(), BINDING]) as runtime:
            for _ in range(REPEATS):
                seen, milliseconds = await runtime.run_source(LISTEN_LATE)
                samples.append(seen / milliseconds)
                assert seen > KEPT, seen
        return samples

    return asyncio.run(measure())


def cancel() -> list[float]:
    """From the call of `cancel()` to the settlement of the run, its realm freed."""

    async def one(runtime: Runtime) -> float:
        source = f"console.log('here'); {scripts.SPIN}"
        handle = runtime.run_source(source, cancel_grace_ms=0)
        running = asyncio.Event()
        _ = handle.on("output", lambda _: running.set())
        await running.wait()
        await asyncio.sleep(SPINNING_SECONDS)
        start = time.perf_counter()
        handle.cancel()
        await _ended(handle)
        return (time.perf_counter() - start) * MILLISECONDS

    async def measure() -> list[float]:
        async with Runtime() as runtime:
            return [await one(runtime) for _ in range(CANCELS)]

    return asyncio.run(measure())


async def _ended(handle: RunHandle) -> None:
    try:
        await handle
    except RunStoppedError:
        return
    raise AssertionError("a script that spins came to an end")


def runs() -> list[float]:
    """Sessions of their own, all started before the first one ends."""

    async def one(runtime: Runtime) -> float:
        engine = EchoEngine("hello")
        start = time.perf_counter()
        handles = [runtime.session(engine=engine).start("go") for _ in range(RUNS)]
        for handle in handles:
            await handle
        return (time.perf_counter() - start) / RUNS * MICROSECONDS

    async def measure() -> list[float]:
        async with Runtime() as runtime:
            return [await one(runtime) for _ in range(REPEATS)]

    return asyncio.run(measure())


def runs_script() -> list[float]:
    """The same, by one script that awaits them all."""

    limits = {"children": RUNS}

    async def one(runtime: Runtime) -> float:
        start = time.perf_counter()
        assert await runtime.run_source(CONCURRENT % RUNS, limits=limits) == RUNS
        return (time.perf_counter() - start) / RUNS * MICROSECONDS

    async def measure() -> list[float]:
        async with Runtime() as runtime:
            return [await one(runtime) for _ in range(REPEATS)]

    return asyncio.run(measure())
