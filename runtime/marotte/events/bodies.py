"""Event bodies: what an emitter knows. The log adds the envelope (see `event`)."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, JsonValue

from marotte.conversation import JsonObject, Usage, copy_json
from marotte.events.record import (
    ErrorInfo,
    Halt,
    RequestedBy,
    RunStatus,
    StopMode,
    StopReason,
    WireModel,
)

MAX_PLUGIN_DATA = 256 * 1024
"""The largest payload of a plugin's event, in characters of its JSON text."""


def _checked(value: object) -> JsonValue:
    return copy_json(value, "event")


def _checked_data(value: object) -> JsonValue:
    return copy_json(value, "data", max_size=MAX_PLUGIN_DATA)


_Json: TypeAlias = Annotated[JsonValue, BeforeValidator(_checked)]
_Data: TypeAlias = Annotated[JsonObject, BeforeValidator(_checked_data)]


class Body(WireModel):
    """The payload of an event."""

    type: str


class RunStarted(Body):
    """Execution begins."""

    type: Literal["run-started"] = "run-started"
    input: _Json = Field(default=None, description="What the run was started with.")
    deadline: int | None = Field(default=None, description="When it times out, in epoch ms.")


class TextDelta(Body):
    """A piece of a model's answer."""

    type: Literal["text-delta"] = "text-delta"
    segment: str = Field(description="Which text it belongs to; unique within the run.")
    delta: str = Field(description="The next piece.")


class TextFinished(Body):
    """A text of a model's answer is complete."""

    type: Literal["text-finished"] = "text-finished"
    segment: str = Field(description="Which text.")
    text: str = Field(description="All of it.")


class ReasoningDelta(Body):
    """A piece of a model's reasoning."""

    type: Literal["reasoning-delta"] = "reasoning-delta"
    segment: str = Field(description="Which text it belongs to; unique within the run.")
    delta: str = Field(description="The next piece.")


class ReasoningFinished(Body):
    """A text of a model's reasoning is complete."""

    type: Literal["reasoning-finished"] = "reasoning-finished"
    segment: str = Field(description="Which text.")
    text: str = Field(description="All of it.")


class ToolCall(WireModel):
    """A model's request to call a tool."""

    id: str = Field(description="Identifies the call within its turn.")
    name: str = Field(description="The tool.")
    args: _Json = Field(default=None, description="Its arguments.")


class ToolCallRequested(Body):
    """A model asks for a tool."""

    type: Literal["tool-call-requested"] = "tool-call-requested"
    tool_call: ToolCall = Field(description="The call it asks for.")


class ToolExecutionStarted(Body):
    """A tool begins to execute."""

    type: Literal["tool-execution-started"] = "tool-execution-started"
    tool_call_id: str = Field(description="Which call.")
    name: str = Field(description="The tool.")


class ToolExecutionFinished(Body):
    """A tool has executed."""

    type: Literal["tool-execution-finished"] = "tool-execution-finished"
    tool_call_id: str = Field(description="Which call.")
    name: str = Field(description="The tool.")
    result: _Json = Field(default=None, description="What it returned.")
    error: str | None = Field(default=None, description="Why it failed.")
    duration_ms: float = Field(description="How long it took, in ms.")


class ModelCallStarted(Body):
    """A request to a model begins."""

    type: Literal["model-call-started"] = "model-call-started"
    model: str = Field(description="The model's name.")
    provider: str = Field(description="Who serves it.")


class ModelCallFinished(Body):
    """A request to a model has ended, in whatever way."""

    type: Literal["model-call-finished"] = "model-call-finished"
    model: str = Field(description="The model's name.")
    provider: str = Field(description="Who serves it.")
    usage: Usage = Field(description="What the call cost.")
    finish_reason: str | None = Field(default=None, description="Why the model ended.")
    duration_ms: float = Field(description="How long it took, in ms.")


class Output(Body):
    """What a script wrote to its console or output."""

    type: Literal["output"] = "output"
    level: Literal["debug", "log", "info", "warn", "error", "text"] = Field(
        description="The console method; `text` for a cell's output."
    )
    text: str = Field(description="The formatted line or lines, without a last line feed.")


class TurnCommitted(Body):
    """The run's turn, which the envelope names, is now part of the session."""

    type: Literal["turn-committed"] = "turn-committed"


class ChildStarted(Body):
    """The run started another."""

    type: Literal["child-started"] = "child-started"
    child_run_id: str = Field(description="The other run.")
    name: str | None = Field(default=None, description="What the starter calls it.")


class ChildFinished(Body):
    """A run that this one started has ended."""

    type: Literal["child-finished"] = "child-finished"
    child_run_id: str = Field(description="The other run.")
    name: str | None = Field(default=None, description="What the starter calls it.")
    status: RunStatus = Field(description="How it ended.")


class RunYielded(Body):
    """The run waits for something from outside."""

    type: Literal["run-yielded"] = "run-yielded"
    reason: str = Field(description="What it waits for.")


class RunResumed(Body):
    """The run no longer waits."""

    type: Literal["run-resumed"] = "run-resumed"
    reason: str = Field(description="What it waited for.")


class Diagnostic(Body):
    """Something that its author should know of, and that did not change the run's outcome."""

    type: Literal["diagnostic"] = "diagnostic"
    code: str = Field(description="What happened, as a stable word.")
    message: str = Field(description="What happened, for people.")
    stack: str | None = Field(default=None, description="Where it happened.")


class EventsDropped(Body):
    """Marks a hole in a replay: a log in memory had to forget these events."""

    type: Literal["events-dropped"] = "events-dropped"
    count: int = Field(description="How many events are missing.")
    first_seq: int = Field(description="The first missing one.")
    last_seq: int = Field(description="The last missing one; also the marker's own `seq`.")


class RunStopping(Body):
    """A stop was accepted, or became harder."""

    type: Literal["run-stopping"] = "run-stopping"
    mode: StopMode = Field(description="`stop`: at the next boundary; `cancel`: now.")
    requested_by: RequestedBy = Field(description="Who or what asked.")
    waiting_for: str | None = Field(default=None, description="What is let finish first.")


class RunFinished(Body):
    """The terminal event: always there, always last."""

    type: Literal["run-finished"] = "run-finished"
    status: RunStatus = Field(description="How the run ended.")
    stop_reason: StopReason = Field(description="Why it ended.")
    error: ErrorInfo | None = Field(default=None, description="The error it ended with.")
    usage: Usage = Field(description="What it cost, whatever the outcome.")
    halted: bool = Field(description="Whether execution really ended.")
    halt: Halt = Field(description="How execution ended.")


class PluginBody(Body):
    """An event of a plugin, under the plugin's own prefix.

    Raises:
        TooLargeError: for more than `MAX_PLUGIN_DATA`.
    """

    type: str = Field(pattern=r"^[^.*\s]+(\.[^.*\s]+)+$", description="Such as `acme.progress`.")
    data: _Data = Field(default_factory=dict, description="The plugin's payload.")
