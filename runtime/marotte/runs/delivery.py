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

from marotte.events import Listener, Listeners, RunEvent, Subscription, UnknownRunError

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


class Feed:
    """Hands a run's events to one callback, in batches, on the host loop."""

    def __init__(self, run: Run, callback: BatchCallback, after: int, acknowledges: bool) -> None:
        self._run = run
        self._callback = callback
        self._after = after
        self._acknowledges = acknowledges
        self._delivered = after
        self._closed = False

    @property
    def is_settled(self) -> bool:
        """Whether it wants no more; one that has had everything is forgotten by its run."""
        return self._closed

    @property
    def delivered(self) -> int | None:
        """The newest `seq` that has arrived; `None` once closed."""
        return None if self._closed else self._delivered

    def acknowledge(self, seq: int) -> None:
        """Say that the events up to `seq` have arrived where they were to go; any thread."""
        self._delivered = max(self._delivered, seq)
        self._run.emitter.progress()

    def close(self) -> None:
        """Deliver nothing more; any thread."""
        self._closed = True
        self._run.emitter.progress()

    async def read(self) -> None:
        """Deliver to the end."""
        try:
            await self._read()
        except UnknownRunError:
            pass  # The log has forgotten the run: there is nothing left to deliver.
        except Exception as error:
            self._run.emitter.diagnose("listener-failed", "a listener failed", error)
        finally:
            self._run.emitter.remove_reader(self)

    async def _read(self) -> None:
        await self._run.created.wait()
        subscription = self._run.log.subscribe(self._run.id, self._after)
        while not self._closed and (batch := await subscription.next_batch()):
            await self._run.hold_back(batch)
            if not self._closed:
                self._callback(batch)
            if not self._acknowledges:
                self.acknowledge(batch[-1].seq)


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

    def __init__(self, run: Run, deliver: Deliver[L], *, acknowledges: bool = False) -> None:
        """Call `deliver` on the host loop.

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
        self._cursor = 0
        self._arrived = 0

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
        if not self._reading and self._run.spawn(self):
            self._reading = True
            self._run.emitter.add_reader(self)

    async def read(self) -> None:
        """Deliver, up to the terminal event."""
        try:
            await self._run.created.wait()
            subscription = self._run.log.subscribe(self._run.id, self._cursor)
            while not self.is_settled:
                await self._welcome()
                if not self._ended and not self._incoming:
                    await self._deliver(subscription)
        except UnknownRunError:
            pass  # The log has forgotten the run: there is nothing left to deliver.
        except Exception as error:
            self._run.emitter.diagnose("delivery-failed", "events could not be read", error)
        finally:
            self._reading = False
            self._run.emitter.remove_reader(self)

    async def _welcome(self) -> None:
        """Let new listeners catch up with the others."""
        incoming = tuple(self._incoming)
        if incoming and self._cursor:
            events = await self._run.log.replay(self._run.id)
            self._hand_over([event for event in events if event.seq <= self._cursor], incoming)
        for listener in incoming:
            listener.ready = True
        del self._incoming[: len(incoming)]

    async def _deliver(self, subscription: Subscription) -> None:
        batch: Sequence[RunEvent] = ()
        # From the caller's look at the newcomers to the wait, nothing else runs on this loop.
        with anyio.CancelScope() as self._waiting:
            batch = await subscription.next_batch()
        self._waiting = None
        if not batch:
            return
        await self._run.hold_back(batch)
        if self._closed:
            return
        self._hand_over(batch, None)
        self._cursor = batch[-1].seq
        self._ended = batch[-1].type == "run-finished"
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
            result = listener.context.run(listener.callback, event)
        except Exception as error:
            self._complain(listener, error)
            return
        if result is not None and inspect.isawaitable(result):
            self._run.background.start(self._await(listener, result), listener.context)

    async def _await(self, listener: Listener[EventCallback], result: Awaitable[object]) -> None:
        try:
            await result
        except Exception as error:
            self._complain(listener, error)

    def _complain(self, listener: Listener[EventCallback], error: Exception) -> None:
        """Report a listener's first failure only: a failing listener must not flood the log."""
        if not listener.failed:
            listener.failed = True
            self._run.emitter.diagnose(
                "listener-failed", f"a listener for {listener.type!r} failed", error
            )
