"""What the `ctx` of a script's function is, for the typings; its face makes it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from marotte.conversation import JsonObject, Turn
from marotte.realm import TypeScript
from marotte_js.core.tool_info import ToolInfo

__all__ = ["EngineContextType", "RunContextType", "ToolContextType"]

_EMIT = "<const K extends EmissionType>(event: { type: K } & Emission<K>) => void"


class RunContextType(BaseModel):
    """What a function is told of the run that calls it."""

    model_config = ConfigDict(title="RunContext", alias_generator=to_camel, frozen=True)

    session_id: str = Field(description="The session; empty for a run without one.")
    run_id: str = Field(description="The run.")
    turn_id: str | None = Field(description="The turn that the run works on, if it works on one.")
    tags: dict[str, str] = Field(description="The run's tags.")
    deadline_ms: float | None = Field(
        description="When the run times out, in milliseconds since the epoch; absent: never."
    )
    signal: Annotated[object, TypeScript("AbortSignal")] = Field(
        description="Aborts when the run is asked to stop."
    )
    emit: Annotated[object, TypeScript(_EMIT)] = Field(
        description="Streams a piece of the answer, or emits an event of a plugin."
    )


class EngineContextType(RunContextType):
    """What an engine is told of the run that calls it."""

    model_config = ConfigDict(title="EngineContext")

    history: list[Turn] = Field(description="The turns before the one to answer.")
    tools: list[ToolInfo] = Field(description="What the engine may ask for.")
    tool_choice: Annotated[str, TypeScript("ToolChoice | (string & {})")] = Field(
        description="`auto`, `none`, `required`, or the name of the tool that it has to ask for."
    )
    output_schema: JsonObject | None = Field(
        description="The JSON Schema of the result that is wanted, if one is."
    )


class ToolContextType(RunContextType):
    """What a tool, or a hook, is told of the call and the run that it is made for."""

    model_config = ConfigDict(title="ToolContext")

    call_id: str = Field(description="Identifies the call within its turn.")
    tool_name: str = Field(description="The tool.")
