"""`marotte run`: one script run, shown in a terminal, stoppable by Ctrl-C."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import anyio
from anyio.abc import TaskStatus
from rich.console import Console

from marotte.cli.report import show_failure, show_stack
from marotte.cli.streams import ErrorConsole, adapt_streams, silence_broken_streams
from marotte.conversation import MarotteError
from marotte.events import DiagnosticEvent, OutputEvent, RunEvent, RunStatus
from marotte.host import Runtime
from marotte.inference.models import Models
from marotte.runs import RunHandle

__all__ = ["EXIT_CODES", "EXIT_USAGE", "EventFormat", "RunRequest", "run_script"]

EXIT_USAGE = 64
EXIT_CODES: Mapping[RunStatus, int] = {
    "completed": 0,
    "failed": 1,
    "timed_out": 2,
    "limit_reached": 3,
    "lost": 4,
    "stopped": 130,
}
STDERR_LEVELS = frozenset(("warn", "error", "debug"))


class EventFormat(StrEnum):
    """How events are printed."""

    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What the command line asks for."""

    script: Path
    args: tuple[str, ...] = ()
    timeout_ms: float = 0
    tags: Mapping[str, str] = field(default_factory=dict)
    print_result: bool = False
    events: EventFormat | None = None
    allowed_env: frozenset[str] = frozenset()
    memory_bytes: int = 64 * 1024 * 1024
    models: Models = field(default_factory=Models)


async def run_script(request: RunRequest) -> int:
    """Run a script to its end and answer the exit code.

    Raises:
        OptionsError: An option of the run is wrong.
    """
    adapt_streams()
    errors = ErrorConsole()
    async with Runtime(
        memory_bytes=request.memory_bytes, allowed_env=request.allowed_env, models=request.models
    ) as runtime:
        handle = runtime.run_script(
            request.script, args=request.args, timeout_ms=request.timeout_ms, tags=request.tags
        )
        async with anyio.create_task_group() as tasks:
            await tasks.start(_stop_on_signals, handle, errors)
            await _follow(handle, request, errors)
            tasks.cancel_scope.cancel()
        return EXIT_CODES[handle.status]


async def _follow(handle: RunHandle, request: RunRequest, errors: Console) -> None:
    """Show events as they come, and how the run has ended; end it where nobody reads that."""
    try:
        async for event in handle:
            _show(event, request, errors)
        await _conclude(handle, request, errors)
    except BrokenPipeError:
        silence_broken_streams()
        handle.cancel("nobody reads the output", requested_by="client")
        await handle.wait()


def _show(event: RunEvent, request: RunRequest, errors: Console) -> None:
    if request.events is EventFormat.JSONL:
        print(event.to_json(), flush=True)
    elif isinstance(event, OutputEvent):
        stream = sys.stderr if event.level in STDERR_LEVELS else sys.stdout
        print(event.text, file=stream, flush=True)
    elif isinstance(event, DiagnosticEvent):
        errors.print(f"[yellow]{event.code}[/]: ", end="")
        errors.print(event.message, markup=False)
        if event.stack:
            show_stack(event.stack, errors)


async def _conclude(handle: RunHandle, request: RunRequest, errors: Console) -> None:
    try:
        result = await handle
    except MarotteError as error:
        show_failure(error, handle.status, request.script.resolve(), errors)
    else:
        if request.print_result:
            print(json.dumps(result, ensure_ascii=False, indent=2), flush=True)


async def _stop_on_signals(
    handle: RunHandle, errors: Console, *, task_status: TaskStatus[None]
) -> None:
    """Stop at the first interrupt, cancel at the second; a termination request cancels at once."""
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async for number in signals:
            if number == signal.SIGINT and handle.status != "stopping":
                errors.print("stopping… (Ctrl-C again cancels)", style="bold")
                handle.stop("Ctrl-C", requested_by="signal")
            else:
                errors.print("cancelling…", style="bold")
                handle.cancel("signal", requested_by="signal")
