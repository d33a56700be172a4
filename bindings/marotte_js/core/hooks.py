"""`toolHooks`: functions of a script that are asked before and after each tool call."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

from marotte.conversation import InvalidValueError, validate_as
from marotte.events import ToolCall
from marotte.host import ScriptFunction
from marotte.inference import (
    UNSET,
    AfterToolCall,
    BeforeToolCall,
    CallDecision,
    ErrorDecision,
    HookAction,
    ResultDecision,
    ToolContext,
    ToolFailure,
    ToolHooks,
)
from marotte.realm import Callback, Caller, HostLoop, Signature
from marotte_js.core.context_types import ToolContextType
from marotte_js.core.contexts import script_context

__all__ = ["ToolHookOptions", "script_hooks"]

Reply = TypeVar("Reply", bound=BaseModel)


class _Wire(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, alias_generator=to_camel, arbitrary_types_allowed=True
    )


class _Payload(_Wire):
    model_config = ConfigDict(populate_by_name=True, frozen=True)


class PendingToolCall(_Payload):
    """What `beforeToolCall` is told."""

    call: ToolCall = Field(description="The call as it is to be executed.")


class FinishedToolCall(_Payload):
    """What `afterToolCall` is told."""

    call: ToolCall = Field(description="The call as it was executed.")
    result: JsonValue = Field(description="What the tool answered; absent if it failed.")
    error: str | None = Field(description="Why it failed; absent if it did not.")
    duration_ms: float = Field(description="How long it took, in milliseconds.")


class FailedToolCall(_Payload):
    """What `onToolError` is told."""

    call: ToolCall = Field(description="The call as it was executed.")
    attempt: int = Field(description="How often it was tried before, from 0.")
    error: str = Field(description="Why it failed.")
    default_retry: bool = Field(description="Whether it is tried again without a reply.")
    default_backoff_ms: float = Field(description="After how many milliseconds, without a reply.")


class ChangedCall(_Wire):
    """The parts of a call that a hook changes."""

    id: str | None = Field(default=None, description="Stays as it is, whatever is said here.")
    name: str | None = Field(default=None, description="Another tool.")
    args: JsonValue = Field(default=None, description="Other arguments.")


class CallReply(_Wire):
    """What `beforeToolCall` may reply: a changed call, or that there is none."""

    call: ChangedCall | None = Field(default=None, description="The call, changed.")
    action: Literal["abort"] | None = Field(
        default=None, description="Do not execute it; the model is told the error."
    )
    error: str | None = Field(default=None, description="What the model is told then.")


class ResultReply(_Wire):
    """What `afterToolCall` may reply: another result, or another error."""

    result: JsonValue = Field(default=None, description="The result instead.")
    error: str | None = Field(default=None, description="The error instead.")


class ErrorReply(_Wire):
    """What `onToolError` may reply."""

    action: HookAction | None = Field(
        default=None,
        description="Try again, end the run, or let the model know and go on; absent: as the "
        "settings of the tool loop say.",
    )
    backoff_ms: float | None = Field(
        default=None, ge=0, description="Before trying again, wait so many milliseconds."
    )


async def _before(payload: PendingToolCall, ctx: ToolContextType) -> CallReply | None:
    """Is asked before a tool is executed; may be async.

    Args:
        payload: The call.
        ctx: Of the call, and of the run that it is made for.

    Returns:
        What is to be changed; nothing changes nothing.
    """


BeforeToolCallHook = Annotated[Callback, Signature(_before, "BeforeToolCallHook")]


async def _after(payload: FinishedToolCall, ctx: ToolContextType) -> ResultReply | None:
    """Is asked after a tool was executed; may be async.

    Args:
        payload: The call, and what came of it.
        ctx: Of the call, and of the run that it is made for.

    Returns:
        What is to be changed; nothing changes nothing.
    """


AfterToolCallHook = Annotated[Callback, Signature(_after, "AfterToolCallHook")]


async def _on_error(payload: FailedToolCall, ctx: ToolContextType) -> ErrorReply | None:
    """Is asked after a tool has failed; may be async.

    Args:
        payload: The call, and why it failed.
        ctx: Of the call, and of the run that it is made for.

    Returns:
        What becomes of the call; nothing leaves it to the settings of the tool loop.
    """


ToolErrorHook = Annotated[Callback, Signature(_on_error, "ToolErrorHook")]


def _integral(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


class ToolHookOptions(_Wire):
    """Functions that see every tool call of a session; each may be async.

    What one throws, or replies that is no reply, fails the call: the model is told so, and the tool
    is not executed, or its result withheld.
    """

    before_tool_call: BeforeToolCallHook | None = Field(
        default=None, description="May change the call, or abort it."
    )
    after_tool_call: AfterToolCallHook | None = Field(
        default=None, description="May change the result or the error."
    )
    on_tool_error: ToolErrorHook | None = Field(
        default=None, description="Decides whether to try again, to go on or to end the run."
    )
    fail_open: bool = Field(
        default=False, description="Whether to report what a hook throws, and go on without it."
    )
    max_hook_retries: Annotated[int, BeforeValidator(_integral), Field(ge=0)] = Field(
        default=10, description="How often a hook may have one call tried again."
    )


def script_hooks(options: ToolHookOptions | None, caller: Caller) -> ToolHooks | None:
    """The hooks of a script; `None` where there is no function among the options."""
    if options is None:
        return None
    realm, host = caller.realm.realm, caller.realm.service(HostLoop)

    def called(callback: Callback | None, name: str) -> ScriptFunction | None:
        return None if callback is None else ScriptFunction(realm, host, callback, name)

    before = called(options.before_tool_call, "beforeToolCall")
    after = called(options.after_tool_call, "afterToolCall")
    on_error = called(options.on_tool_error, "onToolError")
    if before is None and after is None and on_error is None:
        return None
    return ToolHooks(
        before_tool_call=before and partial(_ask_before, before),
        after_tool_call=after and partial(_ask_after, after),
        on_tool_error=on_error and partial(_ask_on_error, on_error),
        fail_open=options.fail_open,
        max_hook_retries=options.max_hook_retries,
    )


async def _ask_before(function: ScriptFunction, event: BeforeToolCall) -> CallDecision | None:
    payload = PendingToolCall(call=event.call)
    reply = await _ask(function, payload, event.ctx, CallReply)
    if reply is None:
        return None
    if reply.action == "abort":
        return CallDecision(abort=reply.error or "aborted by beforeToolCall")
    if reply.error is not None:
        raise InvalidValueError("reply.error", 'expected action: "abort" beside it')
    return None if reply.call is None else CallDecision(call=_changed(event.call, reply.call))


def _changed(call: ToolCall, change: ChangedCall) -> ToolCall:
    name = call.name if change.name is None else change.name
    args = change.args if "args" in change.model_fields_set else call.args
    return call.model_copy(update={"name": name, "args": args})


async def _ask_after(function: ScriptFunction, event: AfterToolCall) -> ResultDecision | None:
    payload = FinishedToolCall(
        call=event.call, result=event.result, error=event.error, duration_ms=event.duration_ms
    )
    reply = await _ask(function, payload, event.ctx, ResultReply)
    if reply is None:
        return None
    given = reply.model_fields_set
    return ResultDecision(
        result=reply.result if "result" in given else UNSET,
        error=reply.error if "error" in given else UNSET,
    )


async def _ask_on_error(function: ScriptFunction, event: ToolFailure) -> ErrorDecision | None:
    payload = FailedToolCall(
        call=event.call,
        attempt=event.attempt,
        error=event.error,
        default_retry=event.default_retry,
        default_backoff_ms=event.default_backoff_ms,
    )
    reply = await _ask(function, payload, event.ctx, ErrorReply)
    return None if reply is None else ErrorDecision(reply.action, reply.backoff_ms)


async def _ask(
    function: ScriptFunction, payload: BaseModel, ctx: ToolContext, reply: type[Reply]
) -> Reply | None:
    """Call a hook; what it answers must be a reply, or nothing."""
    told = script_context(ctx.run, callId=ctx.call_id, toolName=ctx.tool_name)
    answer = await function(payload, told)
    return None if answer is None else validate_as(reply, answer, "reply")
