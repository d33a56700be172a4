"""The command as a user types it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["MAROTTE", "marotte"]

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
