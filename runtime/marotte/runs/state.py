"""The part of a run that every thread may touch: its phase, and what was asked of it.

Nothing here waits. One short lock makes each decision atomic, and what a decision says to the log
is handed over under that lock, so that the log hears decisions in the order in which they fell.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from marotte.events import (
    LIMIT_REASONS,
    LIVE,
    Emission,
    RequestedBy,
    RunChange,
    RunResumed,
    RunStarted,
    RunStatus,
    RunStopping,
    RunYielded,
    StopMode,
    StopReason,
    happened,
    now_ms,
)
from marotte.runs.errors import RunError, RunLimitError, RunStoppedError, RunTimeoutError
from marotte.runs.outbox import Transition

OpenPhase: TypeAlias = Literal["queued", "running", "waiting"]
Phase: TypeAlias = OpenPhase | Literal["concluding", "terminal"]


@dataclass(frozen=True, slots=True)
class StopRequest:
    """What someone asks of a run: to stop or to be cancelled, by whom, and why in their words.

    `reason` is the stop reason; without one it follows from who asks.
    """

    mode: StopMode
    requested_by: RequestedBy = "user"
    detail: str | None = None
    reason: StopReason | None = None

    @property
    def stop_reason(self) -> StopReason:
        """Why the run ends, if this request is the first."""
        by_mode: StopReason = "user_stop" if self.mode == "stop" else "user_cancel"
        return self.reason or _REASONS.get(self.requested_by, by_mode)


_REASONS: Mapping[RequestedBy, StopReason] = {
    "parent": "parent_stopped",
    "session": "session_closed",
    "supersede": "superseded",
    "client": "client_disconnect",
    "shutdown": "shutdown",
    "deadline": "deadline",
}
STOP_REASONS: frozenset[StopReason] = LIMIT_REASONS | {
    "user_stop",
    "user_cancel",
    *(reason for reason in _REASONS.values() if reason != "deadline"),
}
"""What a caller may give as the reason: those of the statuses `stopped` and `limit_reached`."""
_STATUS: Mapping[StopReason, RunStatus] = {
    "deadline": "timed_out",
    **dict.fromkeys(LIMIT_REASONS, "limit_reached"),
    "internal_error": "failed",
}


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a run will end before it completes: the first accepted request."""

    reason: StopReason
    requested_by: RequestedBy
    detail: str | None
    at: int

    @property
    def status(self) -> RunStatus:
        """The terminal status that follows."""
        return _STATUS.get(self.reason, "stopped")

    def error(self, run_id: str, session_id: str) -> RunError:
        """Return the error that tells of it."""
        message = self.detail or self.reason
        if self.status == "stopped":
            message = f"context canceled: {self.detail}" if self.detail else "context canceled"
        elif self.status == "timed_out":
            message = "context deadline exceeded"
        return ERRORS[self.status](message, code=self.reason, run_id=run_id, session_id=session_id)


ERRORS: Mapping[RunStatus, type[RunError]] = {
    "stopped": RunStoppedError,
    "timed_out": RunTimeoutError,
    "limit_reached": RunLimitError,
    "failed": RunError,
}
"""The error that a run of each status ends with, as far as that follows from the status."""


class RunState:
    """Phase, first cause, hardest mode and calls in flight of one run; see the module.

    A call in flight is one of every run above as well: their graces do not run meanwhile either.
    """

    def __init__(
        self,
        *,
        deadline: float | None,
        tell_log: Callable[[Transition], object],
        changed: Callable[[], object],
        above: RunState | None = None,
    ) -> None:
        """`deadline` is on the monotonic clock; `changed` is called, unlocked, to wake the run.

        `above` is the state of the run's parent.
        """
        self.deadline = deadline
        self.phase: Phase = "queued"
        self.cause: Cause | None = None
        self.mode: StopMode | None = None
        self.observed_at: int | None = None
        self.yielded: str | None = None
        self.grace_from: float | None = None
        self.cancelled_at: float | None = None
        self._above = above
        self._in_flight: list[str] = []
        self._tell_log = tell_log
        self._changed = changed
        self._lock = threading.Lock()

    @property
    def status(self) -> RunStatus:
        """What callers see until the run is over: `stopping` as soon as a stop was accepted."""
        with self._lock:
            if self.cause is not None:
                return "stopping"
            if self.phase == "queued" or self.phase == "waiting":
                return self.phase
            # A run that is being committed can no longer be stopped: to callers, it runs.
            return "running"

    @property
    def alarm(self) -> float | None:
        """When the run needs to be looked at next for its deadline, on the monotonic clock."""
        return None if self.mode == "cancel" else self.deadline

    def accept(self, request: StopRequest, at: float | None = None) -> bool:
        """Note `request`, for good; return whether the run is stopping now.

        It is not when the run has ended, or is being committed: then the request is too late.
        `at` is when it became valid, on the monotonic clock.
        """
        with self._lock:
            if self.phase in ("concluding", "terminal"):
                return False
            changed = self._note(request, time.monotonic() if at is None else at)
        if changed:
            self._changed()
        return True

    def poll(self) -> None:
        """Accept the deadline if it has passed."""
        deadline = self.deadline
        if deadline is not None and self.mode != "cancel" and time.monotonic() >= deadline:
            self.accept(StopRequest("cancel", "deadline"), deadline)

    def begin(self, turn_id: str | None, started: RunStarted) -> bool:
        """Go from queued to running; return `False` if a stop came first."""
        self.poll()
        change = RunChange(status="running", started_at=now_ms())
        if turn_id is not None:
            change["turn_id"] = turn_id
        return self._step("queued", "running", change, happened(started))

    def pause(self, yielded: RunYielded) -> bool:
        """Go from running to waiting; return `False` if a stop came first."""
        self.yielded = yielded.reason
        change = RunChange(status="waiting", yielded=yielded.reason)
        return self._step("running", "waiting", change, happened(yielded))

    def resume(self, resumed: RunResumed) -> bool:
        """Go from waiting to running; return `False` if the run does not wait."""
        change = RunChange(status="running", yielded=None)
        return self._step("waiting", "running", change, happened(resumed))

    def enter(self, call: str | None = None) -> bool:
        """Pass the entry check; return `False` if the run is stopping or over.

        A `call` is counted as in flight until `leave`: the grace of a stop does not run meanwhile.
        """
        self.poll()
        with self._lock:
            if self.cause is not None or self.phase in ("concluding", "terminal"):
                self._observe()
                return False
            if call is not None:
                self._in_flight.append(call)
        if call is not None and self._above is not None:
            self._above._hold(call)
        return True

    def leave(self, call: str) -> None:
        """Count a call as returned; one of a run that is over no longer counts."""
        with self._lock:
            if call not in self._in_flight:
                return
            self._in_flight.remove(call)
            starts = self.mode == "stop" and not self._in_flight
            if starts:
                self.grace_from = time.monotonic()
        if starts:
            self._changed()
        if self._above is not None:
            self._above.leave(call)

    def observe(self) -> None:
        """Note that the executing side has noticed the stop."""
        with self._lock:
            self._observe()

    def conclude(self) -> Cause | None:
        """Close the door to stops, unless one was accepted: then return its cause."""
        self.poll()
        with self._lock:
            if self.cause is None:
                self.phase = "concluding"
            return self.cause

    def finish(self) -> None:
        """Become terminal; calls that a wedged computation has left in flight hold nobody up."""
        with self._lock:
            self.phase = "terminal"
            left = tuple(self._in_flight)
        for call in left:
            self.leave(call)

    def _hold(self, call: str) -> None:
        """Count a call of a run below. One may have begun just before the stop reached that."""
        with self._lock:
            self._in_flight.append(call)
            self.grace_from = None
        if self._above is not None:
            self._above._hold(call)

    def _observe(self) -> None:
        if self.cause is not None and self.observed_at is None:
            self.observed_at = now_ms()

    def _step(self, old: OpenPhase, new: OpenPhase, change: RunChange, emission: Emission) -> bool:
        with self._lock:
            if self.phase != old or self.cause is not None:
                return False
            self.phase = new
            self._tell_log(Transition(frozenset((old,)), change, (emission,)))
            return True

    def _note(self, request: StopRequest, at: float) -> bool:
        """Take in a request; return whether it changed anything."""
        first = self.cause is None
        if not first and not (self.mode == "stop" and request.mode == "cancel"):
            return False
        if self.cause is None:
            self.cause = cause_of(request)
        self.mode = request.mode
        if request.mode == "cancel":
            self.cancelled_at = at
        elif not self._in_flight:
            self.grace_from = at
        if self.phase != "queued":
            self._announce(request, first)
        return True

    def _announce(self, request: StopRequest, first: bool) -> None:
        waiting_for = ", ".join(self._in_flight) if request.mode == "stop" else None
        stopping = RunStopping(
            mode=request.mode, requested_by=request.requested_by, waiting_for=waiting_for or None
        )
        change = RunChange(stop_mode=request.mode)
        if first and self.cause is not None:
            change |= {"status": "stopping", **stop_fields(self.cause)}
        expect = LIVE - {"queued"}
        self._tell_log(Transition(expect, change, (happened(stopping),)))


def stop_fields(cause: Cause) -> RunChange:
    """Return what a record says of the request that ends its run."""
    return RunChange(
        stop_requested_at=cause.at,
        stop_requested_by=cause.requested_by,
        stop_detail=cause.detail,
    )


def cause_of(request: StopRequest) -> Cause:
    return Cause(request.stop_reason, request.requested_by, request.detail, now_ms())
