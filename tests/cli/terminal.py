"""The command as a user types it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["MAROTTE", "marotte", "start", "write"]

MAROTTE = Path(sys.executable).with_name("marotte")


def marotte(
    *args: str | Path, cwd: Path | None = None, **options: str
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, in a folder, with more environment variables."""
    return subprocess.run(
        [MAROTTE, *args],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **options},
    )


def write(folder: Path, source: str, name: str = "script.mjs") -> Path:
    path = folder / name
    path.write_text(source, encoding="utf-8")
    return path


def start(path: Path, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [MAROTTE, "run", *args, path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
