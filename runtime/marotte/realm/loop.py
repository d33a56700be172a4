"""The loop thread: the one thread that owns all realms and runs all JavaScript.

Other threads hand it work by :meth:`LoopThread.post` and :meth:`LoopThread.call`; realms enlist
themselves when they have something to do and are served in turn, a bounded step each. A script that
parks in a host call, or one that spins past its slice, has the others served meanwhile, nested on
the same stack: JavaScript frames of several realms nest well on one thread.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol, TypeVar

from marotte.realm.errors import LoopClosedError, NestingError
from marotte.realm.scope import Scope

__all__ = ["LoopStatistics", "LoopThread", "Runnable", "Timer"]

T = TypeVar("T")
logger = logging.getLogger("marotte.realm")

THREAD_STACK_BYTES = 16 * 1024 * 1024
BATCH = 64
MAX_PARKED = 8
MAX_PREEMPTED = 4
_stack_size_lock = threading.Lock()


class Runnable(Protocol):
    """What the loop thread serves: a realm."""

    @property
    def busy(self) -> bool:
        """Whether its JavaScript stands on the stack, at a point where it must not be entered."""
        ...

    def step(self) -> bool:
        """Do a bounded piece of work; answer whether there is more."""
        ...

    def shut(self) -> None:
        """The loop thread ends: free everything."""
        ...


class Timer:
    """A call at a time; :meth:`cancel` is for any thread."""

    __slots__ = ("_action", "due")

    def __init__(self, due: float, action: Callable[[], object]) -> None:
        self.due = due
        self._action: Callable[[], object] | None = action

    def cancel(self) -> None:
        """Let it not happen; harmless when it already has."""
        self._action = None

    def fire(self) -> None:
        """Do it, once."""
        action, self._action = self._action, None
        if action is not None:
            action()

    @property
    def cancelled(self) -> bool:
        """Whether it was cancelled or has happened."""
        return self._action is None


class Meter:
    """Charges the CPU time of the loop thread to the scope whose JavaScript runs."""

    def __init__(self) -> None:
        self._stack: list[Scope] = []
        self._mark = 0.0

    def enter(self, scope: Scope) -> None:
        """From now on time is the scope's."""
        self.charge()
        self._stack.append(scope)

    def leave(self) -> None:
        """From now on time is again the one's before."""
        self.charge()
        self._stack.pop()

    def charge(self) -> None:
        """Bring the account up to now; may latch a scope whose limit is over."""
        now = time.thread_time()
        if self._stack:
            self._stack[-1].charge(now - self._mark)
        self._mark = now


@dataclass(frozen=True, slots=True)
class LoopStatistics:
    """A snapshot: `posted` and `steps` since the start, the rest as of now."""

    posted: int
    steps: int
    realms: int
    runnable: int
    timers: int
    parked: int
    preempted: int
    max_depth: int


class LoopThread:
    """A thread for JavaScript with a stack of 16 MiB; a context manager that starts and ends it.

    Args:
        name: Of the thread.
        clock: Monotonic seconds, for timers.
    """

    def __init__(
        self, name: str = "marotte-loop", *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = name
        self._clock = clock
        self._inbox: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._runnable: deque[Runnable] = deque()
        self._realms: set[Runnable] = set()
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._lock = threading.Lock()
        self._closed = False
        self._thread: threading.Thread | None = None
        self.meter = Meter()
        self._posted = self._steps = self._parked = self._preempted = self._max_depth = 0

    # -- life ---------------------------------------------------------------------------------

    def start(self) -> LoopThread:
        """Start the thread; answers itself."""
        thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        with _stack_size_lock:
            before = threading.stack_size(THREAD_STACK_BYTES)
            try:
                thread.start()
            finally:
                threading.stack_size(before)
        self._thread = thread
        return self

    def __enter__(self) -> LoopThread:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self, timeout: float = 5.0) -> bool:
        """Refuse new work, free the realms and end the thread.

        Args:
            timeout: Seconds to wait; a thread that a native loop holds is abandoned (it is a
                daemon and keeps no process from exiting).

        Returns:
            Whether the thread has ended.
        """
        with self._lock:
            self._closed = True
        self._inbox.put(None)
        if self._thread is None or self.is_current:
            return False
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def is_current(self) -> bool:
        """Whether the caller is the loop thread."""
        return self._thread is not None and threading.get_ident() == self._thread.ident

    @property
    def closing(self) -> bool:
        """Whether :meth:`close` was called: running JavaScript is interrupted."""
        return self._closed

    @property
    def nested(self) -> bool:
        """Whether work is being served on top of a parked or preempted script."""
        return self._parked + self._preempted > 0

    def statistics(self) -> LoopStatistics:
        """A snapshot, from any thread."""
        return LoopStatistics(
            posted=self._posted,
            steps=self._steps,
            realms=len(self._realms),
            runnable=len(self._runnable),
            timers=len(self._timers),
            parked=self._parked,
            preempted=self._preempted,
            max_depth=self._max_depth,
        )

    # -- giving it work -----------------------------------------------------------------------

    def post(self, action: Callable[[], object]) -> None:
        """Let the loop thread do something soon. Any thread; never blocks.

        Raises:
            LoopClosedError: After shutdown.
        """
        with self._lock:
            if self._closed:
                raise LoopClosedError("the loop thread was shut down; no more work is taken")
            self._posted += 1
            self._inbox.put(action)

    def call(self, action: Callable[[], T], timeout: float | None = None) -> T:
        """Do something on the loop thread and wait for what it answers or raises.

        On the loop thread itself it is done at once, so that re-entrancy cannot deadlock.

        Raises:
            LoopClosedError: After shutdown, also where that came before the call's turn.
            TimeoutError: After `timeout` seconds.
        """
        if self.is_current:
            return action()
        return self.submit(action).result(timeout)

    def submit(self, action: Callable[[], T]) -> Future[T]:
        """As :meth:`call`, but answers a future at once."""
        future: Future[T] = Future()
        self.post(_Submitted(action, future))
        return future

    def call_later(self, delay: float, action: Callable[[], object]) -> Timer:
        """Do something after `delay` seconds, on the loop thread, whose timers these are.

        Timers fire in the order of their times, and of their creation where those are equal.
        """
        timer = Timer(self._clock() + max(delay, 0.0), action)
        heapq.heappush(self._timers, (timer.due, next(self._order), timer))
        return timer

    def adopt(self, realm: Runnable) -> None:
        """Own a realm until :meth:`disown`; loop thread only."""
        self._realms.add(realm)

    def disown(self, realm: Runnable) -> None:
        """The realm is closed; loop thread only."""
        self._realms.discard(realm)

    def enlist(self, realm: Runnable) -> None:
        """Serve the realm soon; from the loop thread."""
        self._runnable.append(realm)

    # -- serving ------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._closed:
                self._serve(wait=True)
        finally:
            self._shut()

    def _shut(self) -> None:
        with self._lock:
            self._closed = True
        for realm in tuple(self._realms):
            _contained(realm.shut)
        while True:
            try:
                action = self._inbox.get_nowait()
            except queue.Empty:
                return
            if isinstance(action, _Submitted):
                action.refuse()

    def _serve(self, wait: bool, limit: float | None = None) -> bool:
        """One pass: what was posted, timers that are due, a step of each realm. True: did some."""
        worked = self._take_posted(wait, limit)
        worked = self._fire_timers() or worked
        for _ in range(min(len(self._runnable), BATCH)):
            if self._closed or not self._runnable:
                break
            worked = self._step(self._runnable.popleft()) or worked
        return worked

    def _take_posted(self, wait: bool, limit: float | None) -> bool:
        timeout = self._idle_seconds() if wait else 0.0
        if limit is not None:
            timeout = limit if timeout is None else min(timeout, limit)
        try:
            for taken in range(BATCH):
                if taken or timeout == 0.0:
                    action = self._inbox.get_nowait()
                else:
                    action = self._inbox.get(timeout=timeout)
                if action is not None:
                    _contained(action)
        except queue.Empty:
            return False
        return True

    def _idle_seconds(self) -> float | None:
        """How long there is nothing to do but to wait for the inbox; ``None``: for ever."""
        if any(not realm.busy for realm in self._runnable):
            return 0.0
        while self._timers and self._timers[0][2].cancelled:
            heapq.heappop(self._timers)
        if not self._timers:
            return None
        return max(self._timers[0][0] - self._clock(), 0.0)

    def _fire_timers(self) -> bool:
        fired = False
        now = self._clock()
        while self._timers and self._timers[0][0] <= now:
            timer = heapq.heappop(self._timers)[2]
            fired = fired or not timer.cancelled
            _contained(timer.fire)
        return fired

    def _step(self, realm: Runnable) -> bool:
        if realm.busy:
            self._runnable.append(realm)
            return False
        self._steps += 1
        try:
            more = realm.step()
        except Exception:
            logger.exception("a realm failed in its step")
            more = False
        if more:
            self._runnable.append(realm)
        return True

    # -- serving from within --------------------------------------------------------------------

    def park(self, done: Callable[[], bool]) -> None:
        """Serve all realms until `done` answers true; the caller's script waits meanwhile.

        Whoever makes `done` true posts something, so that the thread wakes.

        Raises:
            NestingError: More than 8 calls would be parked at once.
            LoopClosedError: The loop thread was shut down meanwhile.
        """
        if self._parked >= MAX_PARKED:
            raise NestingError(
                f"{MAX_PARKED} synchronous calls are parked already; use the asynchronous form"
            )
        self._parked += 1
        self._max_depth = max(self._max_depth, self._parked + self._preempted)
        try:
            while not done():
                if self._closed:
                    raise LoopClosedError("the loop thread was shut down")
                self._serve(wait=True)
        finally:
            self._parked -= 1

    def preempt(self, seconds: float) -> None:
        """Serve the other realms for up to `seconds`; called while a script spins."""
        if self._preempted >= MAX_PREEMPTED or not self._has_work():
            return
        self._preempted += 1
        self._max_depth = max(self._max_depth, self._parked + self._preempted)
        try:
            end = time.monotonic() + seconds
            while not self._closed and self._serve(wait=False) and time.monotonic() < end:
                pass
        finally:
            self._preempted -= 1

    def _has_work(self) -> bool:
        if not self._inbox.empty() or any(not realm.busy for realm in self._runnable):
            return True
        return bool(self._timers) and self._timers[0][0] <= self._clock()


class _Submitted:
    """A call whose answer somebody waits for."""

    def __init__(self, action: Callable[[], T], future: Future[T]) -> None:
        self._action = action
        self._future = future

    def __call__(self) -> None:
        if not self._future.set_running_or_notify_cancel():
            return
        try:
            answer = self._action()
        except BaseException as error:
            self._future.set_exception(error)
        else:
            self._future.set_result(answer)

    def refuse(self) -> None:
        if self._future.set_running_or_notify_cancel():
            self._future.set_exception(LoopClosedError("the loop thread was shut down"))


def _contained(action: Callable[[], object]) -> None:
    try:
        action()
    except Exception:
        logger.exception("work on the loop thread failed")
