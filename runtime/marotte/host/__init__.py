"""The runtime that embedders hold: the one place that wires the rooms together."""

from marotte.host.agent_session import AgentSession
from marotte.host.agent_tool import AgentTool, text_input
from marotte.host.agents import (
    AgentTable,
    DuplicateAgentError,
    FunctionComputation,
    UnknownAgentError,
)
from marotte.host.async_realm import AsyncRealm
from marotte.host.bindings import (
    ENTRY_POINT_GROUP,
    BindingLoadError,
    InstalledBinding,
    installed_bindings,
    load_bindings,
)
from marotte.host.deferred import Deferral
from marotte.host.runtime import Runtime, RuntimeStatistics
from marotte.host.script_function import ScriptFunction
from marotte.host.services import ConsoleLevel, ConsoleSink, LoggingConsole, ProcessInfo
from marotte.host.tool_module import ToolModuleError, load_tools

__all__ = [
    "ENTRY_POINT_GROUP",
    "AgentSession",
    "AgentTable",
    "AgentTool",
    "AsyncRealm",
    "BindingLoadError",
    "ConsoleLevel",
    "ConsoleSink",
    "Deferral",
    "DuplicateAgentError",
    "FunctionComputation",
    "InstalledBinding",
    "LoggingConsole",
    "ProcessInfo",
    "Runtime",
    "RuntimeStatistics",
    "ScriptFunction",
    "ToolModuleError",
    "UnknownAgentError",
    "installed_bindings",
    "load_bindings",
    "load_tools",
    "text_input",
]
