"""How a run is told: its output, the errors in it with their source, and its end."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO, cast

from rich.console import Console
from rich.text import Text

from marotte.cli.streams import Output
from marotte.conversation import MarotteError
from marotte.events import DiagnosticEvent, EventsDroppedEvent, OutputEvent, RunEvent, RunStatus
from marotte.realm import JavaScriptError, SourcePosition
from marotte.runs import causes, script_stack, thrown

__all__ = ["Report"]

SHOWN_COLUMNS = 160
BEFORE_COLUMN = 60
STDERR_LEVELS = frozenset(("warn", "error", "debug"))


class Report:
    """Tells of one run.

    Args:
        output: What to write to.
        folder: The root of the script, for excerpts of its source.
    """

    def __init__(self, output: Output, folder: Path) -> None:
        self._output = output
        self._folder = folder
        # All of a file that it uses is there.
        file = cast("TextIO", output.stderr)
        self._errors = Console(file=file, highlight=False, soft_wrap=True)
        self._told: set[tuple[str, str]] = set()

    def say(self, text: str) -> None:
        """Say what the command itself does."""
        self._errors.print(text, style="bold")

    def show(self, event: RunEvent) -> None:
        """Show what a script writes, and what went wrong that does not end it."""
        if isinstance(event, OutputEvent):
            output = self._output
            stream = output.stderr if event.level in STDERR_LEVELS else output.stdout
            stream.write(event.text + "\n")
        elif isinstance(event, DiagnosticEvent):
            self._told.add((event.message, event.stack or ""))
            self._head("yellow", event.code, f": {event.message}")
            self._show_place(JavaScriptError("", event.message, stack=event.stack or ""))
        elif isinstance(event, EventsDroppedEvent):
            self._head("yellow", "events-dropped", f": {event.count} events were not read in time")

    def show_failure(self, error: MarotteError, status: RunStatus) -> None:
        """Say why a run did not complete: what was thrown, where, and what had caused that.

        An error that was shown as it happened is not shown again.
        """
        heading, told = status.replace("_", " "), thrown(error)
        if self._was_told(error):
            self._head("bold red", heading, f" ({error.code}): nothing handled the error above")
            return
        self._head("bold red", heading, f" ({error.code}): {told[0] if told else error}")
        for number, each in enumerate(told):
            if number:
                self._errors.print(f"caused by {each}", markup=False)
            self._show_place(each)

    def _was_told(self, error: MarotteError) -> bool:
        """Whether it was shown as it happened, by itself or as what it is the cause of."""
        stack = script_stack(error) or ""
        return any((str(each), stack) in self._told for each in causes(error))

    def _head(self, style: str, word: str, rest: str) -> None:
        heading = Text()
        heading.append(word, style=style)
        heading.append(rest)
        self._errors.print(heading)

    def _show_place(self, thrown: JavaScriptError) -> None:
        if thrown.position is not None:
            self._show_source(thrown.position)
        for line in thrown.stack.splitlines():
            # Files as their author knows them.
            shown = line.replace("(./", "(").replace("at ./", "at ")
            self._errors.print(shown, style="dim", markup=False)

    def _show_source(self, position: SourcePosition) -> None:
        """The line that it happened in, with a mark under the column."""
        file = self._folder / position.file
        try:
            lines = file.read_text(encoding="utf-8-sig").split("\n")
        except (OSError, UnicodeDecodeError):
            return
        if not 1 <= position.line <= len(lines):
            return
        number = str(position.line)
        source, column = _excerpt(lines[position.line - 1].replace("\t", " "), position.column)
        self._errors.print(f"  --> {file}:{position.line}:{position.column}", markup=False)
        self._errors.print(f"  {number} | {source}", markup=False)
        mark = " " * (column - 1) + "^"
        self._errors.print(f"  {' ' * len(number)} | {mark}", style="bold red", markup=False)


def _excerpt(line: str, column: int) -> tuple[str, int]:
    """What is shown of a line that may be very long, and the column in that."""
    if len(line) <= SHOWN_COLUMNS:
        return line, column
    first = max(column - 1 - BEFORE_COLUMN, 0)
    shown = line[first : first + SHOWN_COLUMNS]
    before, after = "…" if first else "", "…" if first + len(shown) < len(line) else ""
    return f"{before}{shown}{after}", column - first + len(before)
