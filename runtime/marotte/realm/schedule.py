"""Whose turn it is in a realm: pieces of work in order, each with the jobs that follow from it."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from marotte.realm.engine import Engine
from marotte.realm.errors import (
    HostInterrupted,
    LoopClosedError,
    RealmError,
    ScriptInterrupted,
)
from marotte.realm.execution import SLICE_SECONDS, Execution
from marotte.realm.loop import LoopThread, Runnable
from marotte.realm.scope import Scope

__all__ = ["Schedule", "Task", "Work"]

logger = logging.getLogger("marotte.realm")

WORK_BATCH = 256
JOB_BATCH = 256
LATCHED_DRAIN_SECONDS = 0.5
"""CPU time that jobs may take which begin after their scope was interrupted."""


def _log(error: BaseException) -> None:
    if not isinstance(error, RealmError):
        logger.error("work in a realm failed", exc_info=error)


class Task(Protocol):
    """What waits for its turn; see :class:`Work`."""

    @property
    def scope(self) -> Scope: ...
    @property
    def batch(self) -> bool: ...
    @property
    def always(self) -> bool: ...
    def action(self) -> object: ...
    def failed(self, error: BaseException, /) -> object: ...


@dataclass(eq=False, slots=True)
class Work:
    """One piece of work.

    Attributes:
        scope: For whom JavaScript runs.
        action: What enters JavaScript.
        failed: Told what `action` raises, or why it will never be done.
        batch: It may share an entry, and its run of the job queue, with its neighbours.
        always: It is done even for a scope that is interrupted.
    """

    scope: Scope
    action: Callable[[], object]
    failed: Callable[[BaseException], object] = _log
    batch: bool = False
    always: bool = False


class Schedule:
    """The work of one realm; :meth:`put` is for any thread, the rest for the loop thread.

    The engine has one queue of jobs (reactions to promises) and does not know whose they are. So
    work is done for one scope at a time, and the next has its turn only when the queue is empty.

    Args:
        realm: Enlisted with the loop thread when there is something to do.
        loop: Of the realm.
        execution: By which JavaScript is entered.
        unhandled: Told the rejections that nobody handled, as the engine does, and whose.
        interrupted: Told whose jobs a host function has interrupted.
        discard: Called, with the reason, where jobs cannot be ended otherwise.
    """

    def __init__(
        self,
        realm: Runnable,
        loop: LoopThread,
        execution: Execution,
        *,
        unhandled: Callable[[Scope, str], object],
        interrupted: Callable[[Scope, HostInterrupted], object],
        discard: Callable[[str], object],
    ) -> None:
        self._realm = realm
        self._loop = loop
        self._execution = execution
        self._unhandled = unhandled
        self._interrupted = interrupted
        self._discard = discard
        self._lock = threading.RLock()
        self._works: deque[Task] = deque()
        self._doing: list[Task] = []
        self._closed: BaseException | None = None
        self._enlisted = False
        self._draining: Scope | None = None
        self._latched_seconds = 0.0

    def __len__(self) -> int:
        return len(self._works)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do now."""
        return not self._works and self._draining is None

    def put(self, *works: Task, first: bool = False) -> None:
        """Take work, in order; what comes too late is told so. Any thread.

        Args:
            works: What to do.
            first: Before all that waits already.
        """
        with self._lock:
            closed, wanted = self._closed, False
            if closed is None:
                self._works.extendleft(reversed(works)) if first else self._works.extend(works)
                wanted, self._enlisted = not self._enlisted, True
        if closed is not None:
            for work in works:
                work.failed(closed)
        elif wanted:
            self._enlist()

    def _enlist(self) -> None:
        if self._loop.is_current:
            self._loop.enlist(self._realm)
            return
        # A loop thread that was shut down shuts its realms, whose work is refused then.
        with suppress(LoopClosedError):
            self._loop.post(partial(self._loop.enlist, self._realm))

    def close(self, error: BaseException) -> None:
        """Refuse all work, what waits included. Any thread."""
        with self._lock:
            self._closed = self._closed or error
            works, self._works = self._works, deque()
        for work in works:
            work.failed(error)

    def abandon(self, error: BaseException) -> None:
        """As :meth:`close`, and what is being done has failed too. From another thread."""
        self.close(error)
        for work in tuple(self._doing):
            work.failed(error)

    # -- serving --------------------------------------------------------------------------------

    def step(self) -> bool:
        """Do some work and run jobs, for one scope and a bounded time; answer if there is more."""
        if self._draining is None:
            self._draining = self._take()
        if self._draining is not None and self._drain(self._draining):
            self._draining = None
        with self._lock:
            more = self._closed is None and not self.empty
            self._enlisted = more
        return more

    def _take(self) -> Scope | None:
        """Do the first piece of work, with all that may share its entry; answer for whom."""
        works = self._next_works()
        if not works:
            return None
        scope = works[0].scope
        while works and not self._execution.closed:
            if self._execution.ends(scope) and not works[0].always:
                works.popleft().failed(ScriptInterrupted("the script was interrupted"))
            else:
                self._do(scope, works)
        for work in works:
            work.failed(self._closed or ScriptInterrupted("the realm is closed"))
        return scope

    def _next_works(self) -> deque[Task]:
        taken: deque[Task] = deque()
        with self._lock:
            while self._works and len(taken) < WORK_BATCH:
                work = self._works[0]
                if taken and not (work.batch and taken[0].batch and work.scope is taken[0].scope):
                    break
                taken.append(self._works.popleft())
        return taken

    def _do(self, scope: Scope, works: deque[Task]) -> None:
        """Do work in one entry, until there is none or a piece fails; that one is told."""
        work = works.popleft()
        self._doing.append(work)

        def act() -> None:
            nonlocal work
            work.action()
            while works:
                work = self._doing[-1] = works.popleft()
                work.action()

        try:
            self._execution.enter(scope, act)
        except BaseException as error:
            work.failed(error)
        finally:
            self._doing.pop()

    def _drain(self, scope: Scope) -> bool:
        """Run jobs until there are none or the slice is over; answers whether none are left."""
        end = time.perf_counter() + SLICE_SECONDS
        while True:
            if self._execution.closed or self._run_jobs(scope):
                self._latched_seconds = 0.0
                return True
            if self._latched_seconds > LATCHED_DRAIN_SECONDS:
                self._discard("its jobs could not be interrupted")
                return False
            if time.perf_counter() > end:
                return False

    def _run_jobs(self, scope: Scope) -> bool:
        """Run a batch of jobs; what one takes that begins interrupted is added up."""
        if not self._execution.ends(scope):
            return self._run_batch_for(scope)
        start = time.thread_time()
        try:
            return self._run_batch_for(scope)
        finally:
            self._latched_seconds += time.thread_time() - start

    def _run_batch_for(self, scope: Scope) -> bool:
        try:
            drained, unhandled = self._execution.enter(scope, self._run_batch)
        except ScriptInterrupted as error:
            if isinstance(error, HostInterrupted):
                self._interrupted(scope, error)
            return False
        if unhandled is not None:
            self._unhandled(scope, unhandled)
        return drained

    def _run_batch(self) -> tuple[bool, str | None]:
        engine: Engine = self._execution.engine
        if not engine.run_jobs(JOB_BATCH):
            return False, None
        return True, engine.take_unhandled()

    # -- parking --------------------------------------------------------------------------------

    @contextmanager
    def parked(self, scope: Scope) -> Iterator[None]:
        """Within it, :meth:`step` serves the realm on top of a script that waits.

        The jobs that are queued by now are the waiting script's.
        """
        before = self._draining
        self._draining, self._latched_seconds = scope, 0.0
        self._loop.enlist(self._realm)
        try:
            yield
        finally:
            self._draining, self._latched_seconds = before, 0.0

    def is_drained_for(self, scope: Scope) -> bool:
        """Whether no job is queued but for `scope`, so that its script may go on."""
        return self._draining is None or self._draining is scope
