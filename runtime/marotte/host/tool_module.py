"""Python files and modules that bring tools for scripts."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from marotte.inference import Tool

__all__ = ["ToolModuleError", "load_tools"]


class ToolModuleError(RuntimeError):
    """A file or module cannot be imported, or has no tools."""


def load_tools(source: str) -> tuple[Tool, ...]:
    """Import a file or module, and return the tools among its public names, in their order.

    It is code of the host, and may do whatever Python may.

    Args:
        source: The path of a Python file (``./tools.py``), or the name of a module.

    Raises:
        ToolModuleError: It cannot be imported, or has no tools.
    """
    try:
        module = _import(source)
    except Exception as error:
        raise ToolModuleError(f"{source}: {type(error).__name__}: {error}") from error
    public = [value for name, value in vars(module).items() if not name.startswith("_")]
    tools = tuple(v for v in public if isinstance(v, Tool) and not isinstance(v, type))
    if not tools:
        raise ToolModuleError(f"{source}: expected functions with @tool, found none")
    return tools


def _import(source: str) -> ModuleType:
    if not source.endswith(".py"):
        return importlib.import_module(source)
    path = Path(source).resolve(strict=True)
    spec = importlib.util.spec_from_file_location(f"marotte_tools_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError("not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module  # Classes look for their module by its name.
    spec.loader.exec_module(module)
    return module
