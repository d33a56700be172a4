"""One tool call, from the model's wish to the result that the model is told.

The hooks stand around it, retries within it. Whatever comes of it, the call has one outcome and
one `tool-execution-finished`; only a stop of the run leaves it without an outcome.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import anyio
from pydantic import JsonValue

from marotte.conversation import InvalidValueError, copy_json, describe, well_formed
from marotte.events import ToolCall, ToolExecutionFinished, ToolExecutionStarted
from marotte.inference.own_error import is_own, text_of
from marotte.inference.tools.execution import execute_tool
from marotte.inference.tools.hook_calls import HookCalls, HookError
from marotte.inference.tools.hooks import (
    AfterToolCall,
    BeforeToolCall,
    ErrorDecision,
    ResultDecision,
    ToolFailure,
    Unset,
)
from marotte.inference.tools.registry import (
    MAX_RESULT_SIZE,
    ToolArgumentsError,
    ToolNotFoundError,
    ToolRegistry,
)
from marotte.inference.tools.settings import ToolLoopSettings
from marotte.inference.tools.tool import ToolContext
from marotte.runs import RunContext, ToolError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call.

    Attributes:
        result: What the model is told.
        error: Why it failed, as the model is told.
        ends_run: The error that the run ends with, if it is to end.
    """

    result: JsonValue = None
    error: str | None = None
    ends_run: ToolError | None = None


class _Aborted(Exception):
    """A hook does not want the call to be made."""


class ToolCallExecution:
    """Executes one call."""

    def __init__(
        self,
        run: RunContext,
        call: ToolCall,
        registry: ToolRegistry,
        settings: ToolLoopSettings,
        hooks: HookCalls,
    ) -> None:
        self._run = run
        self._call = call
        self._registry = registry
        self._settings = settings
        self._hooks = hooks
        self._ctx = ToolContext(run, call.id, call.name)
        self._started = False
        self._since = time.monotonic()

    async def outcome(self) -> Outcome:
        """Make the call.

        Raises:
            RunStoppedError: or another error of `ctx.check`, when the run is stopping.
        """
        try:
            outcome = await self._between_hooks()
        except BaseException as error:
            if self._started:
                self._tell_end(Outcome(error=text_of(error)))
            raise
        self._tell_end(outcome)
        return outcome

    async def _between_hooks(self) -> Outcome:
        self._run.check()
        try:
            await self._before()
        except (_Aborted, HookError) as error:
            return self._failed(error)
        outcome = await self._attempts()
        try:
            return await self._after(outcome)
        except HookError as error:
            return self._failed(error)

    async def _before(self) -> None:
        """Let the hook change the call, or abort it."""
        decision = await self._hooks.before(BeforeToolCall(self._call, self._ctx))
        if decision is None:
            return
        if decision.abort is not None:
            raise _Aborted(decision.abort or "aborted by beforeToolCall")
        if decision.call is not None:
            self._call = decision.call.model_copy(update={"id": self._call.id})
            self._ctx = ToolContext(self._run, self._call.id, self._call.name)

    async def _after(self, outcome: Outcome) -> Outcome:
        """Let the hook change what the model is told."""
        told = AfterToolCall(
            self._call, outcome.result, outcome.error, self._duration_ms(), self._ctx
        )
        decision = await self._hooks.after(told)
        if decision is None:
            return outcome
        try:
            return _decided(outcome, decision)
        except InvalidValueError as error:
            raise HookError(f"afterToolCall hook: {error}") from error

    # Attempts

    async def _attempts(self) -> Outcome:
        """Execute the tool, as often as it takes and the settings or the hook allow."""
        self._since = time.monotonic()
        attempt = 0
        while True:
            try:
                return Outcome(await self._attempt())
            except Exception as error:
                if is_own(error, self._run):
                    raise
                decision = await self._decide(error, attempt)
                if isinstance(decision, Outcome):
                    return decision
            await self._back_off(decision, attempt)
            attempt += 1

    async def _attempt(self) -> JsonValue:
        call, settings = self._call, self._settings
        if settings.tool_choice == "none":
            raise ToolNotFoundError('tools are not to be called: toolChoice is "none"')
        self._registry.check(call.name, call.args)
        if not self._started:
            self._run.check()
            self._started = True
            await self._run.emit(ToolExecutionStarted(tool_call_id=call.id, name=call.name))
        timeout_ms = settings.execution_timeout_ms
        return await execute_tool(self._registry, call.name, call.args, self._ctx, timeout_ms)

    async def _decide(self, error: Exception, attempt: int) -> Outcome | float:
        """Return how long to wait before a retry, in ms, or what the call comes to."""
        retries = self._would_retry(error, attempt)
        backoff_ms = self._settings.backoff_ms(attempt)
        text = well_formed(text_of(error))
        failure = ToolFailure(self._call, attempt, text, retries, backoff_ms, self._ctx)
        try:
            decision = await self._hooks.on_error(failure) or ErrorDecision()
        except HookError as raised:
            return self._failed(raised)
        if decision.action == "abort":
            return Outcome(error=text, ends_run=self._fatal(text, error))
        if decision.action == "continue":
            return Outcome(error=text)
        asked = decision.action == "retry" and attempt < self._hooks.max_retries
        if asked or (decision.action is None and retries):
            return backoff_ms if decision.backoff_ms is None else decision.backoff_ms
        return self._failed(error)

    def _would_retry(self, error: Exception, attempt: int) -> bool:
        """Tell whether the settings retry; what fails before the tool executes fails again."""
        if isinstance(error, ToolNotFoundError | ToolArgumentsError):
            return False
        settings = self._settings
        return settings.tool_error_handling == "retry" and attempt < settings.retry_max_retries

    async def _back_off(self, backoff_ms: float, attempt: int) -> None:
        """Wait before a retry; a stop of the run ends that at once."""
        wait = f"retry {attempt + 1} after {backoff_ms:g} ms"
        self._run.diagnose("tool-retry", f"tool {self._call.name} failed: {wait}")
        with anyio.move_on_after(backoff_ms / 1000):
            await self._run.wait_stopping()
        self._run.check()

    # Outcomes

    def _failed(self, error: Exception) -> Outcome:
        """Return what a failed call comes to by the settings."""
        text = well_formed(text_of(error))
        aborts = self._settings.tool_error_handling == "abort"
        return Outcome(error=text, ends_run=self._fatal(text, error) if aborts else None)

    def _fatal(self, text: str, cause: Exception) -> ToolError:
        error = ToolError(f"tool {self._call.name}: {text}")
        error.__cause__ = cause
        return error

    def _tell_end(self, outcome: Outcome) -> None:
        self._run.emit_nowait(
            ToolExecutionFinished(
                tool_call_id=self._call.id,
                name=self._call.name,
                result=outcome.result,
                error=outcome.error,
                duration_ms=self._duration_ms(),
            )
        )

    def _duration_ms(self) -> float:
        return (time.monotonic() - self._since) * 1000


def _decided(outcome: Outcome, decision: ResultDecision) -> Outcome:
    """Return the outcome as an `afterToolCall` hook wants it told."""
    result, error = decision.result, decision.error
    if isinstance(error, Unset):
        error = outcome.error if isinstance(result, Unset) else None
    if isinstance(result, Unset):
        result = None if error is not None else outcome.result
    if error is not None and not isinstance(error, str):
        raise InvalidValueError("error", f"expected text, got {describe(error)}")
    copied = copy_json(result, "result", max_size=MAX_RESULT_SIZE)
    ends_run = None if error is None else outcome.ends_run
    return Outcome(copied, error and well_formed(error), ends_run)
