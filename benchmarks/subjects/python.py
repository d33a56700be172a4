"""Python alone: what the machine and the interpreter cost before anything else does."""

from __future__ import annotations

import asyncio
import threading

from benchmarks import models, tools
from benchmarks.measuring import heartbeat_gap, per_item, per_item_async
from benchmarks.processes import process_milliseconds
from benchmarks.subjects.functions import add, describe, nothing
from benchmarks.subjects.subject import Subject

CALLS = 100_000
TASKS = 1_000
SPIN_SECONDS = 1.0
NO_SCRIPT = "no scripts"


def call_scalar() -> list[float]:
    def work() -> None:
        for number in range(CALLS):
            add(number, 1)

    return per_item(work, CALLS)


def call_object() -> list[float]:
    def work() -> None:
        for number in range(CALLS):
            describe({"id": number, "name": "n", "tags": ["a", "b"]})

    return per_item(work, CALLS)


def async_alone() -> list[float]:
    async def work() -> None:
        for number in range(TASKS):
            await asyncio.create_task(nothing(number))

    return asyncio.run(per_item_async(work, TASKS))


def async_many() -> list[float]:
    async def work() -> None:
        await asyncio.gather(*(nothing(number) for number in range(TASKS)))

    return asyncio.run(per_item_async(work, TASKS))


def gap() -> list[float]:
    """While a thread of Python spins."""
    over = threading.Event()

    def spin() -> None:
        while not over.is_set():
            pass

    thread = threading.Thread(target=spin)
    thread.start()
    try:
        return [asyncio.run(heartbeat_gap(SPIN_SECONDS))]
    finally:
        over.set()
        thread.join()


SUBJECT = Subject(
    "Python alone",
    {
        "startup": lambda: process_milliseconds("-c", "pass"),
        "call_scalar": call_scalar,
        "call_object": call_object,
        "async_alone": async_alone,
        "async_many": async_many,
        "gap": gap,
        "model_1": lambda: models.bare_calls(1),
        "model_10": lambda: models.bare_calls(10),
        "model_100": lambda: models.bare_calls(100),
        "tool_1": lambda: tools.bare_calls(1),
        "tool_10": lambda: tools.bare_calls(10),
        "tool_100": lambda: tools.bare_calls(100),
    },
    {
        "create": NO_SCRIPT,
        "memory": NO_SCRIPT,
        "events": NO_SCRIPT,
        "cancel": "a thread cannot be cancelled",
        "replay": "no runs",
        "runs": "no runs",
        "runs_script": NO_SCRIPT,
    },
)
