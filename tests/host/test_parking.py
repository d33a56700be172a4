"""Synchronous runs park their scripts; nobody else waits for that."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import anyio

from marotte import Runtime

PARKED = """
import { createSession, engines } from "marotte";
const seen = [];
const engine = engines.fromFunction(async (turn, ctx) => {
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    ctx.emit({ type: "text-delta", delta: `${i}` });
  }
});
const timer = setInterval(() => seen.push("timer"), 3);
const session = createSession({ engine });
const inner = createSession({ engine: engines.echo({ reply: "a b c", delayMs: 5 }) });
const background = inner.start("in the background");
background.on("text-delta", () => seen.push("listener"));
const turn = session.run("parked");
clearInterval(timer);
export default [turn.blocks.length, seen.includes("timer"), seen.includes("listener")];
"""

STEADY = """
let n = 0;
while (n < 30) { await new Promise((resolve) => setTimeout(resolve, 1)); n++; }
export default n;
"""


async def test_two_parked_scripts_neither_deadlock_nor_starve_a_third() -> None:
    async with Runtime() as runtime:
        first = runtime.run_source(PARKED)
        second = runtime.run_source(PARKED)
        third = runtime.run_source(STEADY)
        with anyio.fail_after(20):
            assert await third == 30
            assert await first == [1, True, True]
            assert await second == [1, True, True]


async def test_a_parked_script_is_cancelled_from_python() -> None:
    source = """
    import { createSession, engines } from "marotte";
    const session = createSession({ engine: engines.fromFunction(() => new Promise(() => {})) });
    session.run("for ever");
    """
    async with Runtime() as runtime:
        first = runtime.run_source(source, cancel_grace_ms=20)
        second = runtime.run_source(source, cancel_grace_ms=20)
        await anyio.sleep(0.1)
        first.cancel()
        with anyio.fail_after(5):
            assert (await first.wait()).status == "stopped"
        assert second.status == "running"
        second.cancel()
        with anyio.fail_after(5):
            assert (await second.wait()).status == "stopped"
        assert await runtime.run_source("export default 1;") == 1


async def test_stopping_the_parked_run_returns_to_the_script() -> None:
    source = """
    import { createSession, engines } from "marotte";
    const session = createSession({ engine: engines.echo({ reply: "a b c d", delayMs: 50 }) });
    setTimeout(() => session.cancelActive("enough"), 20);
    let told;
    try { session.run("x"); } catch (error) { told = [error.name, error.code]; }
    export default [...told, session.turnCount()];
    """
    async with Runtime() as runtime:
        assert await runtime.run_source(source) == ["RunStoppedError", "user_cancel", 0]


def test_ctrl_c_ends_two_overlapping_parked_calls(tmp_path: Path) -> None:
    script = tmp_path / "parked.mjs"
    script.write_text(
        """
        import { createSession, engines } from "marotte";
        const never = () => createSession({ engine: engines.fromFunction(() => new Promise(() => {})) });
        setTimeout(() => { console.log("ready"); never().run("inner"); }, 10);
        never().run("outer");
        """,
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [Path(sys.executable).with_name("marotte"), "run", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    # Where the first was enough, the second may meet an interpreter that is on its way out.
    assert process.returncode in (130, -signal.SIGINT)
