"""Engines and the computation of a turn run: turn in, blocks out."""

from marotte.inference.context import EngineContext
from marotte.inference.daemon_thread import call_in_daemon_thread
from marotte.inference.engine import Engine
from marotte.inference.function_engine import Answer, EngineFunction, FunctionEngine
from marotte.inference.model_call import ModelCall
from marotte.inference.stand_ins import (
    EchoEngine,
    ReplyLike,
    ScriptedEngine,
    ScriptedReply,
    ScriptedToolCall,
)
from marotte.inference.tools import ToolDefinition
from marotte.inference.turn_computation import History, TurnComputation

__all__ = [
    "Answer",
    "EchoEngine",
    "Engine",
    "EngineContext",
    "EngineFunction",
    "FunctionEngine",
    "History",
    "ModelCall",
    "ReplyLike",
    "ScriptedEngine",
    "ScriptedReply",
    "ScriptedToolCall",
    "ToolDefinition",
    "TurnComputation",
    "call_in_daemon_thread",
]
