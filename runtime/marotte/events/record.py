"""The record of a run: its status, and what a caller may know of it. The log owns it."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, TypedDict

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel
from typing_extensions import TypeAliasType

from marotte.conversation import Usage

RunKind: TypeAlias = Literal["turn", "script", "cell"]

RunStatus = TypeAliasType(
    "RunStatus",
    Annotated[
        Literal[
            "queued",
            "running",
            "waiting",
            "stopping",
            "completed",
            "stopped",
            "timed_out",
            "limit_reached",
            "failed",
            "lost",
        ],
        Field(description="Where in its life a run is."),
    ],
)

StopReason = TypeAliasType(
    "StopReason",
    Annotated[
        Literal[
            "end_turn",
            "user_stop",
            "user_cancel",
            "parent_stopped",
            "session_closed",
            "superseded",
            "client_disconnect",
            "shutdown",
            "deadline",
            "max_turns",
            "max_iterations",
            "max_budget",
            "tool_calls",
            "cpu",
            "memory",
            "output",
            "lifetime",
            "script_error",
            "tool_error",
            "provider_error",
            "internal_error",
            "deadlock",
            "worker_lost",
        ],
        Field(description="Why a run has ended, or is to end."),
    ],
)

RequestedBy = TypeAliasType(
    "RequestedBy",
    Annotated[
        Literal[
            "user",
            "signal",
            "parent",
            "session",
            "supersede",
            "client",
            "shutdown",
            "deadline",
            "limit",
            "grace",
            "internal",
        ],
        Field(description="Who or what asked a run to stop."),
    ],
)

StopMode = TypeAliasType(
    "StopMode",
    Annotated[
        Literal["stop", "cancel"],
        Field(description="How a run is stopped: `stop` at the next boundary, `cancel` now."),
    ],
)

Halt = TypeAliasType(
    "Halt",
    Annotated[
        Literal["boundary", "abort", "forced", "wedged"],
        Field(description="How a run's execution ended; `wedged`: it has not."),
    ],
)

TERMINAL: frozenset[RunStatus] = frozenset(
    ("completed", "stopped", "timed_out", "limit_reached", "failed", "lost")
)
"""Statuses that never change again."""

LIMIT_REASONS: frozenset[StopReason] = frozenset(
    (
        "max_turns",
        "max_iterations",
        "max_budget",
        "tool_calls",
        "cpu",
        "memory",
        "output",
        "lifetime",
    )
)
"""Stop reasons of status `limit_reached`."""

LIVE: frozenset[RunStatus] = frozenset(("queued", "running", "waiting", "stopping"))
"""Statuses of runs that have yet to end."""


class WireModel(BaseModel):
    """Immutable data with snake_case names in Python and camelCase ones on the wire."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class ErrorInfo(WireModel):
    """An error as data."""

    name: str = Field(description="The error's class.")
    message: str = Field(description="What went wrong, for people.")
    code: str | None = Field(default=None, description="What went wrong, as a stable word.")
    stack: str | None = Field(default=None, description="Where, for those who debug a script.")


class RunRecord(WireModel):
    """What is known of a run. Times are milliseconds since the epoch."""

    id: str = Field(description="Identifies the run.")
    kind: RunKind = Field(description="What the run executes.")
    name: str | None = Field(default=None, description="What the starter calls it.")
    session_id: str = Field(default="", description="The session; empty for a run without one.")
    turn_id: str | None = Field(default=None, description="The turn that a turn run works on.")
    parent_run_id: str | None = Field(default=None, description="The run that started this one.")
    tags: dict[str, str] = Field(default_factory=dict, description="The starter's own labels.")
    status: RunStatus = Field(default="queued", description="Where in its life the run is.")
    stop_reason: StopReason | None = Field(default=None, description="Why the run ended.")
    yielded: str | None = Field(default=None, description="What a waiting run waits for.")
    error: ErrorInfo | None = Field(default=None, description="Why the run failed.")
    usage: Usage = Field(default_factory=Usage, description="Spend, whatever the outcome.")
    created_at: int = Field(description="When the run was accepted.")
    started_at: int | None = Field(default=None, description="When execution began.")
    finished_at: int | None = Field(default=None, description="When the run became terminal.")
    deadline: int | None = Field(default=None, description="When the run times out.")
    stop_requested_at: int | None = Field(default=None, description="When a stop was accepted.")
    stop_requested_by: RequestedBy | None = Field(default=None, description="Who asked first.")
    stop_mode: StopMode | None = Field(default=None, description="The hardest mode asked for.")
    stop_detail: str | None = Field(default=None, description="The reason given, in free text.")
    cancel_observed_at: int | None = Field(
        default=None, description="When the executing side noticed the stop."
    )
    halted: bool | None = Field(default=None, description="Whether execution really ended.")
    halt: Halt | None = Field(default=None, description="How execution ended.")
    committed_turns: int = Field(default=0, description="Turns written to the session.")
    last_seq: int = Field(default=0, description="Sequence number of the newest event.")

    @property
    def is_terminal(self) -> bool:
        """Whether the record will never change again."""
        return self.status in TERMINAL

    def wire(self) -> dict[str, JsonValue]:
        """Return a plain camelCase copy, without what is not set."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class RunChange(TypedDict, total=False):
    """Fields of a record to set in a transition."""

    turn_id: str | None
    status: RunStatus
    stop_reason: StopReason | None
    yielded: str | None
    error: ErrorInfo | None
    usage: Usage
    started_at: int | None
    finished_at: int | None
    stop_requested_at: int | None
    stop_requested_by: RequestedBy | None
    stop_mode: StopMode | None
    stop_detail: str | None
    cancel_observed_at: int | None
    halted: bool | None
    halt: Halt | None
    committed_turns: int
