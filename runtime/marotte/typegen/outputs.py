"""Generated files: written, or compared with those that are there."""

from __future__ import annotations

import difflib
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

__all__ = ["differences", "write"]


def write(files: Mapping[str, str], folder: Path) -> list[Path]:
    """Write files into a folder, which is made if need be.

    Returns:
        Those that were not as they are now.
    """
    folder.mkdir(parents=True, exist_ok=True)
    changed = [name for name, text in files.items() if _read(folder / name) != text]
    for name in changed:
        (folder / name).write_text(files[name], encoding="utf-8", newline="\n")
    return [folder / name for name in changed]


def differences(files: Mapping[str, str], folder: Path, pattern: str = "*.d.ts") -> Iterator[str]:
    """Yield what is wrong with the files in a folder, as lines for people.

    A file may be stale or missing (a unified diff says how), left over from an earlier generation,
    or, in a working tree of git, not tracked.

    Args:
        files: Texts as they are generated, by name.
        folder: Where they belong.
        pattern: Which files nobody else puts there.
    """
    for name, text in sorted(files.items()):
        found = _read(folder / name)
        if found is None:
            yield f"{folder / name}: missing"
        if found != text:
            yield from _diff(found or "", text, str(folder / name))
    for path in sorted(folder.glob(pattern)):
        if path.name not in files:
            yield f"{path}: nothing generates this file"
    for name in _untracked(folder, sorted(files)):
        yield f"{folder / name}: not tracked by git"


def _read(path: Path) -> str | None:
    return path.read_bytes().decode(errors="replace") if path.is_file() else None


def _diff(old: str, new: str, name: str) -> Iterator[str]:
    lines = difflib.unified_diff(
        old.split("\n"),
        new.split("\n"),
        f"{name} (as it is)",
        f"{name} (as generated)",
        lineterm="",
    )
    yield from lines


def _untracked(folder: Path, names: list[str]) -> list[str]:
    """Return the files that are there and that git, if the folder is its, does not track."""
    there = [name for name in names if (folder / name).is_file()]
    if not there:
        return []
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--", *there], cwd=folder, capture_output=True, text=True
        )
    except FileNotFoundError:
        return []
    if listed.returncode != 0:
        return []
    tracked = set(listed.stdout.split("\0"))
    return [name for name in there if name not in tracked]
