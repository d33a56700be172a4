"""Hooks: what may look at a tool call, and change it, before and after it is executed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, JsonValue
from typing_extensions import TypeAliasType

from marotte.conversation import InvalidValueError, describe
from marotte.events import ToolCall
from marotte.inference.tools.tool import ToolContext


class Unset(Enum):
    """Stands for what a hook leaves as it is."""

    UNSET = "unset"


UNSET = Unset.UNSET

HookAction = TypeAliasType(
    "HookAction",
    Annotated[
        Literal["retry", "abort", "continue"],
        Field(description="What becomes of a failed call: try again, end the run, or go on."),
    ],
)


@dataclass(frozen=True, slots=True)
class BeforeToolCall:
    """A call that is about to be made."""

    call: ToolCall
    ctx: ToolContext


@dataclass(frozen=True, slots=True)
class AfterToolCall:
    """A call that has returned, or has failed for good.

    Attributes:
        call: The call, as it was made.
        result: What it returned; `None` if it failed.
        error: Why it failed; `None` if it did not.
        duration_ms: How long it took, retries and their waits included, in milliseconds.
        ctx: The run's view.
    """

    call: ToolCall
    result: JsonValue
    error: str | None
    duration_ms: float
    ctx: ToolContext


@dataclass(frozen=True, slots=True)
class ToolFailure:
    """An execution that failed.

    Attributes:
        call: The call, as it was made.
        attempt: How many executions of the call failed before this one.
        error: Why it failed.
        default_retry: Whether the settings of the loop would try again.
        default_backoff_ms: How long they would wait before that, in milliseconds.
        ctx: The run's view.
    """

    call: ToolCall
    attempt: int
    error: str
    default_retry: bool
    default_backoff_ms: float
    ctx: ToolContext


@dataclass(frozen=True, slots=True)
class CallDecision:
    """What becomes of a call: make this one instead, or fail it with a text.

    The call keeps its id, whatever `call` says.
    """

    call: ToolCall | None = None
    abort: str | None = None


@dataclass(frozen=True, slots=True)
class ResultDecision:
    """What the model is told of a call, where that differs from what happened.

    A `result` alone also takes back an error, and an `error` of `None` alone takes it back and
    leaves the result.
    """

    result: JsonValue | Unset = UNSET
    error: str | Unset | None = UNSET


@dataclass(frozen=True, slots=True)
class ErrorDecision:
    """What to do about a failed execution; `None` is what the settings say.

    Attributes:
        action: `retry`, `abort` (the run fails) or `continue` (the error goes to the model).
        backoff_ms: How long to wait before a retry, in milliseconds.
    """

    action: HookAction | None = None
    backoff_ms: float | None = None


BeforeHook: TypeAlias = Callable[
    [BeforeToolCall], CallDecision | Awaitable[CallDecision | None] | None
]
AfterHook: TypeAlias = Callable[
    [AfterToolCall], ResultDecision | Awaitable[ResultDecision | None] | None
]
ErrorHook: TypeAlias = Callable[
    [ToolFailure], ErrorDecision | Awaitable[ErrorDecision | None] | None
]


@dataclass(frozen=True, slots=True)
class ToolHooks:
    """Functions around tool calls, sync or async; a sync one is called in a thread of its own.

    A hook that raises fails the call: the tool is not executed, or its result is withheld, and
    the model is told `beforeToolCall hook: …`.

    Attributes:
        before_tool_call: Called before a call is made.
        after_tool_call: Called when it is known what came of it.
        on_tool_error: Called when an execution has failed.
        fail_open: Go on as if there were no hook when it raises, with a `diagnostic`.
        max_hook_retries: How many retries of one call `on_tool_error` may ask for.

    Raises:
        InvalidValueError: for what is no function, or no count.
    """

    before_tool_call: BeforeHook | None = None
    after_tool_call: AfterHook | None = None
    on_tool_error: ErrorHook | None = None
    fail_open: bool = False
    max_hook_retries: int = 10

    def __post_init__(self) -> None:
        for name in ("before_tool_call", "after_tool_call", "on_tool_error"):
            hook: object = getattr(self, name)
            if hook is not None and not callable(hook):
                raise InvalidValueError(name, f"expected a function, got {describe(hook)}")
        most: object = self.max_hook_retries
        if not isinstance(most, int) or isinstance(most, bool) or most < 0:
            problem = f"expected a count >= 0, got {describe(most)}"
            raise InvalidValueError("max_hook_retries", problem)
