"""The log of runs: the protocol of whoever owns it, and subscriptions that read it by cursor.

A subscription holds no queue. It reads from the log what lies behind its cursor and waits when
there is nothing, so a slow reader loses nothing, and subscribing at any instant around an append
leaves no gap and no duplicate.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from marotte.conversation import MarotteError, Turn, Usage
from marotte.events.event import RunEvent
from marotte.events.record import RunChange, RunRecord, RunStatus
from marotte.events.stamp import Emission


class UnknownRunError(MarotteError, LookupError):
    """The log has no such run, or no longer."""

    default_code = "unknown_run"


class CursorError(MarotteError, ValueError):
    """A reader asks for events behind the newest one."""

    default_code = "cursor_too_new"


@dataclass(frozen=True, slots=True)
class TurnCommit:
    """A turn to write together with the end of its run.

    `apply` brings the session in memory up to date. It is called if and only if the log accepts
    the commit, after the point of no return, and does nothing when repeated.
    """

    session_id: str
    turn: Turn
    extends: bool
    usage: Usage
    apply: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Page:
    """Some records, newest first; `next` asks for the following ones (`None`: no more)."""

    records: list[RunRecord]
    next: str | None


class RunLog(Protocol):
    """Owner of the records and events of runs. Every method is called on the host loop."""

    async def create(self, record: RunRecord) -> None:
        """Enter a new run.

        Raises:
            ValueError: when there is a run of that id.
        """
        ...

    async def append(self, run_id: str, emissions: Sequence[Emission]) -> Sequence[RunEvent]:
        """Append events, in order, and return them with their envelope.

        Raises:
            UnknownRunError: when there is no such run.
        """
        ...

    async def transition(
        self,
        run_id: str,
        expect: Collection[RunStatus],
        change: RunChange,
        emissions: Sequence[Emission] = (),
    ) -> RunRecord | None:
        """Change the record and append events in one step, if the status is one of `expect`.

        Returns the new record, or `None` if the status was another: then nothing was changed.

        Raises:
            UnknownRunError: when there is no such run.
        """
        ...

    async def commit(
        self,
        run_id: str,
        commit: TurnCommit,
        expect: Collection[RunStatus],
        change: RunChange,
        emissions: Sequence[Emission],
    ) -> RunRecord | None:
        """Do a `transition` that also writes a turn: all of it, or nothing."""
        ...

    async def record(self, run_id: str) -> RunRecord | None:
        """Return the run's record, `None` where there is none."""
        ...

    async def records(
        self,
        *,
        status: Collection[RunStatus] | None = None,
        session_id: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> Page:
        """Return records, newest first, beginning behind run `before`."""
        ...

    async def replay(self, run_id: str, after: int = 0) -> Sequence[RunEvent]:
        """Return all events whose `seq` is greater than `after`.

        Raises:
            UnknownRunError: when there is no such run.
        """
        ...

    def subscribe(self, run_id: str, after: int = 0) -> Subscription:
        """Return a reader of all events behind `after`, old and new, that ends after the last.

        Raises:
            UnknownRunError: when there is no such run.
            CursorError: when `after` is beyond the newest event.
        """
        ...


class Subscription:
    """Iterates over the events of a run, one by one or in batches, up to the terminal one."""

    def __init__(
        self,
        read: Callable[[int], Awaitable[Sequence[RunEvent] | None]],
        wait: Callable[[int], Awaitable[object]],
        after: int = 0,
    ) -> None:
        """Read behind a cursor with `read`, which returns `None` behind the terminal event.

        `wait` returns once there may be more to read.
        """
        self._read = read
        self._wait = wait
        self._batch: Sequence[RunEvent] = ()
        self._index = 0
        self.cursor = after

    async def next_batch(self) -> Sequence[RunEvent]:
        """Return the events that are there, at least one; none at all after the terminal one.

        When cancelled, it loses nothing.
        """
        while (batch := await self._read(self.cursor)) is not None:
            if batch:
                self.cursor = batch[-1].seq
                return batch
            await self._wait(self.cursor)
        return ()

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> RunEvent:
        if self._index == len(self._batch):
            self._batch, self._index = await self.next_batch(), 0
        if not self._batch:
            raise StopAsyncIteration
        event = self._batch[self._index]
        self._index += 1
        return event
