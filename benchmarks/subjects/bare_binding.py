"""The engine that Marotte is built on, without Marotte: PyPI's quickjs-bindings."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable

import quickjs

from benchmarks.measuring import (
    MILLISECONDS,
    heartbeat_gap,
    kib_each,
    per_item,
    resident_kib,
)
from benchmarks.processes import process_milliseconds
from benchmarks.subjects import scripts
from benchmarks.subjects.functions import add, describe
from benchmarks.subjects.subject import Subject

CONTEXTS = 200
CANCELS = 30
SPIN_SECONDS = 1.0
SPINNING_SECONDS = 0.01


def _context() -> quickjs.Context:
    context = quickjs.Context(quickjs.Runtime())
    context.eval(scripts.EMPTY)
    return context


def _describe(text: str) -> str:
    return json.dumps(describe(json.loads(text)))


def create() -> list[float]:
    def work() -> None:
        for _ in range(CONTEXTS):
            _context()

    return per_item(work, CONTEXTS)


def memory() -> list[float]:
    _context()
    before = resident_kib()
    kept = [_context() for _ in range(CONTEXTS)]
    return [kib_each(before, len(kept))]


def call_scalar() -> list[float]:
    context = _context()
    context.set("add", add)
    source = scripts.scalar_calls(scripts.SCALAR_CALLS)
    return per_item(lambda: context.eval(source), scripts.SCALAR_CALLS)


def call_object() -> list[float]:
    """As JSON: the binding has no other way that survives deep or cyclic objects."""
    context = _context()
    context.set("describeText", _describe)
    context.eval("var describe = (o) => JSON.parse(describeText(JSON.stringify(o)))")
    source = scripts.object_calls(scripts.OBJECT_CALLS)
    return per_item(lambda: context.eval(source), scripts.OBJECT_CALLS)


def events() -> list[float]:
    context = _context()
    listener = context.eval("var seen = 0; (text) => { Object.freeze(JSON.parse(text)); seen++; }")

    def work() -> None:
        for _ in range(scripts.EVENTS):
            listener(scripts.EVENT)

    return [1_000 / sample for sample in per_item(work, scripts.EVENTS)]


def _spinning(over: Callable[[], bool]) -> threading.Thread:
    """A thread in which a script spins until it is told that it is over."""

    def spin() -> None:
        context = _context()
        context.runtime.set_interrupt_handler(over)
        try:
            context.eval(scripts.SPIN)
        except quickjs.JSError:
            return

    thread = threading.Thread(target=spin)
    thread.start()
    return thread


def cancel() -> list[float]:
    samples = []
    for _ in range(CANCELS):
        over = threading.Event()
        thread = _spinning(over.is_set)
        time.sleep(SPINNING_SECONDS)
        start = time.perf_counter()
        over.set()
        thread.join()
        samples.append((time.perf_counter() - start) * MILLISECONDS)
    return samples


def gap() -> list[float]:
    """With an interrupt handler that is a plain Python function."""
    over = threading.Event()
    thread = _spinning(over.is_set)
    try:
        return [asyncio.run(heartbeat_gap(SPIN_SECONDS))]
    finally:
        over.set()
        thread.join()


def startup() -> list[float]:
    return process_milliseconds("-c", f"import quickjs; quickjs.eval({scripts.EMPTY!r})")


SUBJECT = Subject(
    "bare binding",
    {
        "startup": startup,
        "create": create,
        "memory": memory,
        "call_scalar": call_scalar,
        "call_object": call_object,
        "events": events,
        "cancel": cancel,
        "gap": gap,
    },
    {
        "async_alone": "no async host functions",
        "async_many": "no async host functions",
        "replay": "no runs",
        "runs": "no runs",
        "runs_script": "no runs",
    },
)
