"""The typings of this installation: Marotte's own as they were shipped, plugins' as generated."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from marotte.host import BindingLoadError, InstalledBinding, installed_bindings
from marotte.inference import Tool

__all__ = [
    "PLUGINS_FOLDER",
    "TypingsUnavailableError",
    "UnknownPluginError",
    "is_generated",
    "plugin_typings",
    "plugins",
    "shipped_typings",
    "tool_typings",
]

PLUGINS_FOLDER = "plugins"
_MARK = "// Generated from the declarations of bindings"


class TypingsUnavailableError(Exception):
    """Typings cannot be made or found in this installation; the message says what to do."""


class UnknownPluginError(LookupError):
    """No plugin of that name is installed."""


def shipped_typings() -> dict[str, str]:
    """Return the text of each of Marotte's own files, by name, in order.

    Raises:
        TypingsUnavailableError: The installation is not complete.
    """
    shipped = files("marotte") / "typings"
    if not shipped.is_dir():  # In a source tree they are where the repository keeps them.
        shipped = Path(str(files("marotte"))).parents[1] / "typings"
    found = [] if not shipped.is_dir() else sorted(shipped.iterdir(), key=lambda file: file.name)
    texts = {file.name: file.read_text("utf-8") for file in found if file.name.endswith(".d.ts")}
    if not texts:
        raise TypingsUnavailableError(
            "the typings are missing from this installation. "
            "Run: pip install --force-reinstall marotte"
        )
    return texts


def plugins() -> dict[str, list[InstalledBinding]]:
    """Return the installed bindings that are not Marotte's own, by distribution, in order.

    Raises:
        TypingsUnavailableError: One cannot be imported.
    """
    found: dict[str, list[InstalledBinding]] = {}
    for installed in _installed():
        if not installed.first_party:
            distribution = _normalized(installed.distribution or installed.name)
            found.setdefault(distribution, []).append(installed)
    return found


def plugin_typings(names: Iterable[str]) -> dict[str, str]:
    """Generate the typings of plugins.

    Args:
        names: Of distributions, or of entry points in them.

    Returns:
        A text for each distribution, by the name of its file.

    Raises:
        TypingsUnavailableError: A plugin cannot be imported, a declaration has no form in
            TypeScript, or the generator is not installed.
        UnknownPluginError: No plugin has that name; the message names those that are installed.
    """
    installed = plugins()
    chosen = {_distribution_of(name, installed) for name in names}
    return {f"{name}.d.ts": _generated(name) for name in installed if name in chosen}


def tool_typings(source: str, tools: Iterable[Tool]) -> str:
    """Generate what adds tools to those of the host that scripts' typings know.

    Args:
        source: Where they are from.
        tools: All of them.

    Raises:
        TypingsUnavailableError: The generator is not installed.
    """
    _require_generator(source)
    from marotte.typegen import render_host_tools

    return render_host_tools(tools, source)


def is_generated(text: str) -> bool:
    """Whether a file is one that Marotte writes, and may write again."""
    return text.startswith(_MARK)


def _distribution_of(name: str, installed: dict[str, list[InstalledBinding]]) -> str:
    for distribution, bindings in installed.items():
        if _normalized(name) == distribution or name in {each.name for each in bindings}:
            return distribution
    known = ", ".join(installed) or "none"
    raise UnknownPluginError(f"{name!r}: no such plugin, installed: {known}")


def _generated(distribution: str) -> str:
    _require_generator(distribution)
    from marotte.typegen import TypingsError, generate

    wanted = [each.binding for each in plugins()[distribution]]
    known = [each.binding for each in _installed() if each.binding not in wanted]
    try:
        return "\n".join(generate(wanted, known=known).values())
    except (TypingsError, ValueError) as error:
        raise TypingsUnavailableError(f"{distribution}: {error}") from error


def _require_generator(of: str) -> None:
    if importlib.util.find_spec("jinja2") is None:
        raise TypingsUnavailableError(
            f"the typings of {of} need jinja2. Run: pip install 'marotte[typings]'"
        )


def _installed() -> tuple[InstalledBinding, ...]:
    try:
        return installed_bindings()
    except BindingLoadError as error:
        raise TypingsUnavailableError(str(error)) from error


def _normalized(name: str) -> str:
    """Return a distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
