"""`marotte types`: the typings of this installation, of one plugin, or of tools, as one file."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from marotte.cli.typings import (
    TypingsUnavailableError,
    plugin_typings,
    plugins,
    shipped_typings,
    tool_typings,
)
from marotte.inference import Tool

__all__ = ["show_types"]

FAILED = 1


def show_types(
    plugin: str | None, out: Path | None, tools: Mapping[str, Sequence[Tool]] | None = None
) -> int:
    """Print typings, or write them into a file.

    Args:
        plugin: Only that of this distribution or entry point; ``None``: all that scripts have.
        out: The file.
        tools: Only those of these tools of the host, by where they are from.

    Returns:
        The exit code: 1 where there are none; what is wrong is printed, and nothing written.

    Raises:
        UnknownPluginError: No such plugin is installed.
    """
    try:
        text = "\n".join(_texts(plugin, tools or {}))
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


def _texts(plugin: str | None, tools: Mapping[str, Sequence[Tool]]) -> list[str]:
    if plugin is not None or tools:
        of_plugin = [] if plugin is None else plugin_typings([plugin]).values()
        return [*of_plugin, *(tool_typings(source, found) for source, found in tools.items())]
    return [*shipped_typings().values(), *plugin_typings(plugins()).values()]
