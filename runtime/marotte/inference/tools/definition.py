"""What a model is told of a tool."""

from __future__ import annotations

from dataclasses import dataclass, field

from marotte.conversation import JsonObject


def _no_parameters() -> JsonObject:
    return {"type": "object", "properties": {}}


@dataclass(frozen=True, slots=True)
class ToolDefinition:
    """A tool as a model sees it.

    Attributes:
        name: What the model calls it by.
        description: What it does, for the model.
        parameters: The JSON Schema of its arguments.
    """

    name: str
    description: str = ""
    parameters: JsonObject = field(default_factory=_no_parameters)
