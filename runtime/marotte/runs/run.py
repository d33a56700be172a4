"""A run: what its supervisor, its executing side and its handles share."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Protocol

import anyio
from pydantic import JsonValue

from marotte.conversation import MarotteError, Session, Staged, Turn, Usage
from marotte.events import RunChange, RunEvent, RunLog, RunRecord, RunResumed
from marotte.runs.calls import Calls
from marotte.runs.children import Children
from marotte.runs.cleanups import Cleanups
from marotte.runs.computation import Computation
from marotte.runs.containment import own_errors
from marotte.runs.delivery import Dispatcher, Reader
from marotte.runs.emitter import Emitter
from marotte.runs.execution import Background, Execution
from marotte.runs.meter import Excess, Meter
from marotte.runs.options import RunOptions
from marotte.runs.outbox import Outbox
from marotte.runs.parts import Parts
from marotte.runs.state import RunState, StopRequest, stop_fields
from marotte.runs.stop_token import StopToken
from marotte.runs.wake import Post, Wake

_logger = logging.getLogger("marotte.runs")


class Surroundings(Protocol):
    """What a run needs of whoever runs it."""

    log: RunLog
    post: Post
    background: Background
    abandoned: set[Execution]

    def spawn(self, reader: Reader) -> bool:
        """Let `reader` read, in a task on the host loop; return `False` if that is closed."""
        ...

    def find(self, run_id: str) -> Run | None:
        """Return a run that has not settled."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: its final record, and its result or its error."""

    record: RunRecord
    value: object = None
    error: MarotteError | None = None
    traceback: TracebackType | None = None


class Run:
    """One run. What is public here may be called from any thread, unless it says otherwise."""

    def __init__(
        self,
        record: RunRecord,
        computation: Computation,
        options: RunOptions,
        around: Surroundings,
        *,
        context: Context,
        deadline: float | None,
        session: Session | None = None,
        seed: Turn | None = None,
        input: JsonValue = None,
        parent: Run | None = None,
    ) -> None:
        self.id = record.id
        self.record = record
        self.computation = computation
        self.options = options
        self.log = around.log
        self.post = around.post
        self.background = around.background
        self.abandoned = around.abandoned
        self.context = context
        self.session = session
        self.seed = seed
        self.input = input
        self.parent = parent
        self.staged: Staged | None = None
        self.turn: Turn | None = None
        self.claim_error: Exception | None = None
        self.token = StopToken()
        self.meter = Meter(options.limits)
        self.cleanups = Cleanups()
        self.changed = Wake(around.post)
        self.kicked = Wake(around.post)
        self.outbox = Outbox(record.id, around.log, self.kicked.notify)
        self.state: RunState = RunState(
            deadline=deadline,
            tell_log=self.outbox.put,
            changed=self._stopping,
            above=None if parent is None else parent.state,
        )
        self.calls = Calls(self.state, record.id, record.session_id)
        self.emitter = Emitter(record.id, self.outbox, self.meter, Wake(around.post), self.limit)
        self.parts = Parts(self.abandoned, self.report_late)
        most = options.limits.children
        self.children = Children(most, self.calls, self.emitter, self.changed.notify)
        self.dispatcher = Dispatcher(self)
        self.created = anyio.Event()
        self.released = anyio.Event()
        self.settled = anyio.Event()
        self.outcome: Outcome | None = None
        self.supervision: asyncio.Task[object] | None = None
        self.is_cut_off = False
        self._reading: set[anyio.CancelScope] = set()
        self._around = around
        self._on_settled: list[Callable[[], object]] = []
        self._unfollow: Callable[[], None] | None = None
        self._lock = threading.Lock()

    # Stopping

    def request_stop(self, request: StopRequest) -> bool:
        """Ask the run, and so its children, to stop; return whether it is stopping now."""
        return self.state.accept(request)

    def exceed(self, excess: Excess | None) -> None:
        """End the run as `limit_reached`, if there is an excess, and raise its error."""
        if excess is not None:
            self.limit(excess)
            raise self.calls.error()

    def limit(self, excess: Excess) -> None:
        """End the run as `limit_reached`, unless its deadline has passed."""
        self.state.poll()
        self.request_stop(StopRequest("cancel", "limit", excess.message, excess.reason))

    def use_cpu(self, seconds: float) -> bool:
        """Charge JavaScript's CPU time; see `_charge`."""
        return self._charge(lambda run: run.meter.add_cpu(seconds))

    def use_model(self, usage: Usage) -> None:
        """Charge what a model call cost; raise the run's error if that ends it."""
        self.meter.add_usage(usage)
        if self._charge(lambda run: run.spend(usage)):
            raise self.calls.error()

    def use_tool(self) -> None:
        """Charge one more tool execution; raise the run's error if that ends it."""
        if self._charge(lambda run: run.meter.add_tool_call()):
            raise self.calls.error()

    def spend(self, usage: Usage) -> Excess | None:
        """Count spend of the run or of one below; say so if a limit cannot see it."""
        if self.meter.misses_cost(usage):
            message = "a model call has no known price: limits.costUsd does not count it"
            self.emitter.diagnose("cost-unknown", message)
        return self.meter.charge(usage)

    def _charge(self, count: Callable[[Run], Excess | None]) -> bool:
        """Count something for the run and for those above it.

        Returns whether that is more than one of them may use; it is stopping then, and this run
        with it.
        """
        over = False
        for run in (self, *self.ancestors):
            excess = count(run)
            if excess is not None:
                run.limit(excess)
                over = True
        return over

    def follow(self, token: StopToken | None) -> None:
        """Stop when `token` is set, at once if it is."""
        if token is not None:
            self._unfollow = token.add_listener(
                lambda token: self.request_stop(StopRequest("stop", "signal", token.reason))
            )

    def unfollow(self) -> None:
        """Forget the token that the run follows."""
        if self._unfollow is not None:
            self._unfollow()
            self._unfollow = None

    def _stopping(self) -> None:
        """Hand on what the state has accepted."""
        cause, mode = self.state.cause, self.state.mode
        if cause is not None and mode is not None:
            self.children.stop(mode)
            self.token.set(cause.detail)
        self.changed.notify()

    def report_late(self, execution: Execution) -> None:
        """Report that something has ended after nobody waited for it any more."""
        self.abandoned.discard(execution)
        what = "returned" if execution.error is None else "raised"
        message = f"a wedged computation {what} after its run had given it up; that was discarded"
        self.emitter.diagnose("late-result", message, execution.error)

    def resume(self) -> bool:
        """Let a waiting run go on; return whether it was waiting."""
        resumed = self.state.resume(RunResumed(reason=self.state.yielded or ""))
        if resumed:
            self.changed.notify()
        return resumed

    @property
    def ancestors(self) -> Iterator[Run]:
        """The run's parent, and so on upwards."""
        above = self.parent
        while above is not None:
            yield above
            above = above.parent

    # Delivery

    def spawn(self, reader: Reader) -> bool:
        """Let a reader read; return `False` if nothing can any more. Host loop only."""
        return self._around.spawn(reader)

    def find(self, run_id: str) -> Run | None:
        """Return this or another run, if it has not settled."""
        return self._around.find(run_id)

    async def hold_back(self, batch: Sequence[RunEvent]) -> None:
        """Hold a batch with the terminal event until the session is free. Host loop only."""
        if batch[-1].type == "run-finished":
            await self.released.wait()

    @contextmanager
    def until_cut_off(self) -> Iterator[None]:
        """End what is inside, without an error, once the log gets no more. Host loop only."""
        with anyio.CancelScope() as scope:
            self._reading.add(scope)
            try:
                yield
            finally:
                self._reading.discard(scope)

    def cut_off(self) -> None:
        """Let nobody wait for events that the log could not take. Host loop only."""
        self.is_cut_off = True
        for scope in self._reading:
            scope.cancel()

    # The end

    def settle(self, outcome: Outcome) -> None:
        """Let those who wait for the run go on. Host loop only."""
        if outcome.error is not None:
            outcome = replace(outcome, traceback=outcome.error.__traceback__)
        self.outcome = outcome
        self.settled.set()
        with self._lock:
            callbacks, self._on_settled = self._on_settled, []
        for callback in callbacks:
            self._call(callback)

    def add_done_callback(self, callback: Callable[[], object]) -> None:
        """Call `callback` on the host loop once the run has settled."""
        with self._lock:
            if self.outcome is None:
                self._on_settled.append(callback)
                return
        self.post(lambda: self._call(callback))

    def _call(self, callback: Callable[[], object]) -> None:
        try:
            with own_errors:
                callback()
        except Exception:
            _logger.exception("run %s: a callback for its end failed", self.id)

    def view(self) -> RunRecord:
        """Return the record as of now, with what the log has yet to hear."""
        status, cause, mode = self.state.status, self.state.cause, self.state.mode
        if self.record.is_terminal:
            return self.record
        yielded = self.state.yielded if status == "waiting" else None
        change = RunChange(status=status, usage=self.meter.usage, yielded=yielded)
        if cause is not None:
            change |= stop_fields(cause) | RunChange(stop_mode=mode)
        return self.record.model_copy(update=dict(change))
