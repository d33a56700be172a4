"""The host loop as the loop thread sees it: a way to run things on the embedder's event loop."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import sys
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Any, TypeAlias, TypeVar

import anyio
from anyio.abc import TaskGroup

from marotte.realm.completion import complete
from marotte.realm.errors import LoopClosedError

__all__ = ["HostLoop", "HostTask", "callback_context"]

T = TypeVar("T")
Work: TypeAlias = Callable[[], Coroutine[Any, Any, object]]
logger = logging.getLogger("marotte.realm")

MAX_THREADS = 64


def callback_context() -> contextvars.Context:
    """A context for callbacks on the running event loop: a copy of the caller's.

    Where ``sniffio`` is installed, anyio asks it for the event loop, and it knows that in tasks
    only; callbacks start tasks too.
    """
    context, sniffio = contextvars.copy_context(), sys.modules.get("sniffio")
    if sniffio is not None:
        context.run(sniffio.current_async_library_cvar.set, "asyncio")
    return context


class HostTask:
    """A task on the host loop that was started from another thread; cancel from any thread."""

    __slots__ = ("_begun", "_context", "_host", "_refused", "_task", "_work", "cancelled")

    def __init__(
        self,
        host: HostLoop,
        work: Work,
        context: contextvars.Context,
        refused: Callable[[BaseException], object],
    ) -> None:
        self._host = host
        self._work = work
        self._context = context
        self._refused = refused
        self._task: asyncio.Task[object] | None = None
        self._begun = False
        self.cancelled = False

    def cancel(self) -> None:
        """Cancel soon; harmless when it is over."""
        self.cancelled = True
        self._host.post(self._cancel_now)

    def _cancel_now(self) -> None:
        # One that has not begun looks for itself, and says that it never will.
        if self._begun and self._task is not None:
            self._task.cancel()

    def __call__(self) -> None:
        """Begin, on the host loop."""
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._run(), context=self._context)
        self._host.tasks.add(self._task)

    def refuse(self) -> None:
        """It will never begin."""
        self._refused(LoopClosedError("the host loop has ended"))

    async def _run(self) -> None:
        """Run the work; what it raises is logged, never spread."""
        try:
            if self.cancelled:
                self._refused(LoopClosedError("the call was cancelled before it began"))
                return
            self._begun = True
            await self._work()
        except (Exception, SystemExit):
            logger.exception("a task on the host loop failed")
        finally:
            # Cheaper than a callback of the task, for which the loop would take another turn.
            if self._task is not None:
                self._host.tasks.discard(self._task)
                self._task = None


class HostLoop:
    """Runs functions and tasks on the event loop that entered it; ``async with`` it there.

    Leaving cancels what it has started, and waits for that to end. Work is handed over in batches:
    however much is posted in one go, the host loop is woken once.

    The tasks of host calls are the event loop's own, without a cancel scope: those of a task group
    cost twice as much.

    Attributes:
        tasks: Those that run; for :class:`HostTask`.
    """

    def __init__(self) -> None:
        self._inbox: deque[Callable[[], object]] = deque()
        # Reentrant, because a finalizer may post while its thread is posting.
        self._lock = threading.RLock()
        self._woken = False
        self._closed = True
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context = contextvars.Context()
        self._group: TaskGroup | None = None
        self.tasks: set[asyncio.Task[object]] = set()
        self._threads = anyio.CapacityLimiter(MAX_THREADS)

    async def __aenter__(self) -> HostLoop:
        self._loop = asyncio.get_running_loop()
        self._context = callback_context()
        self._group = anyio.create_task_group()
        await self._group.__aenter__()
        self._closed = False
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        with self._lock:
            self._closed = True
            refused, self._inbox = self._inbox, deque()
        for action in refused:
            if isinstance(action, HostTask):
                action.refuse()
        await self._end_tasks()
        self.task_group.cancel_scope.cancel()
        return await self.task_group.__aexit__(exc_type, exc, traceback)

    async def _end_tasks(self) -> None:
        with anyio.CancelScope(shield=True):
            while self.tasks:
                for task in self.tasks:
                    task.cancel()
                ended, _ = await asyncio.wait(self.tasks)
                # Those that were cancelled before they began could not take themselves out.
                self.tasks -= ended

    @property
    def task_group(self) -> TaskGroup:
        """A task group that lives as long as this."""
        if self._group is None:
            raise RuntimeError("the host loop was not entered; use 'async with'")
        return self._group

    def post(self, action: Callable[[], object]) -> None:
        """Run a function on the host loop soon. Any thread; dropped after the end.

        It runs in the context in which the host loop was entered, whoever posts.
        """
        if not self._put(action) and isinstance(action, HostTask):
            action.refuse()

    def _put(self, action: Callable[[], object]) -> bool:
        with self._lock:
            if self._closed or self._loop is None:
                return False
            self._inbox.append(action)
            if not self._woken:
                self._loop.call_soon_threadsafe(self._drain, context=self._context)
                self._woken = True
        return True

    def start(
        self,
        work: Work,
        context: contextvars.Context | None = None,
        refused: Callable[[BaseException], object] = id,
    ) -> HostTask:
        """Run a coroutine function on the host loop. Any thread.

        Args:
            work: The function; what it raises is logged.
            context: In which it runs; by default a copy of the caller's.
            refused: Told why it will never begin.
        """
        inside = contextvars.copy_context() if context is None else context
        task = HostTask(self, work, inside, refused)
        self.post(task)
        return task

    async def wait(self, future: Future[T]) -> T:
        """Wait, on the host loop, for a future that another thread completes."""
        if not future.done():
            done, loop = anyio.Event(), asyncio.get_running_loop()
            future.add_done_callback(lambda _: _wake(loop, done))
            await done.wait()
        return future.result()

    async def call_in_thread(self, action: Callable[[], T], name: str = "marotte-call") -> T:
        """Call what may block, in a thread that keeps no process from exiting.

        A caller that is cancelled leaves the thread behind. At most 64 callers wait at once.
        """
        future: Future[T] = Future()
        run = partial(contextvars.copy_context().run, action)
        async with self._threads:
            threading.Thread(target=complete, args=(future, run), name=name, daemon=True).start()
            return await self.wait(future)

    def _drain(self) -> None:
        with self._lock:
            self._woken = False
            batch, self._inbox = self._inbox, deque()
        for action in batch:
            try:
                action()
            except (Exception, SystemExit):
                logger.exception("work on the host loop failed")


def _wake(loop: asyncio.AbstractEventLoop, done: anyio.Event) -> None:
    # A loop that is closed has nobody who waits.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(done.set)
