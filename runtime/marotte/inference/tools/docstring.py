"""What a docstring in Google's style tells a model: the description, and each parameter."""

from __future__ import annotations

import inspect
import re
import textwrap
from dataclasses import dataclass

_SECTION = re.compile(r"(Args|Arguments|Parameters|Returns?|Yields|Raises|Examples?|Notes?):")
_PARAMETERS = ("Args", "Arguments", "Parameters")
_ENTRY = re.compile(r"(?P<name>\w+)(?: \([^)]*\))?:\s*(?P<text>.*)")


@dataclass(frozen=True, slots=True)
class Docstring:
    """A docstring, read.

    Attributes:
        text: What stands before the first section.
        parameters: What is said of each parameter.
    """

    text: str
    parameters: dict[str, str]


def read_docstring(docstring: str | None) -> Docstring:
    """Read a docstring; sections other than that of the parameters are left out."""
    text: list[str] = []
    entries: list[str] = []
    current = text
    for line in inspect.cleandoc(docstring or "").splitlines():
        section = _SECTION.fullmatch(line)
        if section is None:
            current.append(line)
        else:
            current = entries if section[1] in _PARAMETERS else []
    return Docstring("\n".join(text).strip(), _entries(entries))


def _entries(lines: list[str]) -> dict[str, str]:
    """Return the entries of a section; deeper lines continue an entry."""
    found: dict[str, str] = {}
    name = ""
    for line in textwrap.dedent("\n".join(lines)).splitlines():
        entry = _ENTRY.fullmatch(line)
        if entry is not None:
            name = entry["name"]
            found[name] = entry["text"]
        elif name and line.strip():
            found[name] = f"{found[name]} {line.strip()}".strip()
    return found
