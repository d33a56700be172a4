"""What functions of a script are told by the older module, and what they reply; for the typings."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel
from typing_extensions import TypeAliasType

from marotte.conversation import JsonObject
from marotte.inference import HookAction
from marotte.realm import Callback, Signature, TypeScript
from marotte_js.geppetto.turns import TurnInputType, TurnType, named

__all__ = [
    "AnyMiddleware",
    "EngineFunction",
    "MiddlewareFunction",
    "ToolHooksType",
    "ToolInfoType",
    "ToolSpecType",
]


class _ContextType(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True)

    timestamp_ms: float = Field(description="Now, in milliseconds since the epoch.")
    session_id: str | None = Field(description="The session.")
    inference_id: str | None = Field(description="The run.")
    tags: dict[str, str] = Field(description="The run's tags.")


_CONTEXT = 'import("marotte").EngineContext'


class EngineContextType(BaseModel):
    """What an engine is told: all that one of the module `marotte` is."""

    model_config = named("EngineContext", frozen=True)

    session_id: str = Field(description="The session.")
    inference_id: str = Field(description="The run.")
    run_id: str = Field(description="As `inferenceId`.")
    turn_id: str | None = Field(description="The turn to answer.")
    tags: dict[str, str] = Field(description="The run's tags.")
    deadline_ms: float | None = Field(
        description="When the run times out, in milliseconds since the epoch; absent: never."
    )
    signal: Annotated[object, TypeScript("AbortSignal")] = Field(
        description="Aborts when the run is asked to stop."
    )
    emit: Annotated[object, TypeScript('import("marotte").RunContext["emit"]')] = Field(
        description="Streams a piece of the answer."
    )
    history: Annotated[object, TypeScript(f'{_CONTEXT}["history"]')] = Field(
        description="The turns before the one to answer."
    )
    tools: Annotated[object, TypeScript(f'{_CONTEXT}["tools"]')] = Field(
        description="What the engine may ask for."
    )
    tool_choice: str = Field(
        description="`auto`, `none`, `required`, or the name of the tool that it has to ask for."
    )


class MiddlewareContextType(_ContextType):
    """What a middleware is told of the run."""

    model_config = named("MiddlewareContext", frozen=True)

    middleware_name: str = Field(description="What errors call it.")
    turn_id: str | None = Field(description="The turn that is answered.")
    trace_id: str | None = Field(description="The turn's `metadata.trace_id`.")
    deadline_ms: float | None = Field(
        description="When the run times out, in milliseconds since the epoch; absent: never."
    )


class ToolContextType(_ContextType):
    """What a tool is told of the call and the run."""

    model_config = named("ToolContext", frozen=True)

    tool_name: str = Field(description="The tool.")
    call_id: str = Field(description='Identifies the call; "js-call" for `call` of a registry.')
    call_name: str = Field(description="The tool, as the call names it.")
    deadline_ms: float | None = Field(
        description="When the run times out, in milliseconds since the epoch; absent: never."
    )


class ToolHookCallType(BaseModel):
    """A call, as hooks see it."""

    model_config = named("ToolHookCall")

    id: str = Field(description="Identifies the call within its turn.")
    name: str = Field(description="The tool.")
    args: JsonValue = Field(description="Its arguments.")


class BeforeToolCallType(_ContextType):
    """What `beforeToolCall` is told."""

    model_config = named("BeforeToolCallPayload", frozen=True)

    phase: Literal["beforeToolCall"] = Field(description="Which hook.")
    call: ToolHookCallType = Field(description="The call, as it is to be executed.")


class ToolOutcomeType(BaseModel):
    """What came of a call."""

    model_config = named("ToolOutcome", frozen=True)

    value: JsonValue = Field(description="What the tool answered; null if it failed.")
    error: str | None = Field(description="Why it failed; absent if it did not.")
    duration_ms: float = Field(description="How long it took, in whole milliseconds.")


class AfterToolCallType(_ContextType):
    """What `afterToolCall` is told."""

    model_config = named("AfterToolCallPayload", frozen=True)

    phase: Literal["afterToolCall"] = Field(description="Which hook.")
    call: ToolHookCallType = Field(description="The call, as it was executed.")
    result: ToolOutcomeType = Field(description="What came of it.")


class OnToolErrorType(_ContextType):
    """What `onToolError` is told."""

    model_config = named("OnToolErrorPayload", frozen=True)

    phase: Literal["onToolError"] = Field(description="Which hook.")
    call: ToolHookCallType = Field(description="The call, as it was executed.")
    attempt: int = Field(description="How often it was tried before, from 0.")
    error: str = Field(description="Why it failed.")
    default_retry: bool = Field(description="Whether it is tried again without a reply.")
    default_backoff_ms: float = Field(description="After how many milliseconds, without a reply.")


class ToolCallChangeType(BaseModel):
    """Another tool, or other arguments."""

    model_config = named("ToolCallChange")

    id: str | None = Field(default=None, description="Stays as it is, whatever is said here.")
    name: str | None = Field(default=None, description="Another tool.")
    args: JsonValue = Field(default=None, description="Other arguments.")


class BeforeToolCallReplyType(ToolCallChangeType):
    """What `beforeToolCall` may reply: changes of the call, or that there is none."""

    model_config = named("BeforeToolCallReply")

    call: ToolCallChangeType | None = Field(default=None, description="Changes of the call.")
    action: Literal["abort"] | None = Field(default=None, description="Do not execute it.")
    abort: bool | None = Field(default=None, description="As `action`.")
    error: str | None = Field(default=None, description="What the model is told then.")


class AfterToolCallReplyType(BaseModel):
    """What `afterToolCall` may reply."""

    model_config = named("AfterToolCallReply")

    action: Literal["abort"] | None = Field(default=None, description="Let it have failed.")
    abort: bool | None = Field(default=None, description="As `action`.")
    result: JsonValue = Field(default=None, description="The result instead.")
    error: str | None = Field(default=None, description="The error instead; empty: none.")


class OnToolErrorReplyType(BaseModel):
    """What `onToolError` may reply."""

    model_config = named("OnToolErrorReply")

    action: HookAction | None = Field(
        default=None,
        description="Try again, or else not; `toolErrorHandling` says what becomes of the error.",
    )
    retry: bool | None = Field(default=None, description="As `action`.")
    abort: bool | None = Field(default=None, description="As `action`.")
    backoff_ms: float | None = Field(
        default=None, description="Before trying again, wait so many milliseconds."
    )


async def _before(payload: BeforeToolCallType) -> BeforeToolCallReplyType | None:
    """Is asked before a tool is executed; may be async.

    Args:
        payload: The call.

    Returns:
        What is to be changed; nothing changes nothing.
    """


BeforeToolCallHook: TypeAlias = Annotated[Callback, Signature(_before, "BeforeToolCallHook")]


async def _after(payload: AfterToolCallType) -> AfterToolCallReplyType | None:
    """Is asked after a tool was executed; may be async.

    Args:
        payload: The call, and what came of it.

    Returns:
        What is to be changed; nothing changes nothing.
    """


AfterToolCallHook: TypeAlias = Annotated[Callback, Signature(_after, "AfterToolCallHook")]


async def _on_error(payload: OnToolErrorType) -> OnToolErrorReplyType | None:
    """Is asked after a tool has failed; may be async.

    Args:
        payload: The call, and why it failed.

    Returns:
        What becomes of the call; nothing leaves it to the settings of the tool loop.
    """


ToolErrorHook: TypeAlias = Annotated[Callback, Signature(_on_error, "ToolErrorHook")]


HookErrorPolicy = TypeAliasType(
    "HookErrorPolicy",
    Annotated[
        str,
        Field(
            description="What becomes of what a hook throws; other words than these fail the call.",
            examples=["fail-open", "open"],
        ),
    ],
)


class ToolHooksType(BaseModel):
    """Functions that see every tool call of a session; without any, there are none."""

    model_config = named("ToolHooks")

    before_tool_call: BeforeToolCallHook | None = Field(
        default=None, description="May change the call, or abort it."
    )
    after_tool_call: AfterToolCallHook | None = Field(
        default=None, description="May change the result or the error."
    )
    on_tool_error: ToolErrorHook | None = Field(
        default=None, description="Decides whether to try again."
    )
    fail_open: bool | None = Field(
        default=None, description="Whether to report what a hook throws, and go on without it."
    )
    hook_error_policy: HookErrorPolicy | None = Field(
        default=None, description="`fail-open` or `open` means `failOpen`."
    )
    on_hook_error: HookErrorPolicy | None = Field(default=None, description="As `hookErrorPolicy`.")
    max_hook_retries: int | None = Field(
        default=None, description="How often a hook may have one call tried again; absent: 10."
    )


class ToolInfoType(BaseModel):
    """A tool of a registry."""

    model_config = named("ToolInfo", frozen=True)

    name: str = Field(description="What the model calls it by.")
    description: str = Field(description="What it does, for the model.")
    parameters: JsonObject = Field(description="The JSON Schema of its arguments.")


_SCHEMA = 'import("marotte").JsonSchema'
_OF_SCHEMA = (f"const S extends {_SCHEMA} = {_SCHEMA}",)
_Arguments = Annotated[object, TypeScript('import("marotte").FromSchema<S>', _OF_SCHEMA)]


async def _handler(args: _Arguments, ctx: ToolContextType) -> object:
    """Answers a call of a tool; may be async. What it throws goes to the model.

    Args:
        args: What the tool's `parameters` admit.
        ctx: Of the call and the run.

    Returns:
        JSON, for the model.
    """


ToolHandler: TypeAlias = Annotated[Callback, Signature(_handler, "ToolHandler")]


class ToolSpecType(BaseModel):
    """A tool that is a function of the script."""

    model_config = named("ToolSpec")

    name: str = Field(description="What the model calls it by.")
    description: str | None = Field(default=None, description="What it does, for the model.")
    parameters: Annotated[
        object, TypeScript('import("marotte").CheckedSchema<S> | null', _OF_SCHEMA)
    ] = Field(default=None, description="The JSON Schema of its arguments.")
    handler: ToolHandler = Field(
        description="Answers a call; may be async. What it throws goes to the model."
    )


def _next(turn: TurnInputType | None = None) -> TurnType:
    """Asks what comes next; the script is parked until the answer is there.

    Args:
        turn: What to ask with; absent: the turn that the middleware was given.
    """
    raise AssertionError("a signature")


NextFunction: TypeAlias = Annotated[Callback, Signature(_next, "NextFunction")]


async def _middleware(
    turn: TurnType, next: NextFunction, ctx: MiddlewareContextType
) -> TurnInputType | None:
    """Wraps a call of the engine; may be async.

    Args:
        turn: A copy of the turn to answer.
        next: Calls what is inside.
        ctx: Of the run.

    Returns:
        The answer; nothing keeps what `next` answered.
    """


MiddlewareFunction: TypeAlias = Annotated[Callback, Signature(_middleware, "MiddlewareFunction")]

AnyMiddleware: TypeAlias = Annotated[object, TypeScript("MiddlewareRef")] | MiddlewareFunction


async def _engine(turn: TurnType, ctx: EngineContextType) -> TurnInputType | None:
    """Answers a turn; may be async.

    Args:
        turn: A copy of the turn to answer.
        ctx: Of the run.

    Returns:
        The turn with its answer; nothing keeps what was changed on the copy.
    """


EngineFunction: TypeAlias = Annotated[Callback, Signature(_engine, "EngineFunction")]
