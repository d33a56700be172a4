"""A log in memory: bounded per run, and in how many finished runs it remembers."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import anyio

from marotte.events.bodies import EventsDropped
from marotte.events.event import RunEvent
from marotte.events.log import CursorError, Page, Subscription, TurnCommit, UnknownRunError
from marotte.events.record import RunChange, RunRecord, RunStatus
from marotte.events.stamp import Emission, Stamp

_DROPPABLE = frozenset(
    (
        "text-delta",
        "text-finished",
        "reasoning-delta",
        "reasoning-finished",
        "model-call-started",
        "model-call-finished",
        "output",
    )
)
_READ_AT_ONCE = 1_024


class MemoryRunLog:
    """Keeps records and events in this process, on the host loop.

    Args:
        max_events: Events kept per run. Beyond, the oldest texts, outputs and model calls go;
            `events-dropped` marks the hole in a replay. Ends, stops, tools, children, commits
            and diagnostics are kept, whatever their number.
        max_bytes: Characters of JSON text kept per run, in the same way.
        keep_finished: Finished runs remembered; the oldest are forgotten first.
        keep_finished_bytes: Characters of JSON text kept for all finished runs together.
    """

    def __init__(
        self,
        *,
        max_events: int = 10_000,
        max_bytes: int = 8 * 1024 * 1024,
        keep_finished: int = 1_000,
        keep_finished_bytes: int = 64 * 1024 * 1024,
    ) -> None:
        self._bounds = _Bounds(max_events, max_bytes)
        self._keep_finished = keep_finished
        self._keep_finished_bytes = keep_finished_bytes
        self._runs: dict[str, _RunEvents] = {}
        self._finished: OrderedDict[str, int] = OrderedDict()
        self._finished_bytes = 0

    async def create(self, record: RunRecord) -> None:
        if record.id in self._runs:
            raise ValueError(f"there is a run {record.id} already")
        self._runs[record.id] = _RunEvents(record, self._bounds)

    async def append(self, run_id: str, emissions: Sequence[Emission]) -> Sequence[RunEvent]:
        return self._run(run_id).append(emissions)

    async def transition(
        self,
        run_id: str,
        expect: Collection[RunStatus],
        change: RunChange,
        emissions: Sequence[Emission] = (),
    ) -> RunRecord | None:
        run = self._run(run_id)
        return self._change(run, change, emissions) if run.record.status in expect else None

    async def commit(
        self,
        run_id: str,
        commit: TurnCommit,
        expect: Collection[RunStatus],
        change: RunChange,
        emissions: Sequence[Emission],
    ) -> RunRecord | None:
        run = self._run(run_id)
        if run.record.status not in expect:
            return None
        commit.apply()
        return self._change(run, change, emissions)

    async def record(self, run_id: str) -> RunRecord | None:
        run = self._runs.get(run_id)
        return run.record if run else None

    async def records(
        self,
        *,
        status: Collection[RunStatus] | None = None,
        session_id: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> Page:
        matching = (
            run.record
            for run in self._newest_first(before)
            if (status is None or run.record.status in status)
            and (session_id is None or run.record.session_id == session_id)
        )
        found = list(islice(matching, limit + 1))
        more = len(found) > limit
        return Page(found[:limit], found[limit - 1].id if more else None)

    async def replay(self, run_id: str, after: int = 0) -> Sequence[RunEvent]:
        return list(self._run(run_id).behind(after))

    def subscribe(self, run_id: str, after: int = 0) -> Subscription:
        run = self._run(run_id)
        if after > run.record.last_seq:
            message = f"run {run_id} has no event {after}, the newest is {run.record.last_seq}"
            raise CursorError(message, run_id=run_id)
        return Subscription(run.read, run.wait, after)

    def _run(self, run_id: str) -> _RunEvents:
        run = self._runs.get(run_id)
        if run is None:
            raise UnknownRunError(f"no run {run_id} in the log", run_id=run_id)
        return run

    def _newest_first(self, before: str | None) -> Iterator[_RunEvents]:
        runs = reversed(self._runs.values())
        if before is not None:
            self._run(before)
            for run in runs:
                if run.record.id == before:
                    break
        return runs

    def _change(
        self, run: _RunEvents, change: RunChange, emissions: Sequence[Emission]
    ) -> RunRecord:
        run.change(change)
        run.append(emissions)
        if run.record.is_terminal:
            self._retire(run)
        return run.record

    def _retire(self, run: _RunEvents) -> None:
        self._finished[run.record.id] = run.size
        self._finished_bytes += run.size
        while (
            len(self._finished) > self._keep_finished
            or self._finished_bytes > self._keep_finished_bytes
        ):
            run_id, size = self._finished.popitem(last=False)
            self._finished_bytes -= size
            del self._runs[run_id]


@dataclass(frozen=True, slots=True)
class _Bounds:
    events: int
    bytes: int


@dataclass(slots=True)
class _RunEvents:
    """One run: its record, its events in order of `seq`, and who waits for more."""

    record: RunRecord
    bounds: _Bounds
    stamp: Stamp = field(init=False)
    events: list[RunEvent] = field(default_factory=list)
    size: int = 0
    changed: anyio.Event = field(default_factory=anyio.Event)
    _trim_at: _Bounds = field(init=False)

    def __post_init__(self) -> None:
        self.stamp = Stamp(self.record)
        self._trim_at = self.bounds

    def change(self, change: RunChange) -> None:
        self.record = self.record.model_copy(update=dict(change))
        if "turn_id" in change:
            self.stamp = Stamp(self.record)

    def append(self, emissions: Iterable[Emission]) -> Sequence[RunEvent]:
        seq = self.record.last_seq
        stamp = self.stamp
        added = [stamp(emission, seq) for seq, emission in enumerate(emissions, seq + 1)]
        if not added:
            return added
        self.events += added
        self.size += sum([event.size for event in added])
        self.record = self.record.model_copy(update={"last_seq": added[-1].seq})
        if len(self.events) > self._trim_at.events or self.size > self._trim_at.bytes:
            self._trim()
        self.changed.set()
        self.changed = anyio.Event()
        return added

    async def read(self, after: int) -> Sequence[RunEvent] | None:
        if self.record.is_terminal and after >= self.record.last_seq:
            return None
        start = bisect_right(self.events, after, key=_seq)
        batch = self.events[start : start + _READ_AT_ONCE]
        if batch and batch[-1].seq == after + len(batch):
            return batch
        return list(islice(self.behind(after), _READ_AT_ONCE))

    async def wait(self, after: int) -> None:
        if self.record.last_seq <= after:
            await self.changed.wait()

    def behind(self, after: int) -> Iterator[RunEvent]:
        """Yield the events behind `after`, with a marker for each hole."""
        start = bisect_right(self.events, after, key=_seq)
        for event in islice(self.events, start, None):
            if event.seq > after + 1:
                yield self._marker(after + 1, event)
            yield event
            after = event.seq

    def _marker(self, first: int, event: RunEvent) -> RunEvent:
        last = event.seq - 1
        body = EventsDropped(count=last - first + 1, first_seq=first, last_seq=last)
        return self.stamp(Emission(event.time, body), last)

    def _trim(self) -> None:
        """Drop the oldest droppable events down to nine tenths, so that this is rarely done."""
        excess = len(self.events) - self.bounds.events * 9 // 10
        size = self.bounds.bytes * 9 // 10
        kept: list[RunEvent] = []
        for index, event in enumerate(self.events):
            if excess <= 0 and self.size <= size:
                kept += self.events[index:]
                break
            if _is_droppable(event) and index < len(self.events) - 1:
                excess -= 1
                self.size -= event.size
            else:
                kept.append(event)
        self.events = kept
        # What may not be dropped may fill the bounds: then wait for a tenth more.
        self._trim_at = _Bounds(
            max(self.bounds.events, len(kept) * 11 // 10),
            max(self.bounds.bytes, self.size * 11 // 10),
        )


def _seq(event: RunEvent) -> int:
    return event.seq


def _is_droppable(event: RunEvent) -> bool:
    return event.type in _DROPPABLE or "." in event.type
