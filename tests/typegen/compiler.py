"""TypeScript's compiler, as scripts' authors meet it in their editors."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from collections.abc import Mapping
from pathlib import Path

__all__ = ["ROOT", "compile_files", "compiler_options"]

ROOT = Path(__file__).resolve().parents[2]
COMPILER = ROOT / "node_modules" / ".bin" / "tsc"


def compiler_options() -> dict[str, object]:
    """What the examples are checked with."""
    config = json.loads((ROOT / "examples" / "js" / "jsconfig.json").read_text())
    options: dict[str, object] = config["compilerOptions"]
    return options


def compile_files(folder: Path, files: Mapping[str, str]) -> list[str]:
    """Write files into a folder and check all of it.

    Args:
        folder: A fresh one.
        files: Texts by name.

    Returns:
        What the compiler has to say, a line each.
    """
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    config = folder / "jsconfig.json"
    config.write_text(json.dumps({"compilerOptions": compiler_options(), "include": ["*"]}))
    assert COMPILER.is_file(), "make test installs the compiler"
    # A machine without Node.js has one in the environment.
    path = os.pathsep.join([os.environ["PATH"], sysconfig.get_path("scripts")])
    done = subprocess.run(
        [COMPILER, "--project", config, "--pretty", "false"],
        env={**os.environ, "PATH": path},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()
