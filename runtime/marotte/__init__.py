"""Marotte: a JavaScript-scriptable runtime for agents.

The names here are those an embedder uses; each is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from marotte.conversation import (
        Block,
        EmptyTurnError,
        InvalidValueError,
        MarotteError,
        NoActiveRunError,
        Session,
        SessionBusyError,
        SessionClosedError,
        Turn,
        Usage,
    )
    from marotte.events import (
        MemoryRunLog,
        PluginEventType,
        RunEvent,
        RunLog,
        RunRecord,
        WireModel,
        event_models,
    )
    from marotte.host import AgentSession, AsyncRealm, Runtime, load_bindings
    from marotte.inference import (
        AfterToolCall,
        BeforeToolCall,
        CallDecision,
        DuplicateToolError,
        EchoEngine,
        Engine,
        EngineContext,
        ErrorDecision,
        FunctionEngine,
        FunctionMiddleware,
        Middleware,
        MiddlewareContext,
        MiddlewareTable,
        Next,
        ResultDecision,
        ScriptedEngine,
        Tool,
        ToolContext,
        ToolDefinition,
        ToolFailure,
        ToolHooks,
        ToolLoopSettings,
        ToolNotFoundError,
        ToolRegistry,
        tool,
    )
    from marotte.inference.models import ModelEngine, Models
    from marotte.realm import (
        Binding,
        Callback,
        Caller,
        ExportError,
        HostObject,
        JavaScriptError,
        RealmClosedError,
        ScriptInterrupted,
        host_function,
        host_iterator,
        host_method,
        host_property,
    )
    from marotte.runs import (
        EngineError,
        Limits,
        OptionsError,
        RunError,
        RunHandle,
        RunLimitError,
        RunLostError,
        RunOptions,
        RunsClosedError,
        RunStoppedError,
        RunTimeoutError,
        RunTree,
        RunTreeError,
        ScriptError,
        StopToken,
        ToolError,
        current_run,
    )

__all__ = [
    "AfterToolCall",
    "AgentSession",
    "AsyncRealm",
    "BeforeToolCall",
    "Binding",
    "Block",
    "CallDecision",
    "Callback",
    "Caller",
    "DuplicateToolError",
    "EchoEngine",
    "EmptyTurnError",
    "Engine",
    "EngineContext",
    "EngineError",
    "ErrorDecision",
    "ExportError",
    "FunctionEngine",
    "FunctionMiddleware",
    "HostObject",
    "InvalidValueError",
    "JavaScriptError",
    "Limits",
    "MarotteError",
    "MemoryRunLog",
    "Middleware",
    "MiddlewareContext",
    "MiddlewareTable",
    "ModelEngine",
    "Models",
    "Next",
    "NoActiveRunError",
    "OptionsError",
    "PluginEventType",
    "RealmClosedError",
    "ResultDecision",
    "RunError",
    "RunEvent",
    "RunHandle",
    "RunLimitError",
    "RunLog",
    "RunLostError",
    "RunOptions",
    "RunRecord",
    "RunStoppedError",
    "RunTimeoutError",
    "RunTree",
    "RunTreeError",
    "RunsClosedError",
    "Runtime",
    "ScriptError",
    "ScriptInterrupted",
    "ScriptedEngine",
    "Session",
    "SessionBusyError",
    "SessionClosedError",
    "StopToken",
    "Tool",
    "ToolContext",
    "ToolDefinition",
    "ToolError",
    "ToolFailure",
    "ToolHooks",
    "ToolLoopSettings",
    "ToolNotFoundError",
    "ToolRegistry",
    "Turn",
    "Usage",
    "WireModel",
    "current_run",
    "event_models",
    "host_function",
    "host_iterator",
    "host_method",
    "host_property",
    "load_bindings",
    "tool",
]

_ROOMS = ("conversation", "realm", "events", "runs", "inference", "inference.models", "host")


def __getattr__(name: str) -> object:
    if name in __all__:
        for room in _ROOMS:
            module = import_module(f"marotte.{room}")
            if name in module.__all__:
                value: object = getattr(module, name)
                globals()[name] = value
                return value
    raise AttributeError(f"module 'marotte' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
