"""`marotte types`: the typings of this installation, or of one plugin, as one file."""

from __future__ import annotations

import sys
from pathlib import Path

from marotte.cli.typings import (
    TypingsUnavailableError,
    plugin_typings,
    plugins,
    shipped_typings,
)

__all__ = ["show_types"]

FAILED = 1


def show_types(plugin: str | None, out: Path | None) -> int:
    """Print typings, or write them into a file.

    Args:
        plugin: Only that of this distribution or entry point; ``None``: all that scripts have.
        out: The file.

    Returns:
        The exit code: 1 where there are none; what is wrong is printed, and nothing written.

    Raises:
        UnknownPluginError: No such plugin is installed.
    """
    try:
        text = "\n".join(_texts(plugin))
        if out is None:
            print(text, end="")
        else:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(text, encoding="utf-8", newline="\n")
            print(f"wrote {out}")
    except (OSError, TypingsUnavailableError) as error:
        print(f"marotte types: {error}", file=sys.stderr)
        return FAILED
    return 0


def _texts(plugin: str | None) -> list[str]:
    if plugin is not None:
        return list(plugin_typings([plugin]).values())
    return [*shipped_typings().values(), *plugin_typings(plugins()).values()]
