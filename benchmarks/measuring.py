"""How samples are taken: the time of a piece of work, and the memory that things hold."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

__all__ = [
    "MICROSECONDS",
    "MILLISECONDS",
    "at_a_time",
    "heartbeat_gap",
    "kib_each",
    "per_item",
    "per_item_async",
]

MICROSECONDS = 1e6
MILLISECONDS = 1e3
REPEATS = 3
BEAT_SECONDS = 0.001
STATM = Path("/proc/self/statm")


def per_item(action: Callable[[], object], items: int, *, repeats: int = REPEATS) -> list[float]:
    """Do something that works through `items`, several times; microseconds for each item.

    One more time goes before, which is not counted.
    """
    action()
    samples = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        samples.append((time.perf_counter() - start) / items * MICROSECONDS)
    return samples


async def per_item_async(
    action: Callable[[], Awaitable[object]], items: int, *, repeats: int = REPEATS
) -> list[float]:
    """As :func:`per_item`, of something that is awaited."""
    await action()
    samples = []
    for _ in range(repeats):
        start = time.perf_counter()
        await action()
        samples.append((time.perf_counter() - start) / items * MICROSECONDS)
    return samples


async def at_a_time(count: int, action: Callable[[], Awaitable[object]], times: int) -> None:
    """Do something `times` times, `count` of them at once."""
    left = iter(range(times))
    await asyncio.gather(*(_drain(action, left) for _ in range(count)))


async def _drain(action: Callable[[], Awaitable[object]], left: Iterator[int]) -> None:
    for _ in left:
        await action()


def kib_each(before: int, count: int) -> float:
    """KiB of resident memory for each of `count` things made since :func:`resident_kib` said."""
    return (resident_kib() - before) / count


def resident_kib() -> int:
    """The resident memory of this process, in KiB, after a collection.

    Raises:
        OSError: The system does not tell (it is told by Linux).
    """
    gc.collect()
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


async def heartbeat_gap(seconds: float) -> float:
    """How late the latest beat of this event loop was, in milliseconds.

    It beats every millisecond.

    Args:
        seconds: For how long to look.
    """
    worst, last = 0.0, time.perf_counter()
    end = last + seconds
    while last < end:
        await asyncio.sleep(BEAT_SECONDS)
        now = time.perf_counter()
        worst, last = max(worst, now - last - BEAT_SECONDS), now
    return worst * MILLISECONDS
