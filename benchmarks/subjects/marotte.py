"""Marotte, as an embedder uses it: through its runtime, validation and all."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from pydantic import BaseModel

from benchmarks import models, tools
from benchmarks.measuring import (
    heartbeat_gap,
    kib_each,
    per_item_async,
    resident_kib,
)
from benchmarks.processes import process_milliseconds
from benchmarks.subjects import scripts
from benchmarks.subjects.marotte_runs import cancel, events, replay, runs, runs_script
from benchmarks.subjects.subject import Subject
from marotte import AsyncRealm, Binding, Runtime, ScriptInterrupted, host_function, load_bindings

COMMAND = Path(sys.executable).with_name("marotte")
REALMS = 60
SPIN_SECONDS = 1.0
TOUCH_ALL = """
(async () => {
  const all = [globalThis, await import("marotte")];
  for (const names of all) for (const name of Object.getOwnPropertyNames(names)) names[name];
  new URL("https://example.org/?a=b").searchParams.get("a");
  new TextDecoder().decode(new TextEncoder().encode("text"));
  structuredClone(new Map([[1, { deep: [new Date(0)] }]]));
  const controller = new AbortController();
  controller.signal.addEventListener("abort", () => 0, { once: true });
  controller.abort();
  new EventTarget().dispatchEvent(new CustomEvent("seen", { detail: 1 }));
  crypto.randomUUID();
  performance.now();
  atob(btoa("text"));
  clearTimeout(setTimeout(() => 0, 1000));
  return all.length;
})()
"""


class Thing(BaseModel):
    """What `describe` takes."""

    id: int
    name: str
    tags: list[str]


class Description(BaseModel):
    """What `describe` answers."""

    id: int
    label: str
    tags: list[str]


@host_function
def add(first: int, second: int) -> int:
    """Add two numbers."""
    return first + second


@host_function
def describe(thing: Thing) -> Description:
    """Describe a thing."""
    return Description(id=thing.id, label=thing.name, tags=thing.tags)


@host_function
async def nothing(number: int) -> int:
    """Answer what is given, without waiting for anything."""
    return number


BINDING = Binding(
    name="bench",
    functions=[add, describe, nothing],
    global_names=["add", "describe", "nothing"],
)


def _measured(measure: Callable[[Runtime], Awaitable[list[float]]]) -> list[float]:
    async def within() -> list[float]:
        async with Runtime(bindings=[*load_bindings(), BINDING]) as runtime:
            return await measure(runtime)

    return asyncio.run(within())


async def _realm(runtime: Runtime, source: str) -> AsyncRealm:
    realm = await runtime.realm()
    await realm.evaluate(source)
    return realm


def _create(source: str) -> list[float]:
    async def measure(runtime: Runtime) -> list[float]:
        async def work() -> None:
            for _ in range(REALMS):
                await (await _realm(runtime, source)).aclose()

        return await per_item_async(work, REALMS)

    return _measured(measure)


def _memory(source: str) -> list[float]:
    async def measure(runtime: Runtime) -> list[float]:
        warm = [await _realm(runtime, source) for _ in range(3)]
        before = resident_kib()
        kept = [await _realm(runtime, source) for _ in range(REALMS)]
        sample = kib_each(before, len(kept))
        for realm in (*warm, *kept):
            await realm.aclose()
        return [sample]

    return _measured(measure)


def _calls(source: str, count: int) -> list[float]:
    async def measure(runtime: Runtime) -> list[float]:
        async with await runtime.realm() as realm:
            return await per_item_async(lambda: realm.evaluate(source), count)

    return _measured(measure)


def gap() -> list[float]:
    async def measure(runtime: Runtime) -> list[float]:
        realm = await runtime.realm()
        spinning = asyncio.create_task(realm.evaluate(scripts.SPIN))
        worst = await heartbeat_gap(SPIN_SECONDS)
        realm.interrupt()
        try:
            await spinning
        except ScriptInterrupted:
            return [worst]
        raise AssertionError("a script that spins came to an end")

    return _measured(measure)


def startup() -> list[float]:
    """By `marotte run`."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "empty.js")
        script.write_text("", encoding="utf-8")
        return process_milliseconds(str(COMMAND), "run", str(script))


SUBJECT = Subject(
    "Marotte",
    {
        "startup": startup,
        "create": lambda: _create(scripts.EMPTY),
        "create_all": lambda: _create(TOUCH_ALL),
        "memory": lambda: _memory(scripts.EMPTY),
        "memory_all": lambda: _memory(TOUCH_ALL),
        "call_scalar": lambda: _calls(
            scripts.scalar_calls(scripts.SCALAR_CALLS), scripts.SCALAR_CALLS
        ),
        "call_object": lambda: _calls(
            scripts.object_calls(scripts.OBJECT_CALLS), scripts.OBJECT_CALLS
        ),
        "async_alone": lambda: _calls(
            scripts.async_alone(scripts.ASYNC_CALLS), scripts.ASYNC_CALLS
        ),
        "async_many": lambda: _calls(scripts.async_many(scripts.BURST), scripts.BURST),
        "events": events,
        "replay": replay,
        "cancel": cancel,
        "gap": gap,
        "runs": runs,
        "runs_script": runs_script,
        "model_1": lambda: models.calls(1),
        "model_10": lambda: models.calls(10),
        "model_100": lambda: models.calls(100),
        "tool_1": lambda: tools.calls(1),
        "tool_10": lambda: tools.calls(10),
        "tool_100": lambda: tools.calls(100),
        "delta": models.delta,
    },
)
