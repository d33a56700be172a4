"""`marotte run`: one script run, shown in a terminal, stoppable by Ctrl-C."""

from __future__ import annotations

import json
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import anyio
from anyio.abc import TaskStatus

from marotte.cli.report import Report
from marotte.cli.streams import Output
from marotte.conversation import MarotteError
from marotte.events import RunStatus
from marotte.host import Runtime
from marotte.inference import Tool
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
    tools: tuple[Tool, ...] = ()


async def run_script(request: RunRequest) -> int:
    """Run a script to its end and answer the exit code.

    Raises:
        OptionsError: An option of the run is wrong.
    """
    output = Output()
    report = Report(output, request.script.resolve().parent)
    async with Runtime(
        memory_bytes=request.memory_bytes,
        allowed_env=request.allowed_env,
        models=request.models,
        tools=request.tools,
    ) as runtime:
        handle = runtime.run_script(
            request.script, args=request.args, timeout_ms=request.timeout_ms, tags=request.tags
        )
        async with anyio.create_task_group() as tasks:
            await tasks.start(_stop_on_signals, handle, output, report)
            tasks.start_soon(_cancel_unread, handle, output)
            await _follow(handle, request, output, report)
            tasks.cancel_scope.cancel()
        return EXIT_CODES[handle.status]


async def _follow(handle: RunHandle, request: RunRequest, output: Output, report: Report) -> None:
    """Show events as they come, and how the run has ended, until all of that is written.

    Agent files write in runs of their own, so it is the whole tree that is followed.
    """
    async for event in handle.tree():
        if request.events is EventFormat.JSONL:
            output.stdout.write(event.to_json() + "\n")
        else:
            report.show(event)
        await output.keep_up()
    try:
        result = await handle
    except MarotteError as error:
        if not output.unread.is_set():
            report.show_failure(error, handle.status)
    else:
        if request.print_result:
            output.stdout.write(_result_text(result, request.events) + "\n")
    await output.written()


def _result_text(result: object, events: EventFormat | None) -> str:
    """The result as JSON; among JSON lines it is one, told from an event by its only key."""
    if events is EventFormat.JSONL:
        return json.dumps({"result": result}, ensure_ascii=False)
    return json.dumps(result, ensure_ascii=False, indent=2)


async def _cancel_unread(handle: RunHandle, output: Output) -> None:
    """End a run whose output nobody reads."""
    await output.unread.wait()
    handle.cancel("nobody reads the output", requested_by="client")


async def _stop_on_signals(
    handle: RunHandle, output: Output, report: Report, *, task_status: TaskStatus[None]
) -> None:
    """Stop at the first interrupt, cancel at the second; a termination request cancels at once.

    Once the run is over, any of them ends the wait for whoever does not read the output.
    """
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async for number in signals:
            if handle.outcome is not None:
                output.give_up()
            elif number == signal.SIGINT and handle.status != "stopping":
                report.say("stopping… (Ctrl-C again cancels)")
                handle.stop("Ctrl-C", requested_by="signal")
            else:
                report.say("cancelling…")
                handle.cancel("signal", requested_by="signal")
