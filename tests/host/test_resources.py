"""Scripts leave nothing behind, however many runs they start."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from pathlib import Path

import anyio
import pytest

from marotte import MemoryRunLog, Runtime

MANY = """
import { createSession, engines, agents } from "marotte";
const engine = engines.fromFunction((turn, ctx) => { ctx.signal.aborted; ctx.emit({ type: "text-delta", delta: "x" }); });
agents.define("agent", (input) => input);
for (let i = 0; i < COUNT; i++) {
  const session = createSession({ engine });
  const run = session.start("x", { timeoutMs: 60_000, signal: new AbortController().signal });
  run.on("*", () => {}).once("text-delta", () => {});
  if (i % 7 === 0) run.cancel();
  if (i % 5 === 0) for await (const event of run) if (event.seq > 2) break;
  try { await run.promise; } catch {}
  if (i % 3 === 0) await agents.call("agent", i);
}
"""


async def _left_after(runtime: Runtime, count: int) -> tuple[int, int, int]:
    """Run a script that starts so many runs; answers objects, tasks and threads afterwards."""
    await runtime.run_source(MANY.replace("COUNT", str(count)), cancel_grace_ms=0)
    await runtime.run_source("")  # The log keeps one finished run: let it be a small one.
    for _ in range(500):
        if runtime.statistics().loop.realms == 0:
            break
        await anyio.sleep(0.01)
    assert runtime.statistics().loop.realms == 0
    assert runtime.statistics().runs.active == 0
    await anyio.wait_all_tasks_blocked()
    gc.collect()
    return len(gc.get_objects()), len(asyncio.all_tasks()), threading.active_count()


async def _grown(few: int, many: int) -> tuple[int, int, int]:
    async with Runtime(log=MemoryRunLog(keep_finished=1)) as runtime:
        before = await _left_after(runtime, few)
        after = await _left_after(runtime, many)
    return after[0] - before[0], after[1] - before[1], after[2] - before[2]


async def test_nothing_is_left_of_many_runs_of_a_script() -> None:
    objects, tasks, threads = await _grown(30, 300)
    assert objects < 300
    assert (tasks, threads) == (0, 0)


def _resident_bytes() -> int:
    """What the process holds in memory, the engine's heaps included (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_nothing_is_left_of_ten_thousand_runs_of_a_script() -> None:
    async with Runtime(log=MemoryRunLog(keep_finished=1)) as runtime:
        await _left_after(runtime, 1_000)
        before, held = await _left_after(runtime, 1_000), _resident_bytes()
        after = await _left_after(runtime, 10_000)
        assert _resident_bytes() - held < 16 * 1024 * 1024
    assert after[0] - before[0] < 300
    assert after[1:] == before[1:]
