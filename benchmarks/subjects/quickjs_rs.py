"""quickjs-rs: QuickJS in WebAssembly, each context an instance of its own."""

from __future__ import annotations

import asyncio

from quickjs_rs import Context, Runtime, ThreadWorker
from quickjs_rs import TimeoutError as ScriptTimeout

from benchmarks.measuring import heartbeat_gap, kib_each, per_item, per_item_async, resident_kib
from benchmarks.processes import process_milliseconds
from benchmarks.subjects import scripts
from benchmarks.subjects.functions import add, describe, nothing
from benchmarks.subjects.subject import Subject

CONTEXTS = 30
SCALAR_CALLS = 1_000
OBJECT_CALLS = 200
EVENTS = 200
LONG_SECONDS = 600.0
SPIN_SECONDS = 1.0
COMMAND = (
    "from quickjs_rs import Runtime\n"
    "with Runtime() as runtime:\n"
    "    with runtime.new_context() as context:\n"
    f"        context.eval({scripts.EMPTY!r})"
)


def _context(runtime: Runtime) -> Context:
    context: Context = runtime.new_context(timeout=LONG_SECONDS)
    context.eval(scripts.EMPTY)
    return context


def create() -> list[float]:
    """Contexts of one runtime, which is no more than their configuration."""

    def work() -> None:
        with Runtime() as runtime:
            for _ in range(CONTEXTS):
                _context(runtime)

    return per_item(work, CONTEXTS)


def memory() -> list[float]:
    with Runtime() as runtime:
        _context(runtime)
        before = resident_kib()
        kept = [_context(runtime) for _ in range(CONTEXTS)]
        return [kib_each(before, len(kept))]


def _calls(name: str, function: object, source: str, count: int) -> list[float]:
    with Runtime() as runtime:
        context = _context(runtime)
        assert callable(function)
        context.register(name, function)
        return per_item(lambda: context.eval(source), count)


def call_scalar() -> list[float]:
    return _calls("add", add, scripts.scalar_calls(SCALAR_CALLS), SCALAR_CALLS)


def call_object() -> list[float]:
    return _calls("describe", describe, scripts.object_calls(OBJECT_CALLS), OBJECT_CALLS)


def _async_calls(expression: str, count: int) -> list[float]:
    async def measure() -> list[float]:
        with Runtime() as runtime:
            context = _context(runtime)
            context.register("nothing", nothing)
            source = f"await {expression}"
            return await per_item_async(lambda: context.eval_async(source), count)

    return asyncio.run(measure())


def async_alone() -> list[float]:
    return _async_calls(scripts.async_alone(scripts.ASYNC_CALLS), scripts.ASYNC_CALLS)


def async_many() -> list[float]:
    return _async_calls(scripts.async_many(scripts.BURST), scripts.BURST)


def events() -> list[float]:
    with Runtime() as runtime:
        context = _context(runtime)
        listener = context.eval_handle("(text) => { Object.freeze(JSON.parse(text)); }")

        def work() -> None:
            for _ in range(EVENTS):
                listener.call(scripts.EVENT).dispose()

        samples = per_item(work, EVENTS)
        listener.dispose()
    return [1_000 / sample for sample in samples]


def gap() -> list[float]:
    """In its own thread worker, until its timeout."""

    async def spin() -> None:
        with Runtime() as runtime:
            context = runtime.new_context(timeout=SPIN_SECONDS)
            try:
                context.eval(scripts.SPIN)
            except ScriptTimeout:
                return

    async def warm() -> None:
        with Runtime() as runtime:
            _context(runtime)

    async def measure() -> list[float]:
        with ThreadWorker() as worker:
            await worker.run_async(warm())
            spinning = worker.run_async(spin())
            worst = await heartbeat_gap(SPIN_SECONDS)
            await spinning
            return [worst]

    return asyncio.run(measure())


SUBJECT = Subject(
    "quickjs-rs",
    {
        "startup": lambda: process_milliseconds("-c", COMMAND),
        "create": create,
        "memory": memory,
        "call_scalar": call_scalar,
        "call_object": call_object,
        "async_alone": async_alone,
        "async_many": async_many,
        "events": events,
        "gap": gap,
    },
    {
        "cancel": "a timeout set beforehand",
        "replay": "no runs",
        "runs": "no runs",
        "runs_script": "no runs",
    },
)
