"""The command `marotte`: runs scripts in a terminal."""

from __future__ import annotations

import importlib.util
import sys

__all__ = ["main"]

_NEEDED = ("typer", "rich")
_INTERRUPTED = 130


def main() -> None:
    """Run the command line; the entry point of the console script."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        sys.exit(
            f"marotte: the command line needs {' and '.join(missing)}, which a plain install "
            "leaves out. Run: pip install 'marotte[cli]'"
        )
    try:
        from marotte.cli.app import run_app

        code = run_app()
    except KeyboardInterrupt:  # Before there was a run to stop, or after it.
        code = _INTERRUPTED
    sys.exit(code)
