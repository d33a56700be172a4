"""Tools: what a model may ask the host to do."""

from marotte.inference.tools.definition import ToolDefinition

__all__ = ["ToolDefinition"]
