"""What the command writes to: terminals, files, and pipes that somebody may close early."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper

from rich.console import Console

__all__ = ["ErrorConsole", "adapt_streams", "silence_broken_streams"]


class ErrorConsole(Console):
    """Standard error, which a script's trouble is told on; that nobody reads it is no trouble."""

    def __init__(self) -> None:
        super().__init__(stderr=True, highlight=False, soft_wrap=True)

    def on_broken_pipe(self) -> None:
        """Stay silent from now on."""
        self.quiet = True
        silence_broken_streams()


def adapt_streams() -> None:
    """Let text that the terminal has no letters for be written with escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def silence_broken_streams() -> None:
    """Send to nowhere what nobody reads, the rest that the interpreter flushes at exit included."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
