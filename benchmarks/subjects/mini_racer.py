"""mini-racer: V8, each context an isolate, on threads of its own."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TypeAlias

from py_mini_racer import JSFunction, JSPromise, MiniRacer, PythonJSConvertedTypes

from benchmarks.measuring import (
    MILLISECONDS,
    heartbeat_gap,
    kib_each,
    per_item,
    per_item_async,
    resident_kib,
)
from benchmarks.processes import process_milliseconds
from benchmarks.subjects import scripts
from benchmarks.subjects.subject import Subject

ISOLATES = 20
EVENTS = 2_000
CANCELS = 30
SPIN_SECONDS = 1.0
SPINNING_SECONDS = 0.01
ASYNC_ONLY = "host functions are async only"
COMMAND = f"from py_mini_racer import MiniRacer; MiniRacer().eval({scripts.EMPTY!r})"

Value: TypeAlias = PythonJSConvertedTypes


def _isolate() -> MiniRacer:
    racer = MiniRacer()
    racer.eval(scripts.EMPTY)
    return racer


async def _nothing(number: Value) -> Value:
    return number


def create() -> list[float]:
    def work() -> None:
        for _ in range(ISOLATES):
            _isolate().close()

    return per_item(work, ISOLATES)


def memory() -> list[float]:
    warm = _isolate()
    before = resident_kib()
    kept = [_isolate() for _ in range(ISOLATES)]
    sample = kib_each(before, len(kept))
    for racer in (warm, *kept):
        racer.close()
    return [sample]


def _async_calls(expression: str, count: int) -> list[float]:
    async def measure() -> list[float]:
        racer = _isolate()
        async with racer.wrap_py_function(_nothing) as nothing:
            keep = racer.eval("(nothing) => { globalThis.nothing = nothing; }")
            assert isinstance(keep, JSFunction)
            keep(nothing)

            async def work() -> None:
                promise = racer.eval(expression)
                assert isinstance(promise, JSPromise)
                await promise

            return await per_item_async(work, count)

    return asyncio.run(measure())


def async_alone() -> list[float]:
    return _async_calls(scripts.async_alone(scripts.ASYNC_CALLS), scripts.ASYNC_CALLS)


def async_many() -> list[float]:
    return _async_calls(scripts.async_many(scripts.BURST), scripts.BURST)


def events() -> list[float]:
    racer = _isolate()
    listener = racer.eval("(text) => { Object.freeze(JSON.parse(text)); }")
    assert isinstance(listener, JSFunction)

    def work() -> None:
        for _ in range(EVENTS):
            listener(scripts.EVENT)

    return [1_000 / sample for sample in per_item(work, EVENTS)]


def cancel() -> list[float]:
    """Until the isolate answers again."""

    async def one(racer: MiniRacer) -> float:
        spinning = asyncio.create_task(racer.eval_cancelable(scripts.SPIN))
        await asyncio.sleep(SPINNING_SECONDS)
        start = time.perf_counter()
        spinning.cancel()
        with suppress(asyncio.CancelledError):
            await spinning
        await racer.eval_cancelable(scripts.EMPTY)
        return (time.perf_counter() - start) * MILLISECONDS

    async def measure() -> list[float]:
        racer = _isolate()
        return [await one(racer) for _ in range(CANCELS)]

    return asyncio.run(measure())


def gap() -> list[float]:
    async def measure() -> list[float]:
        spinning = asyncio.create_task(_isolate().eval_cancelable(scripts.SPIN))
        await asyncio.sleep(SPINNING_SECONDS)
        worst = await heartbeat_gap(SPIN_SECONDS)
        spinning.cancel()
        with suppress(asyncio.CancelledError):
            await spinning
        return [worst]

    return asyncio.run(measure())


SUBJECT = Subject(
    "mini-racer",
    {
        "startup": lambda: process_milliseconds("-c", COMMAND),
        "create": create,
        "memory": memory,
        "async_alone": async_alone,
        "async_many": async_many,
        "events": events,
        "cancel": cancel,
        "gap": gap,
    },
    {
        "call_scalar": ASYNC_ONLY,
        "call_object": ASYNC_ONLY,
        "replay": "no runs",
        "runs": "no runs",
        "runs_script": "no runs",
    },
)
