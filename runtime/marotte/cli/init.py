"""`marotte init`: makes a folder of scripts one in which editors know every name."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from marotte.cli.jsconfig import CONFIG_NAME, config_text, deviations
from marotte.cli.typings import (
    PLUGINS_FOLDER,
    TypingsUnavailableError,
    is_generated,
    plugin_typings,
    plugins,
    shipped_typings,
)

__all__ = ["initialize"]

FAILED = 1


def initialize(folder: Path, *, force: bool = False) -> int:
    """Write the typings and a `jsconfig.json` into a folder, and say what was done.

    Typings are brought up to date; what the author has written or changed is kept, and said so.

    Args:
        folder: Of scripts; it is made if need be.
        force: Replace what the author has written, too.

    Returns:
        The exit code: 1, with nothing changed, where a file that is not Marotte's is in the way.
    """
    try:
        wanted = _typings()
        in_the_way = [] if force else _foreign(folder, wanted)
        if in_the_way:
            for path in in_the_way:
                print(f"{path}: Marotte did not write it; --force replaces it", file=sys.stderr)
            return FAILED
        for name, text in wanted.items():
            _write(folder / name, text)
        _write_config(folder / CONFIG_NAME, force=force)
    except (OSError, TypingsUnavailableError) as error:
        print(f"marotte init: {error}", file=sys.stderr)
        return FAILED
    return 0


def _typings() -> dict[str, str]:
    """Return the files that belong into the folder, by their paths in it."""
    wanted = {f"typings/{name}": text for name, text in shipped_typings().items()}
    for name, text in plugin_typings(plugins()).items():
        wanted[f"typings/{PLUGINS_FOLDER}/{name}"] = text
    return wanted


def _foreign(folder: Path, wanted: Mapping[str, str]) -> list[Path]:
    """Return the files in the way that somebody else has written."""
    there = [folder / name for name in wanted if (folder / name).exists()]
    return [path for path in there if not (path.is_file() and is_generated(_read(path)))]


def _write_config(path: Path, *, force: bool) -> None:
    if path.exists() and not force and _read(path) != config_text():
        print(f"kept {path}, which is your own; --force replaces it")
        for deviation in deviations(_read(path)):
            print(f"  {deviation}")
    else:
        _write(path, config_text())


def _read(path: Path) -> str:
    return path.read_bytes().decode(errors="replace")


def _write(path: Path, text: str) -> None:
    if path.is_file() and _read(path) == text:
        print(f"unchanged {path}")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    print(f"wrote {path}")
