"""Every example prints what lies beside it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

WITHOUT = re.compile(r"\w+_(API_KEY|BASE_URL)|MAROTTE_\w+")
"""Variables of the host that an example may find: they show what it does without."""

EXAMPLES = Path(__file__).parents[2] / "examples" / "js"
SCRIPTS = sorted(EXAMPLES.glob("[0-9][0-9]_*.*js"))


def test_each_script_has_its_output() -> None:
    assert SCRIPTS
    assert {path.stem for path in SCRIPTS} == {path.stem for path in EXAMPLES.glob("*.out")}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_output_is_as_recorded(script: Path) -> None:
    tools = script.with_suffix(".py")  # What its host offers.
    options: list[str | Path] = ["--tools", tools] if tools.exists() else []
    done = subprocess.run(
        [Path(sys.executable).with_name("marotte"), "run", *options, script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={name: os.environ[name] for name in os.environ if not WITHOUT.fullmatch(name)},
    )
    assert done.stdout == script.with_suffix(".out").read_text(encoding="utf-8"), done.stderr
    assert done.returncode == 0
