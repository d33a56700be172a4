"""`marotte doctor`: checks of an installation, each by really doing what it names."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import anyio
from rich.console import Console

from marotte.cli.check import find_compiler
from marotte.cli.typings import shipped_typings
from marotte.conversation import Turn
from marotte.host import Runtime, load_bindings
from marotte.inference import EchoEngine

__all__ = ["diagnose"]

OPTIONAL = {"typer": "cli", "jinja2": "typings"}


def _python() -> str:
    return f"{platform.python_implementation()} {platform.python_version()} on {sys.platform}"


def _engine() -> str:
    from marotte.realm.adapter import ENGINE_VERSION

    return f"QuickJS {ENGINE_VERSION} (quickjs-bindings {version('quickjs-bindings')})"


def _bindings() -> str:
    return ", ".join(binding.name for binding in load_bindings())


def _script() -> str:
    async def evaluate() -> object:
        async with Runtime() as runtime:
            realm = await runtime.realm()
            return await realm.evaluate("[1, 2, 3].reduce((a, b) => a + b)")

    answer = anyio.run(evaluate)
    if answer != 6:
        raise RuntimeError(f"1 + 2 + 3 gave {answer}")
    return "a realm evaluates JavaScript"


def _interrupt() -> str:
    async def spin() -> str:
        async with Runtime() as runtime:
            handle = runtime.run_source("while (true) {}", timeout_ms=50, cancel_grace_ms=0)
            return (await handle.wait()).status

    status = anyio.run(spin)
    if status != "timed_out":
        raise RuntimeError(f"an endless loop with a deadline ended as {status}")
    return "an endless loop is ended by its deadline"


def _run() -> str:
    async def echo() -> str:
        async with Runtime() as runtime:
            turn: Turn = await runtime.session(engine=EchoEngine(reply="ready")).start("?")
            return turn.text

    return f"the embedded engine answers {anyio.run(echo)!r}"


def _extras() -> str:
    found = []
    for package, extra in OPTIONAL.items():
        try:
            found.append(f"{extra} ({package} {version(package)})")
        except PackageNotFoundError:
            found.append(f"{extra} (not installed: pip install 'marotte[{extra}]')")
    return ", ".join(found)


def _typings() -> str:
    compiler = find_compiler(Path.cwd())
    checked = "no tsc, which only `marotte check` needs" if compiler is None else compiler[0]
    return f"{', '.join(shipped_typings())}; compiler: {checked}"


CHECKS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("python", _python),
    ("engine", _engine),
    ("bindings", _bindings),
    ("script", _script),
    ("interrupt", _interrupt),
    ("run", _run),
    ("typings", _typings),
    ("extras", _extras),
)


def diagnose() -> int:
    """Do every check, print a line each, and answer the exit code: 0 if all is well."""
    console = Console(highlight=False, soft_wrap=True)
    failed = 0
    for name, check in CHECKS:
        try:
            told = check()
        except Exception as error:
            failed += 1
            console.print(f"[red]✗[/] {name:<10} ", end="")
            console.print(f"{type(error).__name__}: {error}", markup=False)
        else:
            console.print(f"[green]✓[/] {name:<10} ", end="")
            console.print(told, markup=False)
    return 1 if failed else 0
