"""From bindings to files."""

from __future__ import annotations

from collections.abc import Iterable

from marotte.realm import Binding, Registry
from marotte.typegen.catalogue import Catalogue
from marotte.typegen.rendering import render

__all__ = ["GLOBALS_FILE", "file_name", "generate"]

GLOBALS_FILE = "globals.d.ts"


def file_name(module: str | None) -> str:
    """Return the name of the file that declares a module; ``None``: the globals."""
    return GLOBALS_FILE if module is None else f"{module.replace('/', '.')}.d.ts"


def generate(bindings: Iterable[Binding], *, known: Iterable[Binding] = ()) -> dict[str, str]:
    """Make the typings of bindings: a file for each module, and one for the globals.

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
    return {file_name(scope.module): render(catalogue.names, scope, scopes) for scope in scopes}
