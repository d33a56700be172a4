"""The command that writes what is generated of bindings, or says whether what is there is right."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from marotte.realm import Binding
from marotte.typegen.errors import TypingsError
from marotte.typegen.generation import generate
from marotte.typegen.outputs import differences, write
from marotte.typegen.reference import reference

__all__ = ["main"]


@dataclass(frozen=True, slots=True)
class Output:
    """Files as they are generated, the folder they belong in, and what in it is nobody else's."""

    files: dict[str, str]
    folder: Path
    pattern: str


def main(
    bindings: Iterable[Binding],
    folder: Path,
    arguments: Sequence[str] | None = None,
    *,
    pages: Path | None = None,
) -> int:
    """Write the typings of `bindings` into `folder`; with ``--check``, change nothing.

    Args:
        bindings: What to declare.
        folder: Where the typings belong.
        arguments: Of the command line; by default the process's.
        pages: Where the reference pages belong, if they are wanted.

    Returns:
        The exit code: 1 where ``--check`` has found a difference, which it prints, or where a
        declaration has no form in TypeScript.
    """
    parser = argparse.ArgumentParser(description="Generate typings from bindings.")
    parser.add_argument("--check", action="store_true", help="only say what differs, as a diff")
    options = parser.parse_args(arguments)
    wanted = list(bindings)
    try:
        outputs = [Output(generate(wanted), folder, "*.d.ts")]
        if pages is not None:
            outputs.append(Output(reference(wanted), pages, "*.md"))
    except TypingsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if options.check:
        return max(map(_check, outputs))
    for path in [path for output in outputs for path in write(output.files, output.folder)]:
        print(f"wrote {path}")
    return 0


def _check(output: Output) -> int:
    found = list(differences(output.files, output.folder, output.pattern))
    for line in found:
        print(line)
    if found:
        print(f"the files in {output.folder} are not what the bindings say", file=sys.stderr)
    return 1 if found else 0
