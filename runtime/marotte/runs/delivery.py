"""Delivery: how events come from the log to those who listen in this process.

Whoever listens reads the log by a cursor of their own, in a task on the host loop, so that a late
listener sees everything once and in order. The terminal event is held back until the run has let
go of its session, and settlement waits until it was delivered.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias, TypeVar

import anyio

from marotte.events import Listener, Listeners, RunEvent, UnknownRunError
from marotte.runs.containment import awaited, own_errors

if TYPE_CHECKING:
    from marotte.runs.run import Run

BatchCallback: TypeAlias = Callable[[Sequence[RunEvent]], object]
EventCallback: TypeAlias = Callable[[RunEvent], object]


class Reader(Protocol):
    """Someone who reads a run's events as they come."""

    @property
    def is_settled(self) -> bool:
        """Whether it has had the terminal event, or wants no more."""
        ...

    @property
    def delivered(self) -> int | None:
        """The `seq` up to which it has had the events; `None` if nobody need wait for it."""
        ...

    async def read(self) -> None:
        """Read to the end."""
        ...


class Reading:
    """Reads a run's events from the log, in batches, behind `after`. Host loop only.

    It ends after the terminal event, and where the log could not take that, after the last one
    that it has.
    """

    def __init__(self, run: Run, after: int = 0) -> None:
        self._run = run
        self._subscription = run.log.subscribe(run.id, after)

    async def next_batch(self) -> Sequence[RunEvent]:
        """Return the events that are there, at least one; none at the end.

        When cancelled, it loses nothing.
        """
        batch: Sequence[RunEvent] = ()
        if not self._run.is_cut_off:
            with self._run.until_cut_off():
                batch = await self._subscription.next_batch()
        if not batch and self._run.is_cut_off:
            batch = await self._run.log.replay(self._run.id, self._subscription.cursor)
            if batch:
                self._subscription.cursor = batch[-1].seq
        return batch


class Catching(Protocol):
    """A listener that has yet to catch up with the others, until it is `ready`."""

    ready: bool


L = TypeVar("L", bound=Catching)
Deliver: TypeAlias = Callable[[Sequence[RunEvent], Sequence[L] | None], object]
"""Hands a batch to these listeners only; with `None` to all that are ready."""


class Follower(Generic[L]):
    """Reads a run's events, in batches, for listeners who come and go.

    Who comes late first has what the others have had, before newer events. It reads from when
    there is someone to deliver to.
    """

    def __init__(
        self, run: Run, deliver: Deliver[L], *, after: int = 0, acknowledges: bool = False
    ) -> None:
        """Call `deliver` on the host loop, with what is behind `after`.

        With `acknowledges`, events count as delivered only when `acknowledge` says so.
        """
        self._run = run
        self._hand_over = deliver
        self._acknowledges = acknowledges
        self._incoming: list[L] = []
        self._reading = False
        self._ended = False
        self._closed = False
        self._waiting: anyio.CancelScope | None = None
        self._cursor = self._arrived = after

    @property
    def is_settled(self) -> bool:
        """Whether the terminal event was delivered, also to those who came late."""
        return self._closed or (self._ended and not self._incoming)

    @property
    def delivered(self) -> int | None:
        """The newest `seq` that has arrived; `None` once closed."""
        return None if self._closed else self._arrived

    def admit(self, listener: L) -> None:
        """Deliver to one more, from the first event on; any thread."""
        self._run.post(lambda: self._admit(listener))

    def acknowledge(self, seq: int) -> None:
        """Say that the events up to `seq` have arrived where they were to go; any thread."""
        self._arrived = max(self._arrived, seq)
        self._run.emitter.progress()

    def close(self) -> None:
        """Deliver nothing more; any thread."""
        self._closed = True
        self._run.emitter.progress()

    def _admit(self, listener: L) -> None:
        self._incoming.append(listener)
        if self._waiting is not None:
            self._waiting.cancel()
        self.begin()

    def begin(self) -> None:
        """Read, if it does not yet; host loop only."""
        if not self._reading and self._run.spawn(self):
            self._reading = True
            self._run.emitter.add_reader(self)

    async def read(self) -> None:
        """Deliver, up to the terminal event."""
        try:
            await self._run.created.wait()
            reading = Reading(self._run, self._cursor)
            while not self.is_settled:
                await self._welcome()
                if not self._ended and not self._incoming:
                    await self._deliver(reading)
        except UnknownRunError:
            pass  # The log has forgotten the run: there is nothing left to deliver.
        except Exception as error:
            self._run.emitter.diagnose("delivery-failed", "events could not be delivered", error)
        finally:
            self._reading = False
            self._run.emitter.remove_reader(self)

    async def _welcome(self) -> None:
        """Let new listeners catch up with the others."""
        incoming = tuple(self._incoming)
        if incoming and self._cursor:
            events = await self._run.log.replay(self._run.id)
            self._call([event for event in events if event.seq <= self._cursor], incoming)
        for listener in incoming:
            listener.ready = True
        del self._incoming[: len(incoming)]

    def _call(self, events: Sequence[RunEvent], only: Sequence[L] | None) -> None:
        with own_errors:
            self._hand_over(events, only)

    async def _deliver(self, reading: Reading) -> None:
        batch: Sequence[RunEvent] | None = None
        # From the caller's look at the newcomers to the wait, nothing else runs on this loop.
        with anyio.CancelScope() as self._waiting:
            batch = await reading.next_batch()
        self._waiting = None
        if batch is None:
            return
        if batch:
            await self._run.hold_back(batch)
            if self._closed:
                return
            self._call(batch, None)
            self._cursor = batch[-1].seq
        self._ended = not batch or batch[-1].type == "run-finished"
        if not self._acknowledges:
            self.acknowledge(self._cursor)


class Dispatcher:
    """Calls the listeners of a run, event by event: those for the very type first, then `*`."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._listeners: Listeners[EventCallback] = Listeners()
        self._follower: Follower[Listener[EventCallback]] = Follower(run, self._dispatch)

    def add(self, type: str, callback: EventCallback, *, once: bool) -> None:
        """Register a listener; any thread. It first gets what it has missed."""
        listener = self._listeners.add(type, callback, once=once)
        if listener is not None:
            self._follower.admit(listener)

    def remove(self, type: str, callback: EventCallback) -> None:
        """Take a registration away, at once; any thread."""
        self._listeners.remove(type, callback)

    def _dispatch(
        self, events: Sequence[RunEvent], only: Sequence[Listener[EventCallback]] | None
    ) -> None:
        for event in events:
            for listener in self._listeners.matching(event.type):
                wanted = listener.ready if only is None else listener in only
                if wanted and self._listeners.claim(listener):
                    self._call(listener, event)

    def _call(self, listener: Listener[EventCallback], event: RunEvent) -> None:
        try:
            with own_errors:
                result = listener.context.run(listener.callback, event)
        except Exception as error:
            self._run.emitter.listener_failed(listener, error)
            return
        if result is not None and inspect.isawaitable(result):
            self._run.background.start(self._await(listener, result), listener.context)

    async def _await(self, listener: Listener[EventCallback], result: Awaitable[object]) -> None:
        try:
            await awaited(result)
        except Exception as error:
            self._run.emitter.listener_failed(listener, error)
