"""When the engine asks whether to go on: often enough in time, and as its heap grows.

On its own the engine counts calls and jumps to ten thousand, and one of those may take a built-in a
tenth of a second or allocate megabytes. Where its countdown can be reached, the next number of
steps is set after how long the last ones took and how much they allocated. Between two questions a
script may still turn from cheap steps to dear ones; so a canary in the heap, garbage from the
start, is collected with the rest whenever the heap has grown by half, and then the engine asks at
once. Each time the heap is held against its soft limit here, without troubling the host: far from
the hard limit, where the engine itself is not to be trusted.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from marotte.realm.engine import EngineLimits
from marotte.realm.trampolines import FATAL, Holder

__all__ = ["Heap", "interrupt_handler", "plant_canary"]

MAX_STEPS = 1000
POLL_SECONDS = 0.001
TAKEN_SECONDS = 20e-6
BRIEF_SECONDS = 0.004
EAGER_SECONDS = 0.01
OFTEN_SECONDS = 0.0002
ROOM_SHARE = 8
CANARY_ROOM_BYTES = 64 * 1024
FULL_SHARE = 0.9
WALK_SECONDS = 0.01
WALK_SHARE = 10


class _Canary:
    """Python's finalizer for it runs in the midst of a collection, so it only leaves a note."""

    __slots__ = ("_holder",)

    def __init__(self, holder: Holder) -> None:
        self._holder = holder

    def __del__(self) -> None:
        holder = self._holder
        holder.collected = True
        if holder.gauges is not None:
            holder.gauges.countdown.value = 1


def plant_canary(holder: Holder) -> None:
    """Leave a cycle of garbage in the heap, whose end is noticed."""
    holder.collected = False
    cage = holder.context.new_object()
    cage.set("canary", holder.context.new_host_object(_Canary(holder)))
    cage.set("cage", cage)


def _steps(steps: int, took: float, grown: int, room: int) -> int:
    """How many steps to take until the next question, after `steps` that were as they were."""
    following = min(2 * steps, MAX_STEPS)
    if took > POLL_SECONDS:
        following = int(steps * POLL_SECONDS / took)
    if grown > 0:
        following = min(following, int(steps * max(room, 0) / (ROOM_SHARE * grown)))
    return max(following, 1)


class Heap:
    """Holds the heap against its soft limit; the one place where that is done.

    Where the engine's own count cannot be reached, asking for it walks the whole heap, which is
    then done so seldom that it costs little.
    """

    def __init__(self, holder: Holder, soft_limit: int) -> None:
        self._holder = holder
        self._soft_limit = soft_limit
        self._next_walk = 0.0

    @property
    def used(self) -> int:
        """Bytes allocated."""
        gauges = self._holder.gauges
        return self._walked() if gauges is None else gauges.memory.value

    def is_full(self) -> bool:
        """Whether the limit is exceeded even by what a collection leaves."""
        holder = self._holder
        if holder.runtime is None:
            return False
        used = self._seldom_walked() if holder.gauges is None else holder.gauges.memory.value
        return used > self._soft_limit and self.collect()

    def collect(self) -> bool:
        """Collect garbage; answer whether the heap stays full.

        So close to the limit that it would only be collected again and again counts as full.
        """
        self._holder.runtime.run_gc()
        return self.used > FULL_SHARE * self._soft_limit

    def _walked(self) -> int:
        return int(self._holder.runtime.compute_memory_usage()["malloc_size"])

    def _seldom_walked(self) -> int:
        started = time.perf_counter()
        if started < self._next_walk:
            return 0
        used, now = self._walked(), time.perf_counter()
        self._next_walk = now + max(WALK_SECONDS, WALK_SHARE * (now - started))
        return used


class _Pace:
    """Sets the engine's countdown, and watches what happens in between."""

    def __init__(self, holder: Holder, limits: EngineLimits, heap: Heap) -> None:
        self._holder = holder
        self._hard_limit = limits.hard_memory_bytes
        self._heap = heap
        self._steps = MAX_STEPS
        self._used = 0
        self._polled = 0.0

    def hurry(self) -> None:
        """Have the engine ask again at its next step."""
        if self._holder.gauges is not None:
            self._steps = self._holder.gauges.countdown.value = 1

    def set(self, now: float) -> bool:
        """Begin a new count; answers whether the heap is full."""
        holder = self._holder
        gauges = holder.gauges
        if gauges is None:
            return not holder.shielded and self._heap.is_full()
        used = gauges.memory.value
        took = 0.0 if holder.entered else now - self._polled
        room = self._hard_limit - used
        self._steps = gauges.countdown.value = _steps(self._steps, took, used - self._used, room)
        self._polled, self._used = now, used
        holder.entered = False
        if holder.collected and room > CANARY_ROOM_BYTES:
            plant_canary(holder)
        return not holder.shielded and self._heap.is_full()


def _hand_over(seconds: float) -> Callable[[float], float]:
    """A function that lets other threads have the interpreter lock, and answers until when not.

    A thread that waits for the lock often misses the moment: awake too late, it finds the lock
    taken again, and gets it only after the interpreter's switch interval, 5 ms. An event loop asks
    for the lock several times until something is done. So for a while after another thread had it
    briefly, the lock is offered often. One that has it for longer computes, and takes fair turns.
    """
    clock, eager_until = time.perf_counter, 0.0

    def hand_over(now: float) -> float:
        nonlocal eager_until
        time.sleep(0)
        after = clock()
        if TAKEN_SECONDS < after - now < BRIEF_SECONDS:
            eager_until = after + EAGER_SECONDS
        return after + (min(seconds, OFTEN_SECONDS) if after < eager_until else seconds)

    return hand_over


def interrupt_handler(holder: Holder, limits: EngineLimits, heap: Heap) -> Callable[[], bool]:
    """What the engine asks; never raises, and is never replaced by a non-callable."""
    clock, pace = time.perf_counter, _Pace(holder, limits, heap)
    hand_over = _hand_over(limits.yield_seconds)
    due = 0.0

    def poll() -> bool:
        nonlocal due
        try:
            now = clock()
            holder.polls += 1
            full = pace.set(now)
            if now > due:
                due = hand_over(now)
            if holder.shielded:
                return False
            holder.exhausted = holder.exhausted or full
            host = holder.host
            if host is not None and holder.fatal is None and not full and not host.poll():
                return False
        except RecursionError:
            return False  # the host stands at its own limit; that is no reason to end the script
        except BaseException as error:
            if isinstance(error, FATAL):
                holder.fatal = error
        holder.tripped = True
        # An interrupt that a spread passes on can be caught, as often as it comes there: in a loop
        # of one length it always would, so the next one comes wherever the script goes on.
        pace.hurry()
        return True

    return poll
