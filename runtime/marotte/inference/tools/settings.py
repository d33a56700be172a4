"""Settings of the tool loop: one strict model for Python and JavaScript."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field
from typing_extensions import TypeAliasType

from marotte.conversation import InvalidValueError, describe, validate_as
from marotte.events import WireModel
from marotte.realm import TypeScript

ToolErrorHandling = TypeAliasType(
    "ToolErrorHandling",
    Annotated[
        Literal["continue", "abort", "retry"],
        Field(description="Tell the model of a failed call, end the run, or retry before telling."),
    ],
)
ToolChoice = TypeAliasType(
    "ToolChoice",
    Annotated[
        Literal["auto", "none", "required"],
        Field(description="Whether the model may, or has to, ask for a tool."),
    ],
)
TOOL_ERROR_HANDLINGS = ("continue", "abort", "retry")
TOOL_CHOICES = ("auto", "none", "required")


def _integral(value: object) -> object:
    """JavaScript has one kind of number, so 5.0 is a count too."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _known_choice(value: object) -> object:
    if not isinstance(value, str) or not value:
        raise _invalid("toolChoice", value, TOOL_CHOICES)
    return value


def _known_handling(value: object) -> object:
    if value not in TOOL_ERROR_HANDLINGS:
        raise _invalid("toolErrorHandling", value, TOOL_ERROR_HANDLINGS)
    return value


def _invalid(option: str, value: object, known: Iterable[str]) -> InvalidValueError:
    error = InvalidValueError(option, f"expected one of: {', '.join(known)}")
    error.args = (f"invalid {option} {describe(value)}, {error.problem}",)
    return error


# Scripts see the words offered although any tool may be named.
_OfferedChoice: TypeAlias = ToolChoice | Annotated[object, TypeScript("(string & {})")]
_Count: TypeAlias = Annotated[int, BeforeValidator(_integral), Field(strict=True)]
_Amount: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class ToolLoopSettings(WireModel):
    """How a model's tool calls are executed.

    Raises:
        InvalidValueError: (a `TypeError`) from `of`, for a wrong or unknown setting.
    """

    enabled: bool = Field(
        default=True,
        strict=True,
        description="Whether tools are offered; otherwise the engine answers once.",
    )
    max_iterations: _Count = Field(
        default=20, ge=1, description="Calls of the engine; over that the run is `limit_reached`."
    )
    max_parallel_tools: _Count = Field(
        default=3, ge=1, description="Tools that execute at the same time."
    )
    execution_timeout_ms: _Amount = Field(
        default=30_000, ge=0, description="Time of one execution of a tool, in ms; 0: no limit."
    )
    tool_choice: Annotated[
        str, BeforeValidator(_known_choice, json_schema_input_type=_OfferedChoice)
    ] = Field(
        default="auto",
        description="`auto`, `none`, or, until a tool was called, `required` or a tool's name.",
    )
    tool_error_handling: Annotated[ToolErrorHandling, BeforeValidator(_known_handling)] = Field(
        default="continue",
        description="Tell the model of a failed call, end the run, or retry before telling.",
    )
    retry_max_retries: _Count = Field(
        default=2, ge=0, description="Retries of one call with `retry`."
    )
    retry_backoff_ms: _Amount = Field(
        default=1000, ge=0, description="Wait before the first retry, in ms."
    )
    retry_backoff_factor: _Amount = Field(
        default=2, ge=0, description="How much longer each further wait is."
    )

    @classmethod
    def of(cls, settings: ToolLoopSettings | Mapping[str, Any] | None) -> ToolLoopSettings:
        """Return `settings` themselves, or what a mapping of names, of either case, says.

        Raises:
            InvalidValueError: for a wrong or unknown setting, naming it as JavaScript does.
        """
        if isinstance(settings, ToolLoopSettings):
            return settings
        if settings is not None and not isinstance(settings, Mapping):
            problem = f"expected an object, got {describe(settings)}"
            raise InvalidValueError("toolLoop", problem)
        return validate_as(cls, dict(settings or {}), "toolLoop")

    def check_choice(self, names: Iterable[str]) -> None:
        """Check that the tool choice is a general one, or one of these tools.

        Raises:
            InvalidValueError: It is neither; says what it may be.
        """
        known = (*TOOL_CHOICES, *names)
        if self.tool_choice not in known:
            raise _invalid("toolChoice", self.tool_choice, known)

    def backoff_ms(self, attempt: int) -> float:
        """Return how long to wait after failed attempt `attempt`, counted from 0, in ms."""
        try:
            return self.retry_backoff_ms * self.retry_backoff_factor**attempt
        except OverflowError:
            return MAX_BACKOFF_MS


MAX_BACKOFF_MS = 24 * 3_600_000.0
