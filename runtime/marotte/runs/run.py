"""A run: what its supervisor, its executing side and its handles share."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextvars import Context
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Protocol

import anyio
from pydantic import JsonValue

from marotte.conversation import MarotteError, Session, Staged, Turn
from marotte.events import (
    Body,
    ChildFinished,
    ChildStarted,
    Diagnostic,
    Output,
    RunChange,
    RunEvent,
    RunLog,
    RunRecord,
    RunResumed,
    StopReason,
    happened,
)
from marotte.runs.calls import Calls
from marotte.runs.cleanups import Cleanups
from marotte.runs.computation import Computation
from marotte.runs.delivery import BatchCallback, Dispatcher, Feed, Reader
from marotte.runs.errors import stack_of
from marotte.runs.execution import Background, Execution
from marotte.runs.meter import Excess, Meter
from marotte.runs.options import RunOptions
from marotte.runs.outbox import MAX_UNDELIVERED, Outbox
from marotte.runs.state import RunState, StopRequest, stop_fields
from marotte.runs.stop_token import StopToken
from marotte.runs.wake import Post, Wake

_logger = logging.getLogger("marotte.runs")

_MAX_OUTPUT = 64 * 1024


class Surroundings(Protocol):
    """What a run needs of whoever runs it."""

    log: RunLog
    post: Post
    background: Background
    abandoned: set[Execution]

    def spawn(self, reader: Reader) -> None:
        """Let `reader` read, in a task on the host loop."""
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
        self.moved = Wake(around.post)
        self.outbox = Outbox(record.id, around.log, self.kicked.notify)
        self.state = RunState(deadline=deadline, tell_log=self.outbox.put, changed=self._stopping)
        self.calls = Calls(self.state, record.id, record.session_id)
        self.dispatcher = Dispatcher(self)
        self.created = anyio.Event()
        self.released = anyio.Event()
        self.settled = anyio.Event()
        self.outcome: Outcome | None = None
        self.on_settled: list[Callable[[], object]] = []
        self._around = around
        self.readers: list[Reader] = [self.dispatcher]
        self._children: dict[str, Run] = {}
        self._refuses_children = False
        self._cut_text = False
        self._unfollow: Callable[[], None] | None = None
        self._lock = threading.Lock()

    # Stopping

    def request_stop(self, request: StopRequest) -> bool:
        """Ask the run, and so its children, to stop; return whether it is stopping now."""
        return self.state.accept(request)

    def exceed(self, excess: Excess | None) -> None:
        """End the run as `limit_reached`, if there is an excess, and raise its error."""
        if excess is not None:
            self.limit(excess.reason, excess.message)
            raise self.calls.error()

    def limit(self, reason: StopReason, message: str) -> None:
        """End the run as `limit_reached`, unless its deadline has passed."""
        self.state.poll()
        self.request_stop(StopRequest("cancel", "limit", message, reason))

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
            for child in self.children:
                child.request_stop(StopRequest(mode, "parent"))
            self.token.set(cause.detail)
        self.changed.notify()

    def resume(self) -> bool:
        """Let a waiting run go on; return whether it was waiting."""
        resumed = self.state.resume(RunResumed(reason=self.state.yielded or ""))
        if resumed:
            self.changed.notify()
        return resumed

    # Children

    @property
    def children(self) -> list[Run]:
        """The child runs that have not ended."""
        with self._lock:
            return list(self._children.values())

    @property
    def ancestors(self) -> Iterator[Run]:
        """The run's parent, and so on upwards."""
        above = self.parent
        while above is not None:
            yield above
            above = above.parent

    def add_child(self, child: Run) -> None:
        """Take in a child.

        Raises:
            RunStoppedError: or another error of the entry check, when the run is stopping or over.
        """
        self.calls.check()
        with self._lock:
            if self._refuses_children:
                raise self.calls.error()
            self._children[child.id] = child
        # A stop that was accepted meanwhile may have missed the child.
        if self.state.mode is not None:
            child.request_stop(StopRequest(self.state.mode, "parent"))

    def refuse_children(self) -> None:
        """Take in no more children."""
        with self._lock:
            self._refuses_children = True

    def tell_start_of(self, child: Run) -> None:
        """Let the log know that a child was accepted."""
        self.emit_nowait(ChildStarted(child_run_id=child.id, name=child.record.name))

    def tell_end_of(self, child: Run) -> None:
        """Let the log know that a child has ended."""
        record = child.record
        self.emit_nowait(
            ChildFinished(child_run_id=child.id, name=record.name, status=record.status)
        )

    def remove_child(self, child: Run) -> None:
        """Forget a child that has settled."""
        with self._lock:
            self._children.pop(child.id, None)
        self.changed.notify()

    # Events

    def emit_nowait(self, body: Body) -> None:
        """Send an event on its way. Once the run is over, diagnostics go to the host's logger."""
        if isinstance(body, Output):
            body = self._measured(body)
        if not self.outbox.put(happened(body)) and isinstance(body, Diagnostic):
            _logger.warning("run %s: %s: %s", self.id, body.code, body.message)

    async def emit(self, body: Body) -> None:
        """Send an event on its way; wait while too many are undelivered. Host loop only."""
        self.emit_nowait(body)
        while self.undelivered >= MAX_UNDELIVERED and not self.outbox.is_closed:
            await self.moved.wait()

    @property
    def undelivered(self) -> int:
        """How many events are on their way to the log or to a listener."""
        appended = self.outbox.appended_seq
        seqs = [reader.delivered for reader in tuple(self.readers)]
        slowest = min((seq for seq in seqs if seq is not None), default=appended)
        return len(self.outbox) + appended - slowest

    def diagnose(self, code: str, message: str, error: BaseException | None = None) -> None:
        """Report something that does not change the outcome."""
        if error is not None:
            message = f"{message}: {type(error).__name__}: {error}"
        stack = stack_of(error) if error is not None else None
        self.emit_nowait(Diagnostic(code=code, message=message, stack=stack))

    def _measured(self, output: Output) -> Output:
        """Cut what is beyond the caps, and say so once."""
        allowed, excess = self.meter.add_output(len(output.text))
        if excess is not None:
            self.limit(excess.reason, excess.message)
        allowed = min(allowed, _MAX_OUTPUT)
        if allowed >= len(output.text):
            return output
        if not self._cut_text:
            self._cut_text = True
            message = f"output of {len(output.text)} characters was cut to {allowed}"
            self.diagnose("text-cut", message)
        return Output(level=output.level, text=output.text[:allowed])

    # Delivery

    def listen(self, callback: BatchCallback, after: int, acknowledges: bool) -> Feed:
        """Deliver events to `callback` in batches; see `RunHandle.listen`."""
        feed = Feed(self, callback, after, acknowledges)
        self.readers.append(feed)
        self.post(lambda: self.spawn(feed))
        return feed

    def spawn(self, reader: Reader) -> None:
        """Let a reader read. Host loop only."""
        self._around.spawn(reader)

    def forget(self, reader: Reader) -> None:
        """Wait no more for a reader that has read to its end. Host loop only."""
        self.readers.remove(reader)
        self.progress()

    def progress(self) -> None:
        """Note that events were delivered."""
        self.moved.notify()

    async def hold_back(self, batch: Sequence[RunEvent]) -> None:
        """Hold a batch with the terminal event until the session is free. Host loop only."""
        if batch[-1].type == "run-finished":
            await self.released.wait()

    async def delivered(self) -> None:
        """Wait until everyone has had the terminal event. Host loop only."""
        while not all(reader.is_settled for reader in self.readers):
            await self.moved.wait()

    # The end

    def settle(self, outcome: Outcome) -> None:
        """Let those who wait for the run go on. Host loop only."""
        if outcome.error is not None:
            outcome = replace(outcome, traceback=outcome.error.__traceback__)
        self.outcome = outcome
        self.settled.set()
        with self._lock:
            callbacks, self.on_settled = self.on_settled, []
        for callback in callbacks:
            self._call(callback)

    def add_done_callback(self, callback: Callable[[], object]) -> None:
        """Call `callback` on the host loop once the run has settled."""
        with self._lock:
            if self.outcome is None:
                self.on_settled.append(callback)
                return
        self.post(lambda: self._call(callback))

    def _call(self, callback: Callable[[], object]) -> None:
        try:
            callback()
        except Exception:
            _logger.exception("run %s: a callback for its end failed", self.id)

    def view(self) -> RunRecord:
        """Return the record as of now, with what the log has yet to hear."""
        status, cause, mode = self.state.status, self.state.cause, self.state.mode
        if self.record.is_terminal:
            return self.record
        change = RunChange(status=status, usage=self.meter.usage)
        if cause is not None:
            change |= stop_fields(cause) | RunChange(stop_mode=mode)
        return self.record.model_copy(update=dict(change))
