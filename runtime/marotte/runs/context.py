"""The executing side of a run: what a computation, and everything that it calls, may use."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import Future, wait
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

from marotte.conversation import Turn, Usage
from marotte.events import Body, RunKind, RunYielded, StopReason
from marotte.runs.calls import HostCall
from marotte.runs.cleanups import Cleanup
from marotte.runs.execution import Execution
from marotte.runs.meter import Excess
from marotte.runs.options import RunOptions
from marotte.runs.run import Run
from marotte.runs.stop_token import StopToken

ROOM_SECONDS = 1.0


class RunContext:
    """One run, seen from inside. Any thread may use it, unless a method says otherwise.

    `run` is for this room alone.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self._history: list[Turn] | None = None
        self._lock = threading.Lock()

    @property
    def run_id(self) -> str:
        """Identifies the run."""
        return self.run.id

    @property
    def kind(self) -> RunKind:
        """What the run executes."""
        return self.run.record.kind

    @property
    def name(self) -> str | None:
        """What the starter calls it."""
        return self.run.record.name

    @property
    def session_id(self) -> str:
        """The run's session; empty for a run without one."""
        return self.run.record.session_id

    @property
    def turn_id(self) -> str | None:
        """The turn that a turn run works on."""
        return self.run.turn.id if self.run.turn is not None else None

    @property
    def parent_run_id(self) -> str | None:
        """The run that started this one."""
        return self.run.record.parent_run_id

    @property
    def tags(self) -> Mapping[str, str]:
        """The run's labels, with those it inherited."""
        return MappingProxyType(self.run.record.tags)

    @property
    def deadline_ms(self) -> int | None:
        """When the run times out, in milliseconds since the epoch."""
        return self.run.record.deadline

    @property
    def options(self) -> RunOptions:
        """What the run was started with."""
        return self.run.options

    @property
    def token(self) -> StopToken:
        """Set as soon as a stop of this run is accepted, whatever the reason."""
        return self.run.token

    @property
    def is_stopping(self) -> bool:
        """Whether the run is to end before it completes."""
        return self.run.state.cause is not None

    async def wait_stopping(self) -> None:
        """Wait until a stop of the run is accepted; host loop only."""
        while not self.is_stopping:
            await self.run.changed.wait()

    @property
    def usage(self) -> Usage:
        """What the run has spent so far."""
        return self.run.meter.usage

    @property
    def turn(self) -> Turn:
        """The staged turn: seed and answer so far. It is the run's own: change it in place.

        Raises:
            RuntimeError: for a run that is no turn run.
        """
        if self.run.turn is None:
            raise RuntimeError(f"run {self.run_id} is a {self.kind} run, it has no turn")
        return self.run.turn

    @property
    def history(self) -> list[Turn]:
        """Copies of the committed turns before this one."""
        with self._lock:
            if self._history is None:
                staged = self.run.staged
                self._history = [turn.clone() for turn in staged.history] if staged else []
            return self._history

    def stage(self, turn: Turn) -> None:
        """Replace the staged turn; it keeps its id."""
        turn.id = self.turn.id
        self.run.turn = turn

    def check(self) -> None:
        """Pass the entry check: every effect calls this before it executes.

        Raises:
            RunStoppedError: or `RunTimeoutError`, or `RunLimitError`, if the run is stopping.
        """
        self.run.calls.check()

    def call(self, name: str = "call", *, holds_grace: bool = True) -> HostCall:
        """Return a context manager for one host call in flight; host loop only.

        It passes the entry check. Cancelling the run aborts what is inside. The grace of a stop
        does not run meanwhile, unless `holds_grace` is false: a call that holds it must have a
        timeout of its own. `name` shows in `run-stopping` as what is waited for.
        """
        return HostCall(self.run.calls, name, holds_grace)

    def start_part(self, coroutine: Coroutine[Any, Any, object]) -> Execution:
        """Execute a part of the run's work in a task of its own; host loop only.

        Whoever starts it waits for its end. It is cancelled with the run, and left behind with a
        run that is wedged.
        """
        return self.run.parts.start(coroutine)

    def leave_behind(self, part: Execution) -> None:
        """Wait no more for a part that ignores its cancellation; host loop only.

        The run goes on, but has not `halted` as long as the part goes on too.
        """
        self.run.parts.leave_behind(part)

    def emit(self, body: Body) -> Awaitable[None]:
        """Emit an event, when awaited; wait while 1 024 events are undelivered. Host loop only."""
        return self.run.emitter.emit(body)

    def emit_nowait(self, body: Body) -> None:
        """Emit an event without waiting."""
        self.run.emitter.emit_nowait(body)

    def emit_from_thread(self, body: Body) -> None:
        """Emit an event from another thread; wait up to 1 s for room on the way to the log."""
        self.run.emitter.emit_nowait(body)
        room = self.room()
        if room is not None:
            wait([room], ROOM_SECONDS)

    def room(self) -> Future[None] | None:
        """What another thread than the host loop's waits for, a second at most, after it emitted.

        It is done once fewer than 1 024 events are on their way to the log; `None` if so now.
        """
        return self.run.outbox.room()

    def diagnose(self, code: str, message: str, error: BaseException | None = None) -> None:
        """Report something that does not change the outcome, as a `diagnostic`."""
        self.run.emitter.diagnose(code, message, error)

    def add_cleanup(self, cleanup: Cleanup) -> None:
        """Have `cleanup`, sync or async, called once, on the host loop, when the run ends.

        The last one added is called first. All of them together get about a second, and less in a
        run that was cancelled.

        Raises:
            RunStoppedError: when the cleanups are over.
        """
        self.run.cleanups.add(cleanup)

    def add_usage(self, usage: Usage) -> None:
        """Add what a model call cost; it counts for the limits of the runs above as well.

        Raises:
            RunLimitError: when that is more than the run may spend; the run is then stopping.
            RunStoppedError: when it is more than a run above may spend, which stops both.
        """
        self.run.use_model(usage)

    def count_iteration(self) -> None:
        """Count a model call of the tool loop, before it is made.

        Raises:
            RunLimitError: beyond `limits.iterations`; the run is then stopping.
        """
        self.run.exceed(self.run.meter.add_iteration())

    def count_tool_call(self) -> None:
        """Count a tool execution, before it begins, for the limits of the runs above as well.

        Raises:
            RunLimitError: beyond `limits.tool_calls`; the run is then stopping.
            RunStoppedError: beyond the limit of a run above, which stops both.
        """
        self.run.use_tool()

    @property
    def cpu_budget(self) -> Callable[[float], bool] | None:
        """What takes the seconds of CPU that the run's JavaScript uses, and says whether to end it.

        They count for the runs above as well. It is `None` where none of these has a limit.
        """
        runs = (self.run, *self.run.ancestors)
        limited = any(run.options.limits.cpu_ms is not None for run in runs)
        return self.run.use_cpu if limited else None

    def limit_exceeded(self, reason: StopReason, message: str) -> None:
        """End the run as `limit_reached`, for a limit that something else enforces."""
        self.run.limit(Excess(reason, message))

    async def pause(self, reason: str) -> None:
        """Wait, with status `waiting`, until someone resumes the run; host loop only.

        Raises:
            RunStoppedError: or another error of `check`, when the run is stopped meanwhile.
        """
        run = self.run
        run.state.pause(RunYielded(reason=reason))
        while run.state.phase == "waiting" and not self.is_stopping:
            await run.changed.wait()
        self.check()

    def resume(self) -> bool:
        """Resume the run; return whether it was waiting."""
        return self.run.resume()


current_run: ContextVar[RunContext | None] = ContextVar("marotte_current_run", default=None)
"""The run on whose behalf this code executes."""
