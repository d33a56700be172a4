"""The JavaScript that every realm begins with: read once, and compiled once, in a process."""

from __future__ import annotations

from contextlib import nullcontext
from functools import cache
from importlib.resources import files
from typing import Any

from marotte.realm.native import NativeHooks

__all__ = ["kernel_source", "load_once", "prelude_source"]

KERNEL_PARTS = (
    "builtins",
    "errors",
    "values",
    "functions",
    "bindings",
    "scripts",
    "calls",
    "listeners",
    "rejections",
)


@cache
def prelude_source(*path: str) -> str:
    return files("marotte.realm").joinpath("prelude").joinpath(*path).read_text(encoding="utf-8")


@cache
def kernel_source() -> str:
    """The kernel's parts, which share one scope, as one function of the callbacks."""
    parts = (prelude_source("kernel", f"{part}.js") for part in KERNEL_PARTS)
    return "\n".join(("(function (raw) {", '"use strict";', *parts, "})"))


_bytecode: dict[tuple[str, str], bytes] = {}


def load_once(native: NativeHooks | None, context: Any, source: str, filename: str) -> Any:
    """Evaluate an expression, compiling each source once in the life of the process."""
    compiled = _bytecode.get((filename, source))
    if compiled is None:
        with nullcontext() if native is None else native.stripping():
            compiled = context.compile(source, filename).write_object()
        _bytecode[filename, source] = compiled
    return context.eval_function(context.read_object(compiled))
