"""The way of a run's events and status changes into the log: one queue, so one order.

Any thread puts in; one task on the host loop takes out, in batches. While the log is busy, what
comes in meanwhile makes the next batch. Neighbouring deltas of one text are joined when a batch
is large; nothing else is ever joined.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import anyio

from marotte.events import (
    Body,
    Emission,
    ReasoningDelta,
    RunChange,
    RunLog,
    RunRecord,
    RunStatus,
    TextDelta,
)
from marotte.runs.containment import awaited

MAX_UNDELIVERED = 1_024
"""How many events may be on their way before an emitter waits."""

_AT_ONCE = 2_048
_JOIN_FROM = 256
_JOIN_UP_TO = 16_384


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of status for the log, with the events that tell of it."""

    expect: frozenset[RunStatus]
    change: RunChange
    emissions: tuple[Emission, ...] = ()


class Outbox:
    """Ordered queue of emissions and transitions of one run."""

    def __init__(self, run_id: str, log: RunLog, kick: Callable[[], object]) -> None:
        """`kick` is called, in the putting thread, when there is something to flush again."""
        self._run_id = run_id
        self._log = log
        self._kick = kick
        self._queue: deque[Emission | Transition] = deque()
        self._in_flight = 0
        self._lock = threading.Lock()
        self._waiting: list[Future[None]] = []
        self._kicked = False
        self._failure: Exception | None = None
        self._closed = False
        self._flushing = anyio.Lock()
        self.appended_seq = 0

    @property
    def is_closed(self) -> bool:
        """Whether it refuses everything."""
        return self._closed

    def __len__(self) -> int:
        """How many wait to be flushed."""
        return len(self._queue)

    @property
    def on_the_way(self) -> int:
        """How many are not in the log yet."""
        return len(self._queue) + self._in_flight

    def put(self, item: Emission | Transition) -> bool:
        """Queue `item`; return `False`, having done nothing, once the outbox is closed."""
        with self._lock:
            if self._closed:
                return False
            self._queue.append(item)
            kick, self._kicked = not self._kicked, True
        if kick:
            self._kick()
        return True

    def room(self) -> Future[None] | None:
        """Return what is done once there is room; `None` if there is. Any thread.

        There is room while fewer than 1 024 are on their way, and in a closed outbox. Whoever
        waits must not be the host loop, which makes it.
        """
        if self._has_room():
            return None
        with self._lock:
            if self._has_room():
                return None
            room: Future[None] = Future()
            self._waiting.append(room)
            return room

    def _has_room(self) -> bool:
        return self.on_the_way < MAX_UNDELIVERED or self._closed

    async def drain(self) -> None:
        """Bring all into the log that is on its way, also what another task is flushing.

        Raises:
            Exception: what the log raised, now or before: some of it is lost.
        """
        while self.on_the_way:
            await self.flush()
        if self._failure is not None:
            raise self._failure

    async def flush(self) -> RunRecord | None:
        """Bring a batch of what is queued into the log; return the record if it changed."""
        async with self._flushing:
            items = self._take()
            try:
                return await awaited(self._write(items))
            except Exception as error:
                self._failure = error
                raise
            finally:
                self._in_flight = 0
                self._make_room()

    async def _write(self, items: Iterable[Emission | Transition]) -> RunRecord | None:
        changed: RunRecord | None = None
        emissions: list[Emission] = []
        for item in items:
            if isinstance(item, Transition):
                await self._append(emissions)
                emissions = []
                changed = await self._transition(item) or changed
            else:
                emissions.append(item)
        await self._append(emissions)
        return changed

    def _make_room(self) -> None:
        with self._lock:
            waiting: list[Future[None]] = []
            if self._has_room():
                waiting, self._waiting = self._waiting, waiting
        for room in waiting:
            room.set_result(None)

    def close(self) -> list[Emission]:
        """Refuse everything from now on; return the emissions that were not flushed."""
        with self._lock:
            self._closed = True
            unsent = [item for item in self._queue if isinstance(item, Emission)]
        self._make_room()
        return unsent

    def _take(self) -> list[Emission | Transition]:
        with self._lock:
            count = min(len(self._queue), _AT_ONCE)
            # Before they are taken, so that nobody who looks meanwhile misses them.
            self._in_flight = count
            items = [self._queue.popleft() for _ in range(count)]
            self._kicked = bool(self._queue)
        return items

    async def _append(self, emissions: list[Emission]) -> None:
        if emissions:
            joined = emissions if len(emissions) < _JOIN_FROM else join_deltas(emissions)
            events = await self._log.append(self._run_id, joined)
            self.appended_seq = events[-1].seq

    async def _transition(self, item: Transition) -> RunRecord | None:
        record = await self._log.transition(self._run_id, item.expect, item.change, item.emissions)
        if record is not None:
            self.appended_seq = record.last_seq
        return record


_DELTAS = (TextDelta, ReasoningDelta)


def join_deltas(emissions: Iterable[Emission]) -> list[Emission]:
    """Return `emissions` with neighbouring deltas of one text joined, up to a modest size."""
    joined: list[Emission] = []
    first: Emission | None = None
    pieces: list[str] = []
    size = 0
    for emission in emissions:
        body = emission.body
        delta = body.delta if isinstance(body, _DELTAS) else None
        if first is not None:
            if delta is not None and size + len(delta) <= _JOIN_UP_TO and _are_one(first, body):
                pieces.append(delta)
                size += len(delta)
                continue
            joined.append(_joined(first, pieces))
            first = None
        if delta is None:
            joined.append(emission)
        else:
            first, pieces, size = emission, [delta], len(delta)
    if first is not None:
        joined.append(_joined(first, pieces))
    return joined


def _are_one(first: Emission, body: Body) -> bool:
    """Return whether two deltas are of the same text."""
    before = first.body
    return (
        isinstance(before, _DELTAS)
        and isinstance(body, _DELTAS)
        and before.segment == body.segment
        and before.type == body.type
    )


def _joined(first: Emission, pieces: Sequence[str]) -> Emission:
    if len(pieces) == 1:
        return first
    return Emission(first.time, first.body.model_copy(update={"delta": "".join(pieces)}))
