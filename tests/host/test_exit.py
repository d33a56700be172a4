"""Nothing keeps a process from exiting."""

from __future__ import annotations

import subprocess
import sys
import time

WEDGED = """
import asyncio, threading, time
from marotte import FunctionEngine, Runtime

def wedged(turn, ctx):
    while True:
        time.sleep(3600)

async def main():
    async with Runtime() as runtime:
        handle = runtime.session(engine=FunctionEngine(wedged)).start("x", timeout_ms=50)
        record = await handle.wait()
        print(record.status, record.halt, record.halted, flush=True)
        next = await runtime.session(engine=FunctionEngine(lambda turn, ctx: "still")).start("y")
        print(next.text, flush=True)
        print("leaving", time.time(), flush=True)

asyncio.run(main())
"""


def test_a_wedged_engine_does_not_hold_the_interpreter() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WEDGED], capture_output=True, text=True, timeout=30, check=False
    )
    ended = time.time()
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:2] == ["timed_out wedged False", "still"]
    assert ended - float(lines[2].split()[1]) < 1
    assert done.stderr == ""
