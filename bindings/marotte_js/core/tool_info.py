"""Tools as scripts are told of them."""

from __future__ import annotations

from pydantic import BaseModel, Field

from marotte.conversation import JsonObject
from marotte.inference import ToolDefinition

__all__ = ["ToolInfo", "tool_info"]


class ToolInfo(BaseModel):
    """A tool as a model sees it."""

    name: str = Field(description="What the model calls it by.")
    description: str = Field(description="What it does, for the model.")
    parameters: JsonObject = Field(description="The JSON Schema of its arguments.")


def tool_info(definition: ToolDefinition) -> ToolInfo:
    """What a script is told of a tool."""
    return ToolInfo(
        name=definition.name,
        description=definition.description,
        parameters=definition.parameters,
    )
