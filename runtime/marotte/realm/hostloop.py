"""The host loop as the loop thread sees it: a way to run things on the embedder's event loop."""

from __future__ import annotations

import contextvars
import logging
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import AsyncExitStack
from typing import Any, TypeVar

import anyio
import anyio.lowlevel
from anyio.abc import TaskGroup

__all__ = ["HostLoop", "HostTask"]

T = TypeVar("T")
logger = logging.getLogger("marotte.realm")


class HostTask:
    """A task on the host loop that was started from another thread; cancel from any thread."""

    def __init__(self, host: HostLoop, work: Callable[[], Awaitable[object]]) -> None:
        self._host = host
        self._work = work
        self._cancelled = False
        self._scope: anyio.CancelScope | None = None

    def cancel(self) -> None:
        """Cancel soon; harmless when it is over."""
        self._cancelled = True
        self._host.post(self._cancel_now)

    def _cancel_now(self) -> None:
        if self._scope is not None:
            self._scope.cancel()

    async def run(self) -> None:
        """Run the work in a scope of its own; what it raises is logged, never spread."""
        if self._cancelled:
            return
        with anyio.CancelScope() as self._scope:
            try:
                await self._work()
            except Exception:
                logger.exception("a task on the host loop failed")
        self._scope = None


class HostLoop:
    """Runs functions and tasks on the loop that entered it; ``async with`` it there.

    Leaving cancels what it has started. Work is handed over in batches: however much is posted in
    one go, the host loop is woken once.
    """

    def __init__(self) -> None:
        self._inbox: deque[Callable[[], object]] = deque()
        self._lock = threading.Lock()
        self._woken = False
        self._closed = True
        self._wake: Callable[[Callable[[], object]], object] = lambda _: None
        self._tasks: TaskGroup | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> HostLoop:
        self._wake = _thread_safe_wake()
        self._tasks = await self._stack.enter_async_context(anyio.create_task_group())
        self._closed = False
        return self

    async def __aexit__(self, *exc: Any) -> None:
        with self._lock:
            self._closed = True
            self._inbox.clear()
        self.task_group.cancel_scope.cancel()
        await self._stack.aclose()

    @property
    def task_group(self) -> TaskGroup:
        """The task group that everything runs in."""
        if self._tasks is None:
            raise RuntimeError("the host loop was not entered; use 'async with'")
        return self._tasks

    def post(self, action: Callable[[], object]) -> None:
        """Run a function on the host loop soon; from any thread; dropped after the end."""
        with self._lock:
            if self._closed:
                return
            self._inbox.append(action)
            if self._woken:
                return
            self._woken = True
            self._wake(self._drain)

    def start(
        self, work: Callable[[], Awaitable[object]], context: contextvars.Context | None = None
    ) -> HostTask:
        """Run a coroutine function on the host loop, in `context`; from any thread."""
        task = HostTask(self, work)
        inside = contextvars.copy_context() if context is None else context
        self.post(lambda: inside.run(self.task_group.start_soon, task.run))
        return task

    async def wait(self, future: Future[T]) -> T:
        """Wait, on the host loop, for a future that another thread completes."""
        done = anyio.Event()
        future.add_done_callback(lambda _: self.post(done.set))
        await done.wait()
        return future.result()

    def _drain(self) -> None:
        with self._lock:
            self._woken = False
            batch, self._inbox = self._inbox, deque()
        for action in batch:
            try:
                action()
            except Exception:
                logger.exception("work on the host loop failed")


def _thread_safe_wake() -> Callable[[Callable[[], object]], object]:
    """The running event loop's own way to be called from another thread, without waiting."""
    token: Any = anyio.lowlevel.current_token()
    native = getattr(token, "native_token", token)
    if hasattr(native, "call_soon_threadsafe"):
        call_soon: Callable[[Callable[[], object]], object] = native.call_soon_threadsafe
        return call_soon
    run_sync_soon: Callable[[Callable[[], object]], object] = native.run_sync_soon
    return run_sync_soon
