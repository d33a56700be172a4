"""How the end of a run is told: the error, where in the source it was, and the script's stack."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from marotte.conversation import MarotteError
from marotte.events import RunStatus
from marotte.realm import JavaScriptError, SourcePosition

__all__ = ["show_failure"]


def show_failure(error: MarotteError, status: RunStatus, script: Path, console: Console) -> None:
    """Say why a run did not complete."""
    thrown = _javascript_error(error)
    heading = Text()
    heading.append(f"{status.replace('_', ' ')}", style="bold red")
    heading.append(f" ({error.code}): ")
    heading.append(str(thrown or error))
    console.print(heading)
    if thrown is None:
        return
    if thrown.position is not None:
        _show_source(thrown.position, script.parent, console)
    for line in thrown.stack.splitlines():
        console.print(line.replace("(./", "(").replace("at ./", "at "), style="dim", markup=False)
    _show_causes(thrown, console)


def _javascript_error(error: BaseException | None) -> JavaScriptError | None:
    while error is not None:
        if isinstance(error, JavaScriptError):
            return error
        error = error.__cause__
    return None


def _show_source(position: SourcePosition, root: Path, console: Console) -> None:
    """The line that it happened in, with a mark under the column."""
    try:
        lines = (root / position.file).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    if not 1 <= position.line <= len(lines):
        return
    number = str(position.line)
    source = lines[position.line - 1].replace("\t", " ")
    console.print(f"  --> {root / position.file}:{position.line}:{position.column}", markup=False)
    console.print(f"  {number} | {source}", markup=False)
    mark = " " * (position.column - 1) + "^"
    console.print(f"  {' ' * len(number)} | {mark}", style="bold red", markup=False)


def _show_causes(error: BaseException, console: Console) -> None:
    cause = error.__cause__
    while isinstance(cause, JavaScriptError):
        console.print(f"caused by {cause}", markup=False)
        cause = cause.__cause__
