"""Calls of hooks: as effects of the run, and failing closed unless they are to fail open."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from marotte.conversation import InvalidValueError, describe
from marotte.inference.function_call import call_function
from marotte.inference.own_error import is_own, text_of
from marotte.inference.tools.hooks import (
    AfterToolCall,
    BeforeToolCall,
    CallDecision,
    ErrorDecision,
    ResultDecision,
    ToolFailure,
    ToolHooks,
)
from marotte.runs import RunContext

Payload: TypeAlias = BeforeToolCall | AfterToolCall | ToolFailure
D = TypeVar("D", CallDecision, ResultDecision, ErrorDecision)


class HookError(Exception):
    """A hook raised, and the call fails because of it."""


class HookCalls:
    """Calls the hooks of one run; each answers with a decision, or `None`: as it is.

    Every method raises the run's error if it is stopping, and `HookError` for a hook that raised.
    """

    def __init__(self, run: RunContext, hooks: ToolHooks | None) -> None:
        self._run = run
        self._hooks = hooks or ToolHooks()

    @property
    def max_retries(self) -> int:
        """How many retries of one call hooks may ask for."""
        return self._hooks.max_hook_retries

    async def before(self, payload: BeforeToolCall) -> CallDecision | None:
        """Tell of a call that is about to be made."""
        hook = self._hooks.before_tool_call
        return await self._call("beforeToolCall", hook, payload, CallDecision)

    async def after(self, payload: AfterToolCall) -> ResultDecision | None:
        """Tell what came of a call."""
        hook = self._hooks.after_tool_call
        return await self._call("afterToolCall", hook, payload, ResultDecision)

    async def on_error(self, payload: ToolFailure) -> ErrorDecision | None:
        """Tell of a failed execution."""
        hook = self._hooks.on_tool_error
        return await self._call("onToolError", hook, payload, ErrorDecision)

    async def _call(
        self, name: str, hook: Callable[..., object] | None, payload: Payload, kind: type[D]
    ) -> D | None:
        if hook is None:
            return None
        try:
            async with self._run.call(f"hook {name}", holds_grace=False):
                reply = await call_function(hook, (payload,), ctx=payload.ctx, name=f"hook {name}")
            if reply is not None and not isinstance(reply, kind):
                problem = f"expected a {kind.__name__} or nothing, got {describe(reply)}"
                raise InvalidValueError("reply", problem)
        except Exception as error:
            if is_own(error, self._run):
                raise
            if not self._hooks.fail_open:
                raise HookError(f"{name} hook: {text_of(error)}") from error
            self._run.diagnose("hook-failed", f"{name} hook failed, and fails open", error)
            return None
        return reply
