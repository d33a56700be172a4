"""The supervisor of a run: outside everything that can be cancelled, until the run has settled.

It is the one writer of the run's end. What it supervises is executed beside it (see `execution`),
so that it needs nobody's consent: a computation that does not end in time is left behind.

A stop runs through these stages: the state accepts it and tells the log at once; calls in flight
may finish; when none is left, the grace runs; then it becomes a cancel. A cancel aborts the calls
in flight; what has not returned after the cancel grace is interrupted, again and again; what has
still not returned shortly after is wedged.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

import anyio

from marotte.events import Halt, RunChange, RunStarted, now_ms
from marotte.runs.computation import Interruptible
from marotte.runs.conclusion import Conclusion
from marotte.runs.containment import own_errors
from marotte.runs.context import RunContext, current_run
from marotte.runs.errors import RunError, error_info
from marotte.runs.execution import Execution, start_hidden
from marotte.runs.run import Outcome, Run
from marotte.runs.state import StopRequest

_logger = logging.getLogger("marotte.runs")

WEDGED_AFTER = 0.06
"""Seconds that an interrupted computation has to return."""

CLEANUP_SECONDS = 1.0
"""Seconds for all cleanups of a run that was not cancelled."""

_CLEANUP_AFTER_CANCEL = 0.02
_INTERRUPT_EVERY = 0.01
_CALL_CHECKS = 4
_DELIVERY_SECONDS = 5.0


class Supervisor:
    """Takes one run from acceptance to settlement."""

    def __init__(self, run: Run, release: Callable[[Run], object]) -> None:
        """`release` is called when the run has ended, to free what it held."""
        self._run = run
        self._release = release
        self._halt: Halt = "boundary"
        self._interrupted_at: float | None = None
        self._cancel_grace = run.options.cancel_grace_ms / 1000

    async def supervise(self) -> None:
        """Do all of it. Whatever happens, the run settles."""
        run = self._run
        try:
            outcome = await self._live()
        except (Exception, asyncio.CancelledError) as error:
            # A defect of ours, or a log that is down: nobody may wait for ever because of it.
            _logger.critical("run %s: its supervision failed", run.id, exc_info=error)
            outcome = await Conclusion(run, None, "wedged").fail(error)
        self._end(outcome)
        with anyio.move_on_after(_DELIVERY_SECONDS):
            await run.emitter.delivered()
        self._settle(outcome)

    def give_up(self, error: Exception) -> None:
        """Settle a run that cannot be supervised, without a word to the log."""
        run = self._run
        run.outbox.close()
        failure = RunError(f"{type(error).__name__}: {error}", run_id=run.id)
        failure.__cause__ = error
        change = RunChange(
            status="failed",
            stop_reason="internal_error",
            error=error_info(failure),
            finished_at=now_ms(),
            halted=True,
            halt="boundary",
        )
        outcome = Outcome(run.record.model_copy(update=dict(change)), error=failure)
        self._end(outcome)
        self._settle(outcome)

    async def _live(self) -> Outcome:
        run = self._run
        await run.log.create(run.record)
        run.created.set()
        writing = start_hidden(self._write())
        try:
            execution = await self._execute()
            await self._end_children()
            await self._end_calls()
            await run.cleanups.run(run.context, self._cleanup_limit(), run.emitter.emit_nowait)
            if run.parts.left_behind:
                self._halt = "wedged"
            return await Conclusion(run, execution, self._halt).reach()
        finally:
            writing.cancel()
            await asyncio.wait([writing])

    async def _write(self) -> None:
        """Bring events into the log as they come."""
        run = self._run
        while True:
            if not len(run.outbox):
                await run.kicked.wait()
            try:
                run.record = await run.outbox.flush() or run.record
            except Exception as error:
                _logger.exception("run %s: the log refuses events", run.id)
                message = f"the log refuses events: {error}"
                run.request_stop(StopRequest("cancel", "internal", message, "internal_error"))
                return
            run.emitter.progress()

    # Executing

    async def _execute(self) -> Execution | None:
        """Wait for the session, then execute; return `None` if it never came to that."""
        run = self._run
        while self._is_waiting_for_session():
            await run.changed.wait(run.state.alarm)
        started = RunStarted(input=run.input, deadline=run.record.deadline)
        turn_id = run.turn.id if run.turn is not None else None
        if run.claim_error is not None or not run.state.begin(turn_id, started):
            return None
        ctx = RunContext(run)
        run.context.run(current_run.set, ctx)
        execution = Execution(_computing(run, ctx), run.context)
        execution.on_done(run.changed.notify)
        await self._drive(execution)
        return execution

    def _is_waiting_for_session(self) -> bool:
        run = self._run
        run.state.poll()
        needs = run.session is not None and run.staged is None and run.claim_error is None
        return needs and run.state.cause is None

    async def _drive(self, execution: Execution) -> None:
        """Wait for the computation to end, or make it."""
        state = self._run.state
        while not execution.is_done:
            state.poll()
            if state.cancelled_at is not None:
                if not await self._cancel(execution, state.cancelled_at):
                    return
            elif state.mode == "stop":
                await self._let_finish()
            else:
                await self._run.changed.wait(state.alarm)
        state.observe()
        if self._halt == "boundary" and self._run.calls.any_aborted:
            self._halt = "abort"

    async def _let_finish(self) -> None:
        """Give a stop its grace; when that is over, make it a cancel."""
        run = self._run
        until = run.state.alarm
        if run.state.grace_from is not None:
            over = run.state.grace_from + run.options.grace_ms / 1000
            if time.monotonic() >= over:
                run.request_stop(StopRequest("cancel", "grace"))
                return
            until = over if until is None else min(until, over)
        await run.changed.wait(until)

    async def _cancel(self, execution: Execution, since: float) -> bool:
        """Take the next step of a cancel; return `False` once the computation was abandoned."""
        self._run.calls.abort()
        now = time.monotonic()
        if now < since + self._cancel_grace:
            await self._run.changed.wait(since + self._cancel_grace)
            return True
        if self._interrupted_at is None:
            self._interrupted_at = now
            self._halt = "forced"
            self._interrupt()
        elif now >= self._interrupted_at + WEDGED_AFTER and execution.abandon(
            self._run.report_late
        ):
            self._halt = "wedged"
            self._run.parts.leave_all_behind()
            self._run.abandoned.add(execution)
            return False
        execution.cancel()
        self._run.parts.cancel()
        await self._run.changed.wait(now + _INTERRUPT_EVERY)
        return True

    def _interrupt(self) -> None:
        computation = self._run.computation
        if isinstance(computation, Interruptible):
            try:
                with own_errors:
                    computation.interrupt()
            except Exception:
                _logger.exception("run %s: its computation could not be interrupted", self._run.id)

    # Ending

    async def _end_children(self) -> None:
        """End the child runs that are left, and wait for all."""
        run = self._run
        run.children.refuse()
        run.children.stop("cancel")
        while run.children:
            run.state.poll()
            await run.changed.wait(run.state.alarm)

    async def _end_calls(self) -> None:
        """Abort what the computation has left in flight, and give it a moment."""
        calls = self._run.calls
        calls.abort()
        self._run.parts.cancel()
        for _ in range(_CALL_CHECKS):
            if not calls.in_flight or self._halt == "wedged":
                break
            await anyio.sleep(_INTERRUPT_EVERY / 2)

    def _cleanup_limit(self) -> Callable[[], float]:
        """Return a function that says until when cleanups may take."""
        state, started = self._run.state, time.monotonic()

        def limit() -> float:
            if state.cancelled_at is None:
                return started + CLEANUP_SECONDS
            answer_at = state.cancelled_at + self._cancel_grace + WEDGED_AFTER
            return max(answer_at, started) + _CLEANUP_AFTER_CANCEL

        return limit

    def _end(self, outcome: Outcome) -> None:
        """Become terminal, for everybody, and let go of what the run held."""
        run = self._run
        run.record = outcome.record
        run.state.finish()
        run.created.set()
        self._release(run)
        run.released.set()
        if run.parent is not None:
            run.parent.children.tell_end_of(run)

    def _settle(self, outcome: Outcome) -> None:
        run = self._run
        run.settle(outcome)
        if run.parent is not None:
            run.parent.children.remove(run)


async def _computing(run: Run, ctx: RunContext) -> object:
    return await run.computation.execute(ctx)
