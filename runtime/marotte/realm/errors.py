"""Errors of the realm, and how errors cross between Python and JavaScript."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "ExportError",
    "HostInterrupted",
    "InvalidValueError",
    "JavaScriptError",
    "LoopClosedError",
    "ModuleAccessError",
    "NestingError",
    "RealmClosedError",
    "RealmError",
    "ScriptInterrupted",
    "SourcePosition",
]

# A frame is "at name (file:line:column)"; that of a syntax error has no name and no parentheses.
_NAMED = re.compile(r"\s*at .*?\((?P<file>.+):(?P<line>\d+):(?P<column>\d+)\)$")
_NAMELESS = re.compile(r"\s*at (?P<file>.+):(?P<line>\d+):(?P<column>\d+)$")


class RealmError(Exception):
    """Base of the errors that a realm itself raises."""


class LoopClosedError(RealmError):
    """Work was given to a loop thread after it was shut down."""


class RealmClosedError(RealmError):
    """A realm was used after it was closed or discarded."""


class ScriptInterrupted(RealmError):
    """JavaScript was interrupted; its ``catch`` and ``finally`` did not run."""


class HostInterrupted(ScriptInterrupted):
    """A host function raised ``KeyboardInterrupt`` or ``SystemExit``: the cause of this error.

    No script may catch those; what ran for its scope has been interrupted.
    """


class NestingError(RealmError):
    """Too many parked calls stand on the loop thread."""


class ModuleAccessError(RealmError):
    """A script asked for a module or file that it may not have, or that does not exist."""


class ExportError(RealmError):
    """A script has run, but JSON cannot carry what it exports as its result: the cause says why."""


class InvalidValueError(TypeError):
    """A value that cannot cross, or an argument that is not what was declared.

    The message names the function, the path to the value, the value and what was expected.
    """

    js_name = "TypeError"


@dataclass(frozen=True, slots=True)
class SourcePosition:
    """A place in a script: file relative to the script's root, line and column from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class JavaScriptError(RealmError):
    """What a script threw.

    Attributes:
        name: The error's ``name``, such as ``TypeError``.
        message: Its ``message``.
        stack: The script's own frames, a line each; empty where a thing other than an ``Error``
            was thrown.
        code: Its ``code``, if it has one that is a string or a number.
        position: Where it was thrown, as far as the stack tells.
    """

    def __init__(
        self,
        name: str,
        message: str,
        *,
        stack: str = "",
        code: str | int | float | None = None,
    ) -> None:
        super().__init__(f"{name}: {message}" if name else message)
        self.name = name
        self.message = message
        self.stack = stack
        self.code = code

    @property
    def position(self) -> SourcePosition | None:
        """The first place in the stack that is in a script."""
        for line in self.stack.splitlines():
            found = _NAMED.match(line) or _NAMELESS.match(line)
            if found:
                return SourcePosition(
                    found["file"].removeprefix("./"), int(found["line"]), int(found["column"])
                )
        return None

    @classmethod
    def from_description(
        cls, told: Mapping[str, Any], originals: Mapping[int, BaseException] | None = None
    ) -> JavaScriptError:
        """Make the error from what the kernel tells of it.

        Args:
            told: ``name``, ``message`` and where known ``stack``, ``code``, ``cause``, ``id``.
            originals: Python exceptions by id; one that a host function raised and the script
                did not handle becomes the cause.
        """
        error = cls(
            str(told.get("name", "Error")),
            str(told.get("message", "")),
            stack=str(told.get("stack", "")),
            code=told.get("code"),
        )
        if told.get("thrown"):
            error.name, error.args = "", (error.message,)
        original = (originals or {}).get(told.get("id", -1))
        if original is not None:
            error.__cause__ = original
        elif "cause" in told:
            error.__cause__ = cls.from_description(told["cause"], originals)
        return error


_JS_NAMES: tuple[tuple[type[BaseException], str], ...] = (
    (RecursionError, "RangeError"),
    (SyntaxError, "SyntaxError"),
    (TypeError, "TypeError"),
    (ValueError, "RangeError"),
)


def _js_name(error: BaseException) -> str:
    """The name in JavaScript: the exception's own, else that of the nearest built-in error."""
    own = getattr(error, "js_name", None)
    if own is not None:
        return str(own)
    for base, name in _JS_NAMES:
        if isinstance(error, base):
            return name
    return type(error).__name__


def describe_exception(error: BaseException, depth: int = 5) -> dict[str, Any]:
    """What a script is told of a Python exception: name, message, code, properties and cause.

    What a script threw keeps its stack; of the frames of the host, nothing is told.
    An exception may say its own ``js_name``, ``code`` and ``js_properties`` (a JSON object).
    """
    if isinstance(error, JavaScriptError):
        told: dict[str, Any] = {"name": error.name or "Error", "message": error.message}
        if error.stack:
            told["stack"] = error.stack
    else:
        told = {
            "name": _js_name(error),
            "message": clean_text(_message(error)),
        }
    code = getattr(error, "code", None)
    if isinstance(code, str | int) and not isinstance(code, bool):
        told["code"] = code
    properties = getattr(error, "js_properties", None)
    if properties:
        told["properties"] = properties
    if error.__cause__ is not None and depth > 0:
        told["cause"] = describe_exception(error.__cause__, depth - 1)
    return told


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return f"<{type(error).__name__} without a readable message>"


def with_article(noun: str) -> str:
    """``a session``, ``an engine``."""
    return f"{'an' if noun[:1].lower() in tuple('aeiou') else 'a'} {noun}"


def clean_text(text: str) -> str:
    """Replace lone surrogates, which no encoding can carry."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
