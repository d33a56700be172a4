"""Typings: what bindings offer to scripts, as TypeScript."""

from marotte.typegen.command import main
from marotte.typegen.errors import TypingsError
from marotte.typegen.generation import GLOBALS_FILE, file_name, generate
from marotte.typegen.outputs import differences, write
from marotte.typegen.tools import (
    DEFAULT_BUDGET,
    DescribedTool,
    ToolCatalogue,
    ToolSchema,
    render_host_tools,
    render_tools,
)

__all__ = [
    "DEFAULT_BUDGET",
    "GLOBALS_FILE",
    "DescribedTool",
    "ToolCatalogue",
    "ToolSchema",
    "TypingsError",
    "differences",
    "file_name",
    "generate",
    "main",
    "render_host_tools",
    "render_tools",
    "write",
]
