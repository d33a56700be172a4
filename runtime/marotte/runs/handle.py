"""The handle of a run: what `start` returns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Generator
from typing import Any, Generic, cast, get_args

import anyio.lowlevel

from marotte.conversation import InvalidValueError, Usage, describe
from marotte.events import RequestedBy, RunEvent, RunRecord, RunStatus, StopMode, StopReason
from marotte.runs.computation import T
from marotte.runs.delivery import BatchCallback, Deliver, EventCallback, Follower, L, Reading
from marotte.runs.run import Outcome, Run
from marotte.runs.state import STOP_REASONS, StopRequest
from marotte.runs.stop_token import StopToken, reason_text
from marotte.runs.tree import RunTree

_REQUESTED_BY: frozenset[str] = frozenset(get_args(get_args(RequestedBy.__value__)[0]))


class RunHandle(Generic[T]):
    """A run, seen from outside: follow it, stop it, await it.

    Awaiting it gives the committed turn (or the result of a run that is no turn run), or raises
    the run's error. Iterating over it gives all its events, up to the terminal one. Both are for
    the host loop; everything else may be called from any thread. `run` is for this room alone.
    """

    def __init__(self, run: Run) -> None:
        self.run = run

    @property
    def id(self) -> str:
        """Identifies the run."""
        return self.run.id

    @property
    def status(self) -> RunStatus:
        """Where in its life the run is; `stopping` as soon as a stop was accepted."""
        return self.run.view().status

    @property
    def usage(self) -> Usage:
        """What the run has spent so far, whatever its outcome."""
        return self.run.meter.usage

    @property
    def record(self) -> RunRecord:
        """The run's record as of now."""
        return self.run.view()

    @property
    def token(self) -> StopToken:
        """Set as soon as a stop of this run is accepted, whatever the reason."""
        return self.run.token

    @property
    def outcome(self) -> Outcome | None:
        """Record, result and error, once the run has settled."""
        return self.run.outcome

    def stop(
        self,
        reason: str | None = None,
        *,
        requested_by: RequestedBy = "user",
        stop_reason: StopReason | None = None,
    ) -> bool:
        """Ask the run to stop at its next boundary; calls in flight finish.

        Args:
            reason: Why, in free text; kept as the record's `stop_detail`.
            requested_by: Who asks; the stop reason follows from it.
            stop_reason: Another stop reason than that: one of a run that is stopped, or that
                has reached a limit.

        Returns whether the run is stopping now: not if it has ended, or is being committed.

        Raises:
            InvalidValueError: (a `TypeError`) for an unknown `requested_by` or `stop_reason`, or a
                `reason` that is no text.
        """
        return self._request("stop", requested_by, reason, stop_reason)

    def cancel(
        self,
        reason: str | None = None,
        *,
        requested_by: RequestedBy = "user",
        stop_reason: StopReason | None = None,
    ) -> bool:
        """Cancel the run now; calls in flight are aborted. For the rest, see `stop`."""
        return self._request("cancel", requested_by, reason, stop_reason)

    def _request(
        self,
        mode: StopMode,
        requested_by: RequestedBy,
        detail: str | None,
        stop_reason: StopReason | None,
    ) -> bool:
        _expect("requested_by", requested_by, _REQUESTED_BY)
        if stop_reason is not None:
            _expect("stop_reason", stop_reason, STOP_REASONS)
        detail = reason_text(detail)
        return self.run.request_stop(StopRequest(mode, requested_by, detail, stop_reason))

    def resume(self) -> bool:
        """Resume a run that waits; return whether it did."""
        return self.run.resume()

    def on(self, type: str, callback: EventCallback) -> RunHandle[T]:
        """Call `callback` for each event of `type`, also for past ones; return the handle.

        Registrations are a set over (type, callback). Listeners for the very type are called
        before those for all. They are called on the host loop, in the context of this call; what
        an async one does beyond its first wait is not waited for. One that raises gives a
        `diagnostic`, once.

        Args:
            type: An event type, a plugin's (`acme.x`), or `""` or `"*"` for all.
            callback: Takes the event; may be async.

        Raises:
            InvalidValueError: (a `TypeError`) for an unknown type, naming the known ones.
        """
        self.run.dispatcher.add(type, callback, once=False)
        return self

    def once(self, type: str, callback: EventCallback) -> RunHandle[T]:
        """Call `callback` for one event of `type`, which may be a past one; see `on`."""
        self.run.dispatcher.add(type, callback, once=True)
        return self

    def off(self, type: str, callback: EventCallback) -> RunHandle[T]:
        """Take a registration away, at once; see `on`."""
        self.run.dispatcher.remove(type, callback)
        return self

    def listen(
        self, callback: BatchCallback, *, after: int = 0, acknowledges: bool = False
    ) -> Follower[Any]:
        """Call `callback` on the host loop with batches of all events behind `after`.

        It is never called from within this method. With `acknowledges`, events count as delivered
        (which is what emitters wait for) only when `Follower.acknowledge` says so.
        """
        follower: Follower[Any] = Follower(
            self.run, lambda batch, _: callback(batch), after=after, acknowledges=acknowledges
        )
        self.run.post(follower.begin)
        return follower

    def follow(self, deliver: Deliver[L]) -> Follower[L]:
        """Call `deliver` on the host loop with batches of events, for listeners that are admitted.

        The first argument is the events, the second those listeners that they are for, or `None`
        for all that are ready. Who is admitted late first gets what the others have had. Events
        count as delivered, which is what emitters wait for, when `Follower.acknowledge` says so.
        """
        return Follower(self.run, deliver, acknowledges=True)

    def diagnose(self, code: str, message: str, error: BaseException | None = None) -> None:
        """Report something about the run that does not change its outcome; see `RunContext`.

        Once the run is over it is too late: whoever holds a handle has other ways to tell.
        """
        if not self.run.outbox.is_closed:
            self.run.emitter.diagnose(code, message, error)

    def add_done_callback(self, callback: Callable[[], object]) -> None:
        """Call `callback` on the host loop once the run has settled, at once if it has."""
        self.run.add_done_callback(callback)

    async def wait(self) -> RunRecord:
        """Wait until the run has settled and return its final record; raise nothing."""
        await self.run.settled.wait()
        return self.run.record

    async def delivered(self) -> None:
        """Wait until the run has ended and every listener of now has had its last event."""
        await self.run.settled.wait()
        await anyio.lowlevel.checkpoint()  # Those that were just added are let in before.
        await self.run.emitter.delivered()

    async def events(self, after: int = 0) -> AsyncIterator[RunEvent]:
        """Iterate over all events behind `after`, up to the terminal one."""
        await self.run.created.wait()
        reading = Reading(self.run, after)
        while batch := await reading.next_batch():
            for event in batch:
                await self.run.hold_back((event,))
                yield event

    def tree(self) -> RunTree:
        """Return the events of the run and of all runs below it, as one stream."""
        return RunTree(self.run)

    def __aiter__(self) -> AsyncIterator[RunEvent]:
        return self.events()

    def __await__(self) -> Generator[Any, Any, T]:
        return self._result().__await__()

    async def _result(self) -> T:
        await self.run.settled.wait()
        outcome = self.run.outcome
        if outcome is not None and outcome.error is not None:
            # Not with the traceback of whoever waited before.
            raise outcome.error.with_traceback(outcome.traceback)
        return cast("T", outcome.value if outcome is not None else None)

    def __repr__(self) -> str:
        return f"<RunHandle {self.id} {self.status}>"


def _expect(path: str, value: object, known: Collection[str]) -> None:
    """Refuse what the log could not take: a run that has stopped could not be written."""
    if value not in known:
        expected = ", ".join(sorted(known))
        raise InvalidValueError(path, f"expected one of {expected}, got {describe(value)}")
