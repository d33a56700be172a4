"""Typings: what bindings offer to scripts, as TypeScript."""

from marotte.typegen.command import main
from marotte.typegen.errors import TypingsError
from marotte.typegen.generation import GLOBALS_FILE, file_name, generate
from marotte.typegen.outputs import differences, write

__all__ = [
    "GLOBALS_FILE",
    "TypingsError",
    "differences",
    "file_name",
    "generate",
    "main",
    "write",
]
