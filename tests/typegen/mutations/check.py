"""What CI has to say of changed sources."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from tests.typegen.compiler import ROOT
from tests.typegen.mutations.sources import Mutation

__all__ = ["Check", "checking", "graft"]

Check: TypeAlias = Callable[[Mutation], tuple[int, str]]
"""Runs the check of the typings on changed sources: its exit code and all it has to say."""

SERVER = Path(__file__).with_name("server.py")


def graft(folder: Path, file: Path, text: str) -> None:
    """Make a copy of the sources, of links but for one changed file."""
    for part in ("runtime", "bindings"):
        (folder / part).symlink_to(ROOT / part)
    here = Path()
    for part in file.parts[:-1]:
        here /= part
        (folder / here).unlink()
        (folder / here).mkdir()
        for source in (ROOT / here).iterdir():
            (folder / here / source.name).symlink_to(source)
    (folder / file).unlink()
    (folder / file).write_text(text, encoding="utf-8")


@contextmanager
def checking() -> Iterator[Check]:
    """Start the process that checks changed sources, one after the other."""
    process = subprocess.Popen(
        [sys.executable, "-B", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process, TemporaryDirectory() as folder:
        requests, answers = process.stdin, process.stdout
        assert requests is not None
        assert answers is not None

        def check(mutation: Mutation) -> tuple[int, str]:
            with TemporaryDirectory(dir=folder) as tree:
                graft(Path(tree), mutation.file, mutation.apply())
                print(json.dumps(tree), file=requests, flush=True)
                code, said = json.loads(answers.readline())
            return code, said.replace(tree + os.sep, "")

        yield check
        requests.close()
