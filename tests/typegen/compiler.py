"""TypeScript's compiler, as scripts' authors meet it in their editors."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from collections.abc import Mapping
from pathlib import Path

__all__ = ["COMPILER", "COMPILERS", "ROOT", "compile_files", "compiler_options", "run_node"]

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "node_modules"
COMPILER = MODULES / "typescript" / "bin" / "tsc"
COMPILERS = ("typescript", "typescript-6", "typescript-5.9")
"""The packages of TypeScript's compilers, the newest first."""


def compiler_options() -> dict[str, object]:
    """What the examples are checked with."""
    config = json.loads((ROOT / "examples" / "js" / "jsconfig.json").read_text())
    options: dict[str, object] = config["compilerOptions"]
    return options


def compile_files(
    folder: Path, files: Mapping[str, str], compiler: str = COMPILERS[0]
) -> list[str]:
    """Write files into a folder and check all of it.

    Args:
        folder: A fresh one.
        files: Texts by name.
        compiler: Which one, by its package.

    Returns:
        What the compiler has to say, a line each.
    """
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    config = folder / "jsconfig.json"
    config.write_text(json.dumps({"compilerOptions": compiler_options(), "include": ["*"]}))
    command = MODULES / compiler / "bin" / "tsc"
    return run_node(command, "--project", config, "--pretty", "false", folder=folder)


def run_node(program: Path, *arguments: str | Path, folder: Path) -> list[str]:
    """Run a program of Node.js in a folder, and return the lines that it writes."""
    assert MODULES.is_dir(), "make test installs the compilers"
    # A machine without Node.js has one in the environment.
    path = os.pathsep.join([os.environ["PATH"], sysconfig.get_path("scripts")])
    done = subprocess.run(
        ["node", program, *arguments],
        env={**os.environ, "PATH": path},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()
