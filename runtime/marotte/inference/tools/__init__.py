"""Tools: what a model may ask the host to do, and the loop that does it."""

from marotte.inference.tools.definition import ToolDefinition
from marotte.inference.tools.function_tool import FunctionTool, tool
from marotte.inference.tools.hooks import (
    UNSET,
    AfterToolCall,
    BeforeToolCall,
    CallDecision,
    ErrorDecision,
    HookAction,
    ResultDecision,
    ToolFailure,
    ToolHooks,
    Unset,
)
from marotte.inference.tools.loop import ToolCalls
from marotte.inference.tools.registry import (
    DuplicateToolError,
    ToolArgumentsError,
    ToolLike,
    ToolNotFoundError,
    ToolRegistry,
)
from marotte.inference.tools.settings import ToolChoice, ToolErrorHandling, ToolLoopSettings
from marotte.inference.tools.tool import Tool, ToolContext

__all__ = [
    "UNSET",
    "AfterToolCall",
    "BeforeToolCall",
    "CallDecision",
    "DuplicateToolError",
    "ErrorDecision",
    "FunctionTool",
    "HookAction",
    "ResultDecision",
    "Tool",
    "ToolArgumentsError",
    "ToolCalls",
    "ToolChoice",
    "ToolContext",
    "ToolDefinition",
    "ToolErrorHandling",
    "ToolFailure",
    "ToolHooks",
    "ToolLike",
    "ToolLoopSettings",
    "ToolNotFoundError",
    "ToolRegistry",
    "Unset",
    "tool",
]
