"""The end of a run: what it comes to, decided once and written once.

Until the door is closed (`RunState.conclude`) a stop wins over whatever the computation did. From
then on nothing can: a turn run's result is committed together with its terminal event, any other
end is a plain transition. Where the log fails, what it holds is read back before anything is tried
again, so that an outcome is never written twice.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

import anyio

from marotte.conversation import InvalidValueError, MarotteError, Turn, describe, normalize
from marotte.events import (
    LIMIT_REASONS,
    LIVE,
    Emission,
    ErrorInfo,
    Halt,
    RunChange,
    RunFinished,
    RunRecord,
    RunStatus,
    StopReason,
    TurnCommit,
    TurnCommitted,
    happened,
    now_ms,
)
from marotte.runs.errors import (
    EngineError,
    RunError,
    RunLimitError,
    RunLostError,
    ScriptError,
    error_info,
)
from marotte.runs.execution import Execution
from marotte.runs.meter import Excess
from marotte.runs.run import Outcome, Run
from marotte.runs.state import ERRORS, Cause, StopRequest, cause_of, stop_fields

_logger = logging.getLogger("marotte.runs")

_COMMITTING: frozenset[RunStatus] = frozenset(("running", "waiting"))
_RETRY_AFTER = (0.0, 0.02, 0.1, 0.4)


@dataclass(frozen=True, slots=True)
class Ending:
    """What a run comes to, before it is written."""

    status: RunStatus
    reason: StopReason
    value: object = None
    error: MarotteError | None = None
    cause: Cause | None = None


class Conclusion:
    """Concludes one run. `execution` is `None` if the computation never began."""

    def __init__(self, run: Run, execution: Execution | None, halt: Halt) -> None:
        self._run = run
        self._halt = halt
        self._raised = execution.error if execution is not None else run.claim_error
        self._value = execution.value if execution is not None else None
        self._is_turn = run.record.kind == "turn"
        self._unsent: list[Emission] = []
        self._commit: TurnCommit | None = None

    async def reach(self) -> Outcome:
        """Decide, write, and return the outcome."""
        turn = self._final_turn()
        ending = self._decide(turn)
        try:
            await self._run.outbox.drain()
        except Exception as error:
            if ending.status == "completed":
                ending = self._failure(error)
        self._unsent = self._run.outbox.close()
        if ending.status == "completed" and turn is not None:
            return await self._write_turn(ending, turn)
        return await self._write(ending)

    async def fail(self, error: BaseException) -> Outcome:
        """End the run because of a defect in its supervision."""
        self._run.state.conclude()
        self._unsent = self._run.outbox.close()
        return await self._write(self._failure(error))

    # Deciding

    def _final_turn(self) -> Turn | None:
        """Return the turn to commit; what is none counts as an error of the engine."""
        run = self._run
        if run.turn is None or self._raised is not None:
            return None
        try:
            if self._value is not None and not isinstance(self._value, Turn):
                raise InvalidValueError("turn", f"expected a turn, got {describe(self._value)}")
            turn = normalize(self._value or run.turn)
        except InvalidValueError as error:
            self._raised = EngineError(f"the engine returned no valid turn: {error}")
            return None
        turn.id = run.turn.id
        return turn

    def _decide(self, turn: Turn | None) -> Ending:
        raised = self._raised
        if isinstance(raised, RunLimitError) and raised.may_concern(self._run.id):
            self._run.limit(Excess(_limit_reason(raised), str(raised)))
        cause = self._run.state.conclude()
        if cause is not None:
            return self._stopped(cause)
        if raised is not None:
            return self._failed(raised)
        return Ending("completed", "end_turn", self._value)

    def _stopped(self, cause: Cause) -> Ending:
        error = cause.error(self._run.id, self._run.record.session_id)
        if isinstance(self._raised, Exception) and not isinstance(self._raised, RunError):
            error.__cause__ = self._raised
        return Ending(cause.status, cause.reason, error=self._owned(error), cause=cause)

    def _failed(self, raised: BaseException) -> Ending:
        error = self._as_error(raised)
        default: StopReason = "internal_error" if self._is_turn else "script_error"
        return Ending("failed", _FAILED.get(error.code, default), error=self._owned(error))

    def _as_error(self, raised: BaseException) -> MarotteError:
        if isinstance(raised, MarotteError) and raised.may_concern(self._run.id):
            return raised
        message = f"{type(raised).__name__}: {raised}"
        if isinstance(raised, asyncio.CancelledError):
            message = "the computation was cancelled, but not through its run"
        error = RunError(message) if self._is_turn else ScriptError(message)
        error.__cause__ = raised
        return error

    def _owned(self, error: MarotteError) -> MarotteError:
        """Say in `error` whose it is, and what there was of the turn."""
        error.run_id = self._run.id
        error.session_id = self._run.record.session_id
        error.partial_turn = _partial(self._run.turn)
        return error

    # Writing

    async def _write_turn(self, ending: Ending, turn: Turn) -> Outcome:
        """Commit the turn together with the end of its run."""
        run, session = self._run, self._run.session
        usage = run.meter.usage
        self._commit = commit = TurnCommit(
            session_id=run.record.session_id,
            turn=turn,
            extends=run.staged is not None and run.staged.extends,
            usage=usage,
            apply=lambda: session is not None and session.commit(run.id, turn, usage),
        )
        emissions = (*self._unsent, happened(TurnCommitted()), self._last(ending))
        change = self._change(ending) | RunChange(committed_turns=1)
        try:
            record = await run.log.commit(run.id, commit, _COMMITTING, change, emissions)
        except Exception as error:
            return await self._read_back(error)
        if record is None:
            return await self._refused()
        return self._outcome(ending, record)

    async def _read_back(self, error: Exception) -> Outcome:
        """Find out what became of a commit that raised."""
        failure = self._failure(error)
        record = await self._read()
        if record is not None and record.is_terminal:
            return self._outcome(failure, record)
        return await self._write(failure)

    async def _refused(self) -> Outcome:
        """End as the log has it: it knew of a stop that this process did not."""
        record = await self._read()
        if record is None or record.status != "stopping" or record.stop_requested_by is None:
            return await self._write(self._failure(RuntimeError("the commit was refused")))
        request = StopRequest(
            record.stop_mode or "stop", record.stop_requested_by, record.stop_detail
        )
        return await self._write(self._stopped(cause_of(request)))

    async def _write(self, ending: Ending) -> Outcome:
        """Write an end that commits nothing, as often as it takes within reason."""
        run = self._run
        emissions = (*self._unsent, self._last(ending))
        change = self._change(ending)
        for delay in _RETRY_AFTER:
            await anyio.sleep(delay)
            try:
                record = await run.log.transition(run.id, LIVE, change, emissions)
                record = record or await run.log.record(run.id)
            except Exception:
                _logger.exception("run %s: its end could not be written", run.id)
                continue
            if record is not None:
                return self._outcome(ending, record)
        _logger.critical("run %s ended as %s, and the log does not know", run.id, ending.status)
        run.cut_off()
        return self._outcome(ending, run.record.model_copy(update=dict(change)))

    async def _read(self) -> RunRecord | None:
        for delay in _RETRY_AFTER:
            await anyio.sleep(delay)
            try:
                return await self._run.log.record(self._run.id)
            except Exception:
                _logger.exception("run %s: its record could not be read", self._run.id)
        return None

    def _outcome(self, ending: Ending, record: RunRecord) -> Outcome:
        """Return what the log has, which is not always what was to be written."""
        if record.status == "completed" and self._commit is not None:
            self._commit.apply()
            return Outcome(record, self._commit.turn.clone())
        if record.status == ending.status:
            return Outcome(record, ending.value, ending.error)
        make = ERRORS.get(record.status, RunLostError)
        error = make(f"the run was ended elsewhere, as {record.status}", code=record.stop_reason)
        return Outcome(record, error=self._owned(error))

    def _failure(self, error: BaseException) -> Ending:
        failure = RunError(f"{type(error).__name__}: {error}")
        failure.__cause__ = error
        return Ending("failed", "internal_error", error=self._owned(failure))

    def _last(self, ending: Ending) -> Emission:
        return happened(
            RunFinished(
                status=ending.status,
                stop_reason=ending.reason,
                error=_info(ending),
                usage=self._run.meter.usage,
                halted=self._halt != "wedged",
                halt=self._halt,
            )
        )

    def _change(self, ending: Ending) -> RunChange:
        change = RunChange(
            status=ending.status,
            stop_reason=ending.reason,
            yielded=None,
            error=_info(ending),
            usage=self._run.meter.usage,
            finished_at=now_ms(),
            halted=self._halt != "wedged",
            halt=self._halt,
            cancel_observed_at=self._run.state.observed_at,
        )
        if ending.cause is not None:
            change |= stop_fields(ending.cause) | RunChange(stop_mode=self._run.state.mode)
        return change


_FAILED: dict[str, StopReason] = {
    "script_error": "script_error",
    "tool_error": "tool_error",
    "provider_error": "provider_error",
    "internal_error": "internal_error",
    "deadlock": "deadlock",
}


def _limit_reason(error: RunLimitError) -> StopReason:
    return next((reason for reason in LIMIT_REASONS if reason == error.code), "max_iterations")


def _info(ending: Ending) -> ErrorInfo | None:
    """A stop is no error; everything else that did not complete says why."""
    if ending.error is None or ending.status == "stopped":
        return None
    return error_info(ending.error)


def _partial(turn: Turn | None) -> Turn | None:
    """Return a copy of a turn in whatever state its engine left it."""
    try:
        return turn.clone() if turn is not None else None
    except Exception:
        return None
