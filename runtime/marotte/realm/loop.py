"""The loop thread: the one thread that owns all realms and runs all JavaScript.

Other threads hand it work by :meth:`LoopThread.post` and :meth:`LoopThread.call`; realms enlist
themselves when they have something to do and are served in turn, a bounded step each. A script that
parks in a host call, or one that spins past its slice, has the others served meanwhile, nested on
the same stack: JavaScript frames of several realms nest well on one thread. What stands on top of a
stack must leave it before what lies below goes on; that is the price of a synchronous call.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from marotte.realm.errors import LoopClosedError, NestingError
from marotte.realm.meter import Meter
from marotte.realm.submitted import Submitted, contained
from marotte.realm.timers import Timer, TimerQueue

__all__ = ["LoopStatistics", "LoopThread", "Runnable"]

T = TypeVar("T")
logger = logging.getLogger("marotte.realm")

THREAD_STACK_BYTES = 16 * 1024 * 1024
BATCH = 64
LONGEST_WAIT_SECONDS = 3600.0
UNSERVED_SECONDS = 0.005
# A realm on the stack takes at most 1 MiB of it, so that these fit into the thread's 16 MiB.
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

    def abandon(self) -> None:
        """The loop thread is stuck: let nobody wait for it. From another thread."""
        ...


@dataclass(frozen=True, slots=True)
class LoopStatistics:
    """A snapshot: `posted` and `steps` since the start, the rest as of now.

    Attributes:
        posted: Actions handed over by any thread.
        steps: Steps of realms.
        realms: Realms alive.
        runnable: Realms with something to do.
        timers: Timers pending.
        parked: Synchronous calls that wait on the stack.
        preempted: Scripts that spin, or emit too much, and wait on the stack for others.
        max_depth: The most of both there ever were at once.
    """

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
        self._runnable: OrderedDict[Runnable, None] = OrderedDict()
        self._realms: set[Runnable] = set()
        self._timers = TimerQueue()
        # Reentrant, because a finalizer may post while its thread is posting.
        self._lock = threading.RLock()
        self._closed = False
        self._thread: threading.Thread | None = None
        self._serving: set[Submitted] = set()
        self.meter = Meter()
        self._posted = self._steps = self._parked = self._preempted = self._max_depth = 0

    # -- life -----------------------------------------------------------------------------------

    def start(self) -> LoopThread:
        """Start the thread; answers itself.

        Raises:
            RuntimeError: It was started before.
        """
        if self._thread is not None:
            raise RuntimeError(f"{self._name} was started already; a loop thread starts once")
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        with _stack_size_lock:
            before = threading.stack_size(THREAD_STACK_BYTES)
            try:
                self._thread.start()
            finally:
                threading.stack_size(before)
        return self

    def __enter__(self) -> LoopThread:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self, timeout: float = 5.0) -> bool:
        """Refuse new work, free the realms and end the thread. Any thread.

        Called on the loop thread itself, it ends once what runs there has returned.

        Args:
            timeout: Seconds to wait; a thread that a native loop holds is abandoned (it is a
                daemon and keeps no process from exiting), and what was asked of it is refused.

        Returns:
            Whether the thread has ended.
        """
        with self._lock:
            self._closed = True
        self.wake()
        if self._thread is None:
            self._refuse_posted()
            return True
        if self.is_current:
            return False
        self._thread.join(timeout)
        if not self._thread.is_alive():
            return True
        if timeout > 0:
            logger.error("%s is stuck in native code and is abandoned", self._name)
        self._abandon()
        return False

    @property
    def is_current(self) -> bool:
        """Whether the caller is the loop thread."""
        return self._thread is not None and threading.get_ident() == self._thread.ident

    @property
    def closing(self) -> bool:
        """Whether :meth:`close` was called: running JavaScript is interrupted."""
        return self._closed

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

    # -- giving it work -------------------------------------------------------------------------

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
            TimeoutError: After `timeout` seconds; what has not begun by then will not.
        """
        if self.is_current:
            return action()
        future = self.submit(action)
        try:
            return future.result(timeout)
        finally:
            future.cancel()

    def submit(self, action: Callable[[], T]) -> Future[T]:
        """As :meth:`call`, but answers a future at once."""
        future: Future[T] = Future()
        self.post(Submitted(action, future, self._serving))
        return future

    def call_later(self, delay: float, action: Callable[[], object]) -> Timer:
        """Do something after `delay` seconds; on the loop thread, whose timers these are.

        Timers fire in the order of their times, and of their creation where those are equal.
        """
        if not self.is_current:
            raise RuntimeError("call_later() is for the loop thread; post() it from another")
        return self._timers.add(self._clock() + max(delay, 0.0), action)

    def wake(self) -> None:
        """Let the thread look again at what it waits for. Any thread."""
        self._inbox.put(None)

    def adopt(self, realm: Runnable) -> None:
        """Own a realm until :meth:`disown`; loop thread only."""
        self._realms.add(realm)

    def disown(self, realm: Runnable) -> None:
        """The realm is closed; loop thread only."""
        self._realms.discard(realm)
        self._runnable.pop(realm, None)

    def enlist(self, realm: Runnable) -> None:
        """Serve the realm soon, if it is owned; loop thread only."""
        if realm in self._realms:
            self._runnable[realm] = None

    # -- serving --------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._closed:
                self._serve(LONGEST_WAIT_SECONDS)
        finally:
            self._shut()

    def _shut(self) -> None:
        with self._lock:
            self._closed = True
        for realm in tuple(self._realms):
            contained(realm.shut)
        self._refuse_posted()

    def _abandon(self) -> None:
        for realm in tuple(self._realms):
            contained(realm.abandon)
        self._refuse_posted()
        for submitted in tuple(self._serving):
            submitted.refuse()

    def _refuse_posted(self) -> None:
        try:
            while True:
                action = self._inbox.get_nowait()
                if isinstance(action, Submitted):
                    action.refuse()
        except queue.Empty:
            return

    def _serve(self, seconds: float) -> bool:
        """One pass: what was posted, timers that are due, a step of each realm. True: did some.

        It waits for up to `seconds` where there is nothing to do.
        """
        worked = self._take_posted(min(self._idle_seconds(), seconds) if seconds else 0.0)
        worked = self._fire_timers() or worked
        return self._step_realms() or worked

    def _take_posted(self, seconds: float) -> bool:
        worked = False
        try:
            for _ in range(BATCH):
                action = self._inbox.get(seconds > 0.0, seconds)
                seconds = 0.0
                if action is not None:
                    worked = True
                    contained(action)
        except queue.Empty:
            pass
        return worked

    def _idle_seconds(self) -> float:
        """How long there is nothing to do but to wait for the inbox."""
        if any(not realm.busy for realm in self._runnable):
            return 0.0
        due = self._timers.next_due
        if due is None:
            return LONGEST_WAIT_SECONDS
        return min(max(due - self._clock(), 0.0), LONGEST_WAIT_SECONDS)

    def _fire_timers(self) -> bool:
        due = self._timers.take_due(self._clock(), BATCH)
        for timer in due:
            contained(timer.fire)
        return bool(due)

    def _step_realms(self) -> bool:
        worked = False
        for _ in range(min(len(self._runnable), BATCH)):
            if self._closed or not self._runnable:
                break
            realm, _none = self._runnable.popitem(last=False)
            if realm.busy:
                self._runnable[realm] = None
            else:
                worked = True
                self._step(realm)
        return worked

    def _step(self, realm: Runnable) -> None:
        self._steps += 1
        try:
            if realm.step():
                self.enlist(realm)
        except BaseException:
            logger.exception("%r failed in its step", realm)

    # -- serving from within --------------------------------------------------------------------

    def check_parking(self) -> None:
        """Raise what :meth:`park` would, so that nothing is begun that could not be waited for."""
        if self._parked >= MAX_PARKED:
            raise NestingError(
                f"{MAX_PARKED} synchronous calls are parked already; use the asynchronous form"
            )

    def park(self, done: Callable[[], bool]) -> None:
        """Serve all realms until `done` answers true; the caller's script waits meanwhile.

        Whoever makes `done` true calls :meth:`wake`. What parks last returns first.

        Raises:
            NestingError: More than 8 calls would be parked at once.
            LoopClosedError: The loop thread was shut down meanwhile.
        """
        self.check_parking()
        self._parked += 1
        self._max_depth = max(self._max_depth, self._parked + self._preempted)
        try:
            while not done():
                if self._closed:
                    raise LoopClosedError("the loop thread was shut down")
                self._serve(LONGEST_WAIT_SECONDS)
        finally:
            self._parked -= 1

    def preempt(self, seconds: float) -> None:
        """Serve the other realms for up to `seconds`; called while a script spins.

        It does nothing where 4 such scripts lie below already.
        """
        if self._preempted >= MAX_PREEMPTED or not self._has_work():
            return
        end = time.monotonic() + seconds
        with self._preempting():
            while not self._closed and self._serve(0.0) and time.monotonic() < end:
                pass

    def serve_others(self, done: Callable[[], bool], seconds: float) -> None:
        """Serve the other realms until `done` answers true, or for `seconds`.

        The caller's script waits meanwhile, and its realm is not entered. Where 4 such scripts lie
        below already, nobody is served. Whoever makes `done` true calls :meth:`wake`.
        """
        end = time.monotonic() + seconds
        serves = self._preempted < MAX_PREEMPTED
        with self._preempting():
            while not self._closed and not done():
                left = end - time.monotonic()
                if left <= 0.0:
                    break
                if serves:
                    self._serve(left)
                else:
                    time.sleep(min(left, UNSERVED_SECONDS))

    @contextmanager
    def _preempting(self) -> Iterator[None]:
        self._preempted += 1
        self._max_depth = max(self._max_depth, self._parked + self._preempted)
        self.meter.enter(None)
        try:
            yield
        finally:
            self.meter.leave()
            self._preempted -= 1

    def _has_work(self) -> bool:
        return not self._inbox.empty() or self._idle_seconds() == 0.0
