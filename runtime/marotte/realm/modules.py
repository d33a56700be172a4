"""Where scripts come from: files below one root, resolved without ever leaving it."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Collection
from pathlib import Path

from marotte.realm.errors import ModuleAccessError

__all__ = ["ScriptRoot"]

MAX_SOURCE_BYTES = 16 * 1024 * 1024
CLASSIC_PREFIX = "(function (exports, require, module, __filename, __dirname) {"
CLASSIC_SUFFIX = "\n})"
EXTENSIONS = (".js", ".mjs", ".cjs", ".json")


class ScriptRoot:
    """The folder that a script and what it imports lie in.

    Paths inside are written ``./lib/x.js``, relative to the root. Symbolic links are followed only
    as far as they stay inside.

    Args:
        folder: The root; ``None``: there are no files, as for source that was given as text.
        provided: Names of the modules that bindings provide, for messages.
        texts: Sources by path that need no file (the main script that came as text).
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        provided: Collection[str] = (),
        texts: dict[str, str] | None = None,
    ) -> None:
        self._folder = None if folder is None else folder.resolve()
        self._provided = provided
        self._texts = dict(texts or {})

    @property
    def folder(self) -> Path | None:
        """The root as an absolute path."""
        return self._folder

    def add_text(self, path: str, source: str) -> None:
        """Let `path` (``./name.mjs``) be this source."""
        self._texts[path] = source

    def path_of(self, file: Path) -> str:
        """How a file inside the root is written.

        Raises:
            ModuleAccessError: It lies outside.
        """
        folder = self._require_folder(str(file))
        try:
            return "./" + file.resolve().relative_to(folder).as_posix()
        except ValueError:
            raise ModuleAccessError(f"{file} lies outside of the script's root {folder}") from None

    def resolve(self, base: str, specifier: str) -> str:
        """What ``require(specifier)`` means in `base`; tries ``.js``, ``.mjs`` and ``.json``."""
        if not specifier.startswith(("./", "../")):
            raise self._unknown(specifier, base)
        joined = posixpath.normpath(posixpath.join(posixpath.dirname(base), specifier))
        path = "./" + joined
        for candidate in (path, *(path + extension for extension in EXTENSIONS)):
            if candidate in self._texts or self._is_file(candidate):
                return candidate
        self._locate(path, base)
        raise _missing(specifier, base)

    def resolve_module(self, base: str, specifier: str) -> str:
        """What ``import specifier`` means in `base`: a path as it stands.

        Raises:
            ModuleAccessError: Unknown, missing, or outside of the root.
        """
        if not specifier.startswith(("./", "../")):
            raise self._unknown(specifier, base)
        path = "./" + posixpath.normpath(posixpath.join(posixpath.dirname(base), specifier))
        if path not in self._texts and not self._locate(path, base).is_file():
            raise _missing(specifier, base)
        return path

    def read(self, path: str) -> str:
        """The text of a script or JSON file.

        Raises:
            ModuleAccessError: Unknown, missing, outside of the root, too large or not UTF-8.
        """
        if path in self._texts:
            return self._texts[path]
        if not path.startswith("./"):
            raise self._unknown(path)
        data = self._read_bytes(path)
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            shown = path.removeprefix("./")
            raise ModuleAccessError(f"'{shown}' is not UTF-8 text (byte {error.start})") from None

    def _read_bytes(self, path: str) -> bytes:
        file, shown = self._locate(path), path.removeprefix("./")
        try:
            # A pipe or a device would hold the thread.
            if not file.is_file():
                raise ModuleAccessError(f"cannot find module '{shown}' below the script's root")
            with file.open("rb") as stream:
                data = stream.read(MAX_SOURCE_BYTES + 1)
        except OSError as error:
            raise ModuleAccessError(f"cannot read '{shown}': {error.strerror}") from None
        if len(data) > MAX_SOURCE_BYTES:
            raise ModuleAccessError(
                f"'{shown}' is too large; at most {MAX_SOURCE_BYTES} bytes are read"
            )
        return data

    def read_json(self, path: str) -> object:
        """The content of a JSON file.

        Raises:
            ModuleAccessError: As :meth:`read`, or not JSON (with line and column).
        """
        try:
            value: object = json.loads(self.read(path), parse_constant=_no_constant)
        except (RecursionError, _NoConstant) as error:
            told = str(error) if isinstance(error, _NoConstant) else "nested too deep"
            raise ModuleAccessError(f"'{path.removeprefix('./')}' is not JSON: {told}") from None
        except json.JSONDecodeError as error:
            raise ModuleAccessError(
                f"'{path.removeprefix('./')}' is not JSON: {error.msg} at "
                f"line {error.lineno}, column {error.colno}"
            ) from None
        return value

    def _is_file(self, path: str) -> bool:
        try:
            return self._locate(path).is_file()
        except (ModuleAccessError, OSError):
            return False

    def _locate(self, path: str, base: str | None = None) -> Path:
        folder = self._require_folder(path)
        shown = path.removeprefix("./")
        try:
            file = (folder / shown).resolve()
        except (OSError, ValueError, RuntimeError):
            raise ModuleAccessError(f"'{shown}' is not a path") from None
        if not file.is_relative_to(folder):
            what = f"'{shown}' lies outside of the script's root{_imported_from(base)}"
            raise ModuleAccessError(what)
        return file

    def _require_folder(self, path: str) -> Path:
        if self._folder is None:
            raise ModuleAccessError(
                f"cannot import '{path.removeprefix('./')}': this script has no folder"
            )
        return self._folder

    def _unknown(self, specifier: str, base: str | None = None) -> ModuleAccessError:
        known = ", ".join(f"'{name}'" for name in sorted(self._provided)) or "none"
        return ModuleAccessError(
            f"unknown module '{specifier}'{_imported_from(base)}; files are imported by a relative "
            f"path ('./…'), and the provided modules are: {known}"
        )


def _missing(specifier: str, base: str) -> ModuleAccessError:
    where = _imported_from(base) or " below the script's root"
    return ModuleAccessError(f"cannot find module '{specifier}'{where}")


def _imported_from(base: str | None) -> str:
    """Which of the script's files imports; nothing where it is the host that does."""
    if base is None or base.startswith("./marotte:"):
        return ""
    return f" (imported from {base.removeprefix('./')})"


class _NoConstant(ValueError):
    """A number that Python's JSON has and JSON has not."""


def _no_constant(name: str) -> object:
    raise _NoConstant(f"it has no {name}")


def classic_function(source: str) -> str:
    """A classic script as the function that the kernel calls; its first line keeps its number."""
    if source.startswith("#!"):
        source = "//" + source
    return CLASSIC_PREFIX + source + CLASSIC_SUFFIX
