"""Scripts that give more events than the log can take are slowed down, and stay stoppable."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
from tests.runs.workloads import FaultyLog, events_of, until

from marotte import Runtime
from marotte.events import OutputEvent, TextDeltaEvent
from marotte.runs import RunHandle
from marotte.runs.outbox import MAX_UNDELIVERED

CONSOLE = "for (let i = 0; ; i++) console.log(i);"
ENGINE = """
import { createSession, engines } from "marotte";
const engine = engines.fromFunction((turn, ctx) => {
  for (let i = 0; ; i++) ctx.emit({ type: "text-delta", delta: `${i} ` });
});
await createSession({ engine }).start("x").promise;
"""
PLUGIN = ENGINE.replace('"text-delta", delta: `${i} `', '"acme.count", data: { i }')
FLOODS = pytest.mark.parametrize("source", [CONSOLE, ENGINE, PLUGIN], ids=["log", "delta", "event"])


@pytest.fixture
async def slow() -> AsyncIterator[Runtime]:
    """A runtime whose log takes its time for each batch."""
    log = FaultyLog()
    log.append_delay = 0.05
    async with Runtime(log=log) as runtime:
        yield runtime


def undelivered(runtime: Runtime) -> int:
    return max((each.run.outbox.on_the_way for each in runtime.runs.active()), default=0)


async def flooding(runtime: Runtime, source: str) -> RunHandle:
    """Start a script, and wait until it is held."""
    handle = runtime.run_source(source, cancel_grace_ms=100)
    await until(lambda: undelivered(runtime) >= MAX_UNDELIVERED)
    return handle


@FLOODS
async def test_memory_is_bounded_and_others_are_served(slow: Runtime, source: str) -> None:
    handle = await flooding(slow, source)
    most = 0
    for _ in range(20):
        served = await slow.run_source("export default 1;").wait()
        assert served.status == "completed"
        most = max(most, undelivered(slow))
    handle.cancel()
    await handle.wait()
    assert most <= MAX_UNDELIVERED + 10


@FLOODS
@pytest.mark.parametrize("mode", ["cancel", "stop", "deadline"])
async def test_the_end_waits_for_a_batch_or_two(slow: Runtime, source: str, mode: str) -> None:
    options: dict[str, Any] = {"timeout_ms": 500} if mode == "deadline" else {}
    handle = slow.run_source(source, cancel_grace_ms=100, grace_ms=50, **options)
    if mode != "deadline":
        await until(lambda: undelivered(slow) >= MAX_UNDELIVERED)
        (handle.stop if mode == "stop" else handle.cancel)()
    with anyio.fail_after(3):
        record = await handle.wait()
    assert record.status == ("timed_out" if mode == "deadline" else "stopped")
    assert record.halt == "forced"


async def test_what_was_written_is_there_once_and_in_order(slow: Runtime) -> None:
    handle = slow.run_source("for (let i = 0; i < 3_000; i++) console.log(i);")
    texts = [event.text for event in await events_of(handle) if isinstance(event, OutputEvent)]
    assert texts == [str(number) for number in range(3_000)]


async def test_deltas_are_there_once_and_in_order(slow: Runtime) -> None:
    source = ENGINE.replace("; ; i++", "; i < 3_000; i++")
    handle = slow.run_source(source)
    await until(lambda: any(run.record.kind == "turn" for run in slow.runs.active()))
    (turn,) = [run for run in slow.runs.active() if run.record.kind == "turn"]
    text = [event.delta for event in await events_of(turn) if isinstance(event, TextDeltaEvent)]
    assert "".join(text) == "".join(f"{number} " for number in range(3_000))
    await handle
