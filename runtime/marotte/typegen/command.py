"""The command that writes the typings of bindings, or says whether those in a folder are right."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from marotte.realm import Binding
from marotte.typegen.errors import TypingsError
from marotte.typegen.generation import generate
from marotte.typegen.outputs import differences, write

__all__ = ["main"]


def main(bindings: Iterable[Binding], folder: Path, arguments: Sequence[str] | None = None) -> int:
    """Write the typings of `bindings` into `folder`; with ``--check``, change nothing.

    Args:
        bindings: What to declare.
        folder: Where the files belong.
        arguments: Of the command line; by default the process's.

    Returns:
        The exit code: 1 where ``--check`` has found a difference, which it prints, or where a
        declaration has no form in TypeScript.
    """
    parser = argparse.ArgumentParser(description="Generate typings from bindings.")
    parser.add_argument("--check", action="store_true", help="only say what differs, as a diff")
    options = parser.parse_args(arguments)
    try:
        files = generate(bindings)
    except TypingsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if options.check:
        return _check(files, folder)
    for path in write(files, folder):
        print(f"wrote {path}")
    return 0


def _check(files: dict[str, str], folder: Path) -> int:
    found = list(differences(files, folder))
    for line in found:
        print(line)
    if found:
        print(f"the typings in {folder} are not what the bindings say", file=sys.stderr)
    return 1 if found else 0
