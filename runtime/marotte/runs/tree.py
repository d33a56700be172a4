"""The events of a run and of all runs below it, as one stream.

Each run's events keep their order. Those of a child stand between `child-started` and
`child-finished` in the log of its parent, so whoever reads the stream knows of a run before its
first event, and has had its last one when its parent tells of its end.
"""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from marotte.events import (
    ChildFinishedEvent,
    ChildStartedEvent,
    Listener,
    Listeners,
    RunEvent,
    Subscription,
    UnknownRunError,
)
from marotte.runs.containment import awaited, own_errors
from marotte.runs.delivery import EventCallback, Reading
from marotte.runs.execution import start_hidden

if TYPE_CHECKING:
    from marotte.runs.run import Run


class RunTree:
    """The events of a run and all runs below it; `event.run_id` says whose each one is.

    Iterating gives all of them, from the first to the terminal event of the run at the top. It is
    for the host loop; `on` and `off` may be called from any thread.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._listeners: Listeners[EventCallback] = Listeners()

    def __aiter__(self) -> AsyncIterator[RunEvent]:
        return _Merge(self._run).events()

    def on(self, type: str, callback: EventCallback) -> RunTree:
        """Call `callback` for each event of `type`, past ones included; return the tree.

        As `RunHandle.on`, but the end of the run does not wait for what is called here.

        Args:
            type: An event type, a plugin's (`acme.x`), or `""` or `"*"` for all.
            callback: Takes the event; may be async.

        Raises:
            InvalidValueError: (a `TypeError`) for an unknown type, naming the known ones.
        """
        listener = self._listeners.add(type, callback)
        if listener is not None:
            self._run.post(lambda: self._begin(listener))
        return self

    def off(self, type: str, callback: EventCallback) -> RunTree:
        """Take a registration away, at once; see `on`."""
        self._listeners.remove(type, callback)
        return self

    def _begin(self, listener: Listener[EventCallback]) -> None:
        self._run.background.start_hidden(self._deliver(listener))

    async def _deliver(self, listener: Listener[EventCallback]) -> None:
        async for event in self:
            if not listener.active:
                return
            if listener.type in ("*", event.type):
                await self._call(listener, event)

    async def _call(self, listener: Listener[EventCallback], event: RunEvent) -> None:
        try:
            with own_errors:
                result = listener.context.run(listener.callback, event)
            if inspect.isawaitable(result):
                await awaited(result)
        except Exception as error:
            self._run.emitter.listener_failed(listener, error, "listener of the tree")


class _Branch:
    """One run of the tree: what was read of its events and not yet handed out."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.ready: deque[RunEvent] = deque()
        self.source: Reading | Subscription | None = None
        self.reading: asyncio.Task[Sequence[RunEvent]] | None = None
        self.cursor = 0
        self.is_told_over = False
        self.is_over = False

    @property
    def wants(self) -> bool:
        """Whether there is more to read, and nothing left to hand out."""
        return not self.is_over and not self.ready and self.reading is None


class _Merge:
    """Reads the logs of a tree's runs as they come, one batch of each at a time."""

    def __init__(self, top: Run) -> None:
        self._top = top
        self._branches = {top.id: _Branch(top.id)}

    async def events(self) -> AsyncIterator[RunEvent]:
        top = self._branches[self._top.id]
        try:
            while not top.is_over:
                await self._read()
                for event in self._in_order():
                    yield event
        finally:
            await self._cancel()

    async def _read(self) -> None:
        """Wait until some run has more."""
        for branch in self._branches.values():
            if branch.wants:
                branch.reading = start_hidden(self._next_batch(branch))
        reading = {each.reading: each for each in self._branches.values() if each.reading}
        done, _ = await asyncio.wait(reading, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            branch = reading[task]
            branch.reading = None
            if task.cancelled():
                continue
            batch = task.result()
            branch.ready.extend(batch)
            branch.is_over = not batch
            branch.cursor = batch[-1].seq if batch else branch.cursor

    async def _next_batch(self, branch: _Branch) -> Sequence[RunEvent]:
        """Return events of a run; none if there are no more, or the log has forgotten it."""
        run = self._top if branch.run_id == self._top.id else self._top.find(branch.run_id)
        if run is not None:
            await run.created.wait()
        try:
            if branch.is_told_over:
                return await self._top.log.replay(branch.run_id, branch.cursor)
            if branch.source is None:
                log = self._top.log
                branch.source = Reading(run) if run is not None else log.subscribe(branch.run_id)
            batch = await branch.source.next_batch()
        except UnknownRunError:
            return ()
        if batch and run is not None:
            await run.hold_back(batch)
        return batch

    def _in_order(self) -> Iterator[RunEvent]:
        """Yield what can be handed out: the end of a run comes after all of its events."""
        moved = True
        while moved:
            moved = False
            for branch in tuple(self._branches.values()):
                while branch.ready and not self._waits(branch.ready[0]):
                    event = branch.ready.popleft()
                    if isinstance(event, ChildStartedEvent):
                        self._branches[event.child_run_id] = _Branch(event.child_run_id)
                    elif isinstance(event, ChildFinishedEvent):
                        self._branches.pop(event.child_run_id, None)
                    moved = True
                    yield event

    def _waits(self, event: RunEvent) -> bool:
        if not isinstance(event, ChildFinishedEvent):
            return False
        child = self._branches.get(event.child_run_id)
        if child is None or (child.is_over and not child.ready):
            return False
        if not child.is_told_over:
            # What its log has not by now never comes, the terminal event included.
            child.is_told_over = True
            if child.reading is not None:
                child.reading.cancel()
        return True

    async def _cancel(self) -> None:
        for branch in self._branches.values():
            if branch.reading is not None:
                branch.reading.cancel()
                with suppress(asyncio.CancelledError):
                    await branch.reading
