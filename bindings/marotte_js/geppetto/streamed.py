"""Events under their older names, for the typings."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

__all__ = ["StreamEventMap"]


class _Event(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True)

    timestamp_ms: float = Field(description="When it happened, in milliseconds since the epoch.")
    session_id: str = Field(description="The session.")
    inference_id: str = Field(description="The run.")
    turn_id: str | None = Field(description="The turn, if the run works on one.")


class StreamToolCall(BaseModel):
    """A call of a tool."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="Identifies the call within its turn.")
    name: str = Field(description="The tool.")
    input: str = Field(description="Its arguments, as JSON text.")


class StreamToolResult(BaseModel):
    """What came of a call."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="Of the call.")
    result: str = Field(description='JSON text, or "Error: " and why it failed.')


class StartEvent(_Event):
    """The run has begun."""

    type: Literal["start"] = "start"


class PartialEvent(_Event):
    """A piece of the answer."""

    type: Literal["partial"] = "partial"
    delta: str = Field(description="The piece.")
    completion: str = Field(description="The text so far, with the piece.")


class FinalEvent(_Event):
    """A text of the answer is complete."""

    type: Literal["final"] = "final"
    text: str = Field(description="The text.")


class ToolCallEvent(_Event):
    """The model asks for a tool."""

    type: Literal["tool-call"] = "tool-call"
    tool_call: StreamToolCall = Field(description="The call.")


class ToolCallExecuteEvent(_Event):
    """A tool is being executed."""

    type: Literal["tool-call-execute"] = "tool-call-execute"
    tool_call: StreamToolCall = Field(description="The call.")


class ToolCallExecutionResultEvent(_Event):
    """A tool was executed."""

    type: Literal["tool-call-execution-result"] = "tool-call-execution-result"
    tool_result: StreamToolResult = Field(description="What came of it.")


class ToolResultEvent(_Event):
    """A tool was executed; follows `tool-call-execution-result`."""

    type: Literal["tool-result"] = "tool-result"
    tool_result: StreamToolResult = Field(description="What came of it.")


class ErrorEvent(_Event):
    """The run has ended, neither completed nor stopped."""

    type: Literal["error"] = "error"
    error: str = Field(description="Why.")


class InterruptEvent(_Event):
    """The run was stopped."""

    type: Literal["interrupt"] = "interrupt"
    text: str = Field(description="The text so far.")


class LogEvent(_Event):
    """Is never emitted."""

    type: Literal["log"] = "log"


class InfoEvent(_Event):
    """Is never emitted."""

    type: Literal["info"] = "info"


def _to_kebab(name: str) -> str:
    return name.replace("_", "-")


class StreamEventMap(BaseModel):
    """The events that have an older name, by it."""

    model_config = ConfigDict(alias_generator=_to_kebab)

    start: StartEvent = Field(description="When the run begins.")
    partial: PartialEvent = Field(description="For each piece of the answer.")
    final: FinalEvent = Field(description="For each text of the answer, when it is complete.")
    tool_call: ToolCallEvent = Field(description="When the model asks for a tool.")
    tool_call_execute: ToolCallExecuteEvent = Field(description="When a tool begins to execute.")
    tool_call_execution_result: ToolCallExecutionResultEvent = Field(
        description="When a tool has executed."
    )
    tool_result: ToolResultEvent = Field(description="As `tool-call-execution-result`, after it.")
    error: ErrorEvent = Field(description="When the run ends, neither completed nor stopped.")
    interrupt: InterruptEvent = Field(description="When the run ends because it was stopped.")
    log: LogEvent = Field(description="Never.")
    info: InfoEvent = Field(description="Never.")
