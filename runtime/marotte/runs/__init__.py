"""Runs: cancelable computations, their supervisor, their handles, and the registry of them all."""

from marotte.runs.calls import HostCall
from marotte.runs.cleanups import Cleanup
from marotte.runs.computation import Computation, Interruptible
from marotte.runs.containment import thread_errors, without_exit
from marotte.runs.context import RunContext, current_run
from marotte.runs.delivery import BatchCallback, EventCallback, Follower
from marotte.runs.errors import (
    EngineError,
    RunError,
    RunLimitError,
    RunLostError,
    RunsClosedError,
    RunStoppedError,
    RunTimeoutError,
    RunTreeError,
    ScriptError,
    ToolError,
    causes,
    error_info,
    script_stack,
    thrown,
)
from marotte.runs.execution import Execution
from marotte.runs.handle import RunHandle
from marotte.runs.options import Limits, OnBusy, OptionsError, RunOptions
from marotte.runs.registry import Runs, RunsStatistics, open_runs
from marotte.runs.run import Outcome
from marotte.runs.state import StopRequest
from marotte.runs.stop_token import StopToken
from marotte.runs.tree import RunTree
from marotte.runs.wake import Post

__all__ = [
    "BatchCallback",
    "Cleanup",
    "Computation",
    "EngineError",
    "EventCallback",
    "Execution",
    "Follower",
    "HostCall",
    "Interruptible",
    "Limits",
    "OnBusy",
    "OptionsError",
    "Outcome",
    "Post",
    "RunContext",
    "RunError",
    "RunHandle",
    "RunLimitError",
    "RunLostError",
    "RunOptions",
    "RunStoppedError",
    "RunTimeoutError",
    "RunTree",
    "RunTreeError",
    "Runs",
    "RunsClosedError",
    "RunsStatistics",
    "ScriptError",
    "StopRequest",
    "StopToken",
    "ToolError",
    "causes",
    "current_run",
    "error_info",
    "open_runs",
    "script_stack",
    "thread_errors",
    "thrown",
    "without_exit",
]
