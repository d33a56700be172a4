"""What a request says beside the messages: settings, tools and the shape of the result."""

from __future__ import annotations

from typing import cast

from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from marotte.inference.context import EngineContext
from marotte.inference.models.target import Target

_SETTINGS = (
    "temperature",
    "top_p",
    "max_tokens",
    "seed",
    "stop_sequences",
    "thinking",
    "parallel_tool_calls",
)


def settings_of(target: Target, ctx: EngineContext) -> ModelSettings:
    """Return the settings of one request."""
    said: dict[str, object] = {
        name: value for name in _SETTINGS if (value := getattr(target.options, name)) is not None
    }
    if not ctx.tools:
        said.pop("parallel_tool_calls", None)
    elif ctx.tool_choice != "auto":
        named = ctx.tool_choice not in ("none", "required")
        said["tool_choice"] = [ctx.tool_choice] if named else ctx.tool_choice
    return cast("ModelSettings", said)


def parameters_of(model: Model, ctx: EngineContext) -> ModelRequestParameters:
    """Return tools and result of one request.

    A schema of the result goes to the provider where that model understands one; elsewhere it is
    for the instructions to ask for it.
    """
    tools = [
        ToolDefinition(
            name=tool.name,
            description=tool.description or None,
            parameters_json_schema=dict(tool.parameters),
        )
        for tool in ctx.tools
    ]
    schema = ctx.output_schema
    if schema is None or not model.profile.get("supports_json_schema_output", False):
        return ModelRequestParameters(function_tools=tools)
    result = OutputObjectDefinition(json_schema=dict(schema), name="result")
    return ModelRequestParameters(
        function_tools=tools, output_mode="native", output_object=result, allow_text_output=True
    )
