"""The one slot of each session: who holds it, and who waits for it."""

from __future__ import annotations

import threading
from collections import deque

from marotte.conversation import EmptyTurnError, SessionBusyError, SessionClosedError
from marotte.runs.run import Run
from marotte.runs.state import StopRequest


class Slots:
    """Lets turn runs claim their sessions, at once or in turn. Any thread."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Run]] = {}
        self._holders: dict[str, Run] = {}
        self._lock = threading.Lock()

    def claim(self, run: Run) -> None:
        """Claim the run's session for it, or let it wait, as its `on_busy` says.

        Raises:
            SessionBusyError: when the session is busy and `on_busy` is `reject`, or the run is
                part of the very run that it would wait for.
            SessionClosedError: when the session is closed.
            EmptyTurnError: when there is nothing to infer from.
        """
        replaced: list[Run] = []
        with self._lock:
            waiting = self._waiting.get(_session_id(run), deque())
            if run.options.on_busy == "supersede":
                replaced = [*self._holder_of(run), *waiting]
            in_turn = run.options.on_busy == "enqueue" and waiting
            if (in_turn and self._may_wait(run)) or not self._take_or_wait(run):
                self._waiting.setdefault(_session_id(run), waiting).append(run)
        for other in replaced:
            other.request_stop(StopRequest("cancel", "supersede"))

    def release(self, run: Run) -> None:
        """Free what `run` holds or waits for, and let the next one have it."""
        session_id = _session_id(run)
        with self._lock:
            if run.session is not None:
                run.session.release(run.id)
            if self._holders.get(session_id) is run:
                del self._holders[session_id]
            waiting = self._waiting.get(session_id)
            if waiting is None:
                return
            if run in waiting:
                waiting.remove(run)
            self._admit(waiting)
            if not waiting:
                del self._waiting[session_id]

    def _take_or_wait(self, run: Run) -> bool:
        """Take the session; return `False` if it is busy and `run` may wait for it."""
        try:
            self._take(run)
        except SessionBusyError:
            if run.options.on_busy == "reject" or not self._may_wait(run):
                raise
            return False
        return True

    def _may_wait(self, run: Run) -> bool:
        """Whether the holder can end before `run` does: not if `run` is part of it."""
        return not any(holder in run.ancestors for holder in self._holder_of(run))

    def _holder_of(self, run: Run) -> list[Run]:
        holder = self._holders.get(_session_id(run))
        return [holder] if holder is not None else []

    def _admit(self, waiting: deque[Run]) -> None:
        """Let the first of those who still want it have the session."""
        while waiting:
            run = waiting[0]
            if run.state.cause is None:
                try:
                    self._take(run)
                except SessionBusyError:
                    return
                except SessionClosedError:
                    run.request_stop(StopRequest("cancel", "session"))
                except EmptyTurnError as error:
                    run.claim_error = error
            waiting.popleft()
            run.changed.notify()
            if run.staged is not None:
                return

    def _take(self, run: Run) -> None:
        session = run.session
        if session is None:
            return
        staged = session.claim(run.id, run.seed, lambda: _close(run))
        run.turn = staged.turn
        run.staged = staged
        self._holders[session.id] = run
        extra = 0 if staged.extends else 1
        excess = run.meter.check_turns(session.turn_count + extra)
        if excess is not None:
            run.limit(excess)


def _session_id(run: Run) -> str:
    return run.session.id if run.session is not None else ""


def _close(run: Run) -> None:
    run.request_stop(StopRequest("stop", "session"))
