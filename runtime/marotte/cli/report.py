"""How the end of a run is told: the error, where in the source it was, and the script's stack."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from marotte.conversation import MarotteError
from marotte.events import RunStatus
from marotte.realm import JavaScriptError, SourcePosition

__all__ = ["show_failure", "show_stack"]

SHOWN_COLUMNS = 160
BEFORE_COLUMN = 60


def show_failure(error: MarotteError, status: RunStatus, script: Path, console: Console) -> None:
    """Say why a run did not complete: what was thrown, where, and what had caused that."""
    thrown = _thrown(error)
    heading = Text()
    heading.append(status.replace("_", " "), style="bold red")
    heading.append(f" ({error.code}): {thrown[0] if thrown else error}")
    console.print(heading)
    for number, each in enumerate(thrown):
        if number:
            console.print(f"caused by {each}", markup=False)
        _show_place(each, script.parent, console)


def _thrown(error: BaseException | None) -> list[JavaScriptError]:
    """What scripts threw, from the last to the first; what only passes another on is left out."""
    found: list[JavaScriptError] = []
    while error is not None:
        if isinstance(error, JavaScriptError):
            if found and found[-1].message == str(error):
                found.pop()
            found.append(error)
        error = error.__cause__
    return found


def _show_place(thrown: JavaScriptError, root: Path, console: Console) -> None:
    if thrown.position is not None:
        _show_source(thrown.position, root, console)
    show_stack(thrown.stack, console)


def show_stack(stack: str, console: Console) -> None:
    """Print a script's stack, with files as their author knows them."""
    for line in stack.splitlines():
        console.print(line.replace("(./", "(").replace("at ./", "at "), style="dim", markup=False)


def _show_source(position: SourcePosition, root: Path, console: Console) -> None:
    """The line that it happened in, with a mark under the column."""
    try:
        lines = (root / position.file).read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError):
        return
    if not 1 <= position.line <= len(lines):
        return
    number = str(position.line)
    source, column = _excerpt(lines[position.line - 1].replace("\t", " "), position.column)
    console.print(f"  --> {root / position.file}:{position.line}:{position.column}", markup=False)
    console.print(f"  {number} | {source}", markup=False)
    mark = " " * (column - 1) + "^"
    console.print(f"  {' ' * len(number)} | {mark}", style="bold red", markup=False)


def _excerpt(line: str, column: int) -> tuple[str, int]:
    """What is shown of a line that may be very long, and the column in that."""
    if len(line) <= SHOWN_COLUMNS:
        return line, column
    first = max(column - 1 - BEFORE_COLUMN, 0)
    shown = line[first : first + SHOWN_COLUMNS]
    before, after = "…" if first else "", "…" if first + len(shown) < len(line) else ""
    return f"{before}{shown}{after}", column - first + len(before)
