"""Middleware: what stands around each call of an engine."""

from marotte.inference.middleware.chain import Chain
from marotte.inference.middleware.function_middleware import (
    FunctionMiddleware,
    MiddlewareFunction,
    SyncNext,
)
from marotte.inference.middleware.middleware import Middleware, MiddlewareContext, Next
from marotte.inference.middleware.reorder_tool_results import ReorderToolResults
from marotte.inference.middleware.system_prompt import SystemPrompt, SystemPromptOptions
from marotte.inference.middleware.table import (
    DuplicateMiddlewareError,
    MiddlewareFactory,
    MiddlewareTable,
    UnknownMiddlewareError,
)
from marotte.inference.middleware.turn_logging import TurnLogging, TurnLoggingOptions

__all__ = [
    "Chain",
    "DuplicateMiddlewareError",
    "FunctionMiddleware",
    "Middleware",
    "MiddlewareContext",
    "MiddlewareFactory",
    "MiddlewareFunction",
    "MiddlewareTable",
    "Next",
    "ReorderToolResults",
    "SyncNext",
    "SystemPrompt",
    "SystemPromptOptions",
    "TurnLogging",
    "TurnLoggingOptions",
    "UnknownMiddlewareError",
]
