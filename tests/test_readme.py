"""What the README shows is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def block(language: str) -> str:
    """The first block of code in a language."""
    found = re.search(rf"^```{language}\n(.*?)^```", README.read_text("utf-8"), re.M | re.S)
    assert found is not None
    return found[1]


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_script_prints_what_stands_below_it(tmp_path: Path) -> None:
    script = tmp_path / "readme.js"
    script.write_text(block("js"), encoding="utf-8")
    assert run(Path(sys.executable).with_name("marotte"), "run", script) == block("text")
    assert len(block("js").splitlines()) <= 20


def test_the_program_that_embeds_runs(tmp_path: Path) -> None:
    program = tmp_path / "readme.py"
    program.write_text(block("python"), encoding="utf-8")
    lines = run(sys.executable, program).splitlines()
    assert lines[0] == "1 run-started"
    assert lines[-2].endswith("run-finished")
    assert lines[-1] == "hello from the host"
