"""Calls in flight: what a host does for a run and must be able to abort.

Aborting uses the task's own cancellation, counted with `uncancel` as `asyncio.timeout` does it: it
is delivered once, where a cancel scope would deliver it on every turn of the loop for as long as
the body winds down.
"""

from __future__ import annotations

import asyncio
from types import TracebackType

from marotte.runs.errors import RunError, RunStoppedError
from marotte.runs.state import RunState


class HostCall:
    """One call: `async with ctx.call("model call"): …`.

    Entering raises the run's error if it is stopping. Leaving raises it if the call was aborted.
    """

    def __init__(self, calls: Calls, name: str, holds_grace: bool) -> None:
        self._calls = calls
        self._name = name if holds_grace else None
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._aborted = False

    async def __aenter__(self) -> None:
        self._calls.check(self._name)
        self._task = asyncio.current_task()
        self._cancelling = self._task.cancelling() if self._task else 0
        self._calls.in_flight.add(self)

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._calls.in_flight.discard(self)
        if self._name is not None:
            self._calls.state.leave(self._name)
        if not self._aborted or self._task is None:
            return
        self._calls.state.observe()
        if self._task.uncancel() <= self._cancelling and exc_type is asyncio.CancelledError:
            raise self._calls.error() from None

    def abort(self) -> None:
        """Cancel what the call waits for; once."""
        if not self._aborted and self._task is not None:
            self._aborted = True
            self._task.cancel()


class Calls:
    """The calls of one run; host loop only, but for `check`."""

    def __init__(self, state: RunState, run_id: str, session_id: str) -> None:
        self.state = state
        self.in_flight: set[HostCall] = set()
        self.any_aborted = False
        self._run_id = run_id
        self._session_id = session_id

    def check(self, call: str | None = None) -> None:
        """Raise the run's error if it is stopping or over; any thread."""
        if not self.state.enter(call):
            raise self.error()

    def error(self) -> RunError:
        """Return the error that tells why the run is stopping."""
        cause = self.state.cause
        if cause is not None:
            return cause.error(self._run_id, self._session_id)
        return RunStoppedError("run is finished", run_id=self._run_id, session_id=self._session_id)

    def abort(self) -> None:
        """Abort all calls in flight."""
        for call in tuple(self.in_flight):
            self.any_aborted = True
            call.abort()
