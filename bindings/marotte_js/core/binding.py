"""What the module ``marotte`` offers."""

from __future__ import annotations

from importlib.metadata import version

from marotte.conversation import (
    EmptyTurnError,
    NoActiveRunError,
    SessionBusyError,
    SessionClosedError,
)
from marotte.events import EVENT_TYPES
from marotte.host import DuplicateAgentError, UnknownAgentError
from marotte.inference import (
    DuplicateToolError,
    ToolArgumentsError,
    ToolNotFoundError,
    UnknownMiddlewareError,
)
from marotte.inference.models import (
    EngineConfigError,
    MissingExtraError,
    MissingKeyError,
    NotGrantedError,
    UnknownProfileError,
)
from marotte.realm import Binding, face_source
from marotte.runs import (
    EngineError,
    RunLimitError,
    RunLostError,
    RunStoppedError,
    RunTimeoutError,
    RunTreeError,
    ScriptError,
    ToolError,
)
from marotte_js.core import agents, contexts, engines, host_middlewares, middlewares, tools
from marotte_js.core.builder import BuilderObject, create_builder
from marotte_js.core.consts import CONST_DOCS, CONSTS
from marotte_js.core.error_properties import ERROR_PROPERTIES
from marotte_js.core.one_shot import run_inference
from marotte_js.core.run_handle import RunHandleObject, RunIterator, RunTreeObject
from marotte_js.core.session import SessionObject, create_session
from marotte_js.core.turns import TURNS

__all__ = ["BINDING"]

BINDING = Binding(
    name="core",
    module="marotte",
    doc="Agents: sessions, runs and the engines that answer.",
    values={"version": version("marotte"), "consts": CONSTS},
    docs={
        "version": "Marotte's version.",
        **CONST_DOCS,
        "consts": "The words that stand in statuses, stop reasons, blocks and events.",
        "engines": "What answers in a session: models, and what stands in for them.",
        "tools": "What a model may ask for: functions of the script, and of the host.",
        "middlewares": "What wraps each call of an engine.",
        "turns": "Turns and blocks as plain data: JSON in, JSON out.",
        "agents": "Scripts and functions that are called by name, as runs of their own.",
    },
    functions=[
        create_session,
        create_builder,
        run_inference,
        contexts.emit,
        contexts.check_stop,
        contexts.until_stopped,
        contexts.history,
        *engines.PRIVATE,
        *middlewares.PRIVATE,
        *agents.PRIVATE,
    ],
    namespaces={
        "engines": engines.ENGINES,
        "turns": TURNS,
        "tools": tools.TOOLS,
        "middlewares": middlewares.MIDDLEWARES,
        "agents": agents.AGENTS,
    },
    declared_namespaces={
        "engines": engines.DECLARED,
        "middlewares": middlewares.DECLARED,
        "agents": agents.DECLARED,
    },
    classes=[
        SessionObject,
        BuilderObject,
        RunHandleObject,
        RunTreeObject,
        RunIterator,
        engines.EngineObject,
        tools.ToolRegistryObject,
        middlewares.MiddlewareObject,
    ],
    declared_inputs=host_middlewares.TYPES,
    face=face_source("marotte_js.core"),
    events=EVENT_TYPES,
    error_properties=ERROR_PROPERTIES,
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
        RunTreeError,
        SessionClosedError,
        UnknownAgentError,
        DuplicateAgentError,
        ToolNotFoundError,
        ToolArgumentsError,
        DuplicateToolError,
        UnknownMiddlewareError,
        EngineConfigError,
        MissingExtraError,
        MissingKeyError,
        NotGrantedError,
        UnknownProfileError,
    ],
)
