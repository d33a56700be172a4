"""From bindings to files."""

from __future__ import annotations

from collections.abc import Iterable

from marotte.realm import Binding, Registry
from marotte.typegen.catalogue import Catalogue
from marotte.typegen.rendering import render
from marotte.typegen.tools import render_host_tools

__all__ = ["GLOBALS_FILE", "file_name", "generate"]

GLOBALS_FILE = "globals.d.ts"


def file_name(module: str | None) -> str:
    """Return the name of the file that declares a module; ``None``: the globals."""
    return GLOBALS_FILE if module is None else f"{module.replace('/', '.')}.d.ts"


def generate(bindings: Iterable[Binding], *, known: Iterable[Binding] = ()) -> dict[str, str]:
    """Make the typings of bindings: a file for each module, for the globals, for tools.

    Args:
        bindings: What to declare.
        known: What is declared elsewhere already, and may be referred to.

    Returns:
        Texts by file name, the same for the same bindings in the same order.

    Raises:
        TypingsError: A declaration has no form in TypeScript.
        ValueError: Two bindings claim one name.
    """
    elsewhere, wanted = list(known), list(bindings)
    _ = Registry([*elsewhere, *wanted])
    catalogue = Catalogue([*elsewhere, *wanted])
    catalogue.read(elsewhere)
    scopes = catalogue.read(wanted)
    files = {file_name(scope.module): render(catalogue.names, scope, scopes) for scope in scopes}
    with_tools = [binding for binding in wanted if binding.tools]
    return files | {
        f"tools-of-{binding.name}.d.ts": render_host_tools(binding.tools, binding.name)
        for binding in with_tools
    }
