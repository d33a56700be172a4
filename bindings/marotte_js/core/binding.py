"""What the module ``marotte`` offers."""

from __future__ import annotations

from importlib.metadata import version

from marotte.conversation import (
    EmptyTurnError,
    NoActiveRunError,
    SessionBusyError,
    SessionClosedError,
)
from marotte.realm import Binding
from marotte.runs import (
    EngineError,
    RunLimitError,
    RunLostError,
    RunStoppedError,
    RunTimeoutError,
    ScriptError,
    ToolError,
)
from marotte_js.core.engines import EngineObject, echo, scripted
from marotte_js.core.run_handle import RunHandleObject, RunIterator
from marotte_js.core.session import SessionObject, create_session

__all__ = ["BINDING"]

BINDING = Binding(
    name="core",
    module="marotte",
    doc="Agents: sessions, runs and the engines that answer.",
    values={"version": version("marotte")},
    functions=[create_session],
    namespaces={"engines": [echo, scripted]},
    classes=[SessionObject, RunHandleObject, RunIterator, EngineObject],
    errors=[
        RunStoppedError,
        RunTimeoutError,
        RunLimitError,
        SessionBusyError,
        EmptyTurnError,
        NoActiveRunError,
        EngineError,
        ToolError,
        ScriptError,
        RunLostError,
        SessionClosedError,
    ],
)
