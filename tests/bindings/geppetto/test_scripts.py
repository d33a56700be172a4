"""Whole scripts, written for the older module, run as they are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.js"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_prints_what_it_printed_there(script: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("marotte"), "run", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == script.with_suffix(".out").read_text(encoding="utf-8"), done.stderr
    assert done.returncode == 0


def test_there_are_scripts() -> None:
    assert len(SCRIPTS) >= 3
