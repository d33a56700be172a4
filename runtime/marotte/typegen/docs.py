"""Docstrings as JSDoc: sections become tags, each on lines of its own."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

__all__ = ["Doc", "in_javascript", "jsdoc", "parse_doc"]

WIDTH = 96
_SECTIONS = {
    "Args:": "parameters",
    "Returns:": "returns",
    "Yields:": "returns",
    "Raises:": "raises",
    "Example:": "example",
    "Examples:": "example",
    "Attributes:": "attributes",
}
_ROLE = re.compile(r":\w+:(`[^`]+`)")
_QUOTED = re.compile(r"`(\w+)`")
_CONSTANTS = {"None": "null", "True": "true", "False": "false"}
_ENTRY = re.compile(r"(?P<name>\*{0,2}[\w.]+)(?: \([^)]*\))?:\s*(?P<text>.*)")


@dataclass(frozen=True, slots=True)
class Doc:
    """What is said of a declaration.

    Attributes:
        text: The description: a summary line, then paragraphs.
        parameters: Of a function: (name, text).
        returns: What it returns.
        raises: What it throws: (name of the error, when).
        example: Source text.
        default: Of a property that may be left out: the value it then has, as JSON.
        deprecated: Whether it should not be used any more.
        attributes: Of a class: (name, text).
    """

    text: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    returns: str = ""
    raises: tuple[tuple[str, str], ...] = ()
    example: str = ""
    default: str = ""
    deprecated: bool = False
    attributes: tuple[tuple[str, str], ...] = ()


def parse_doc(docstring: str | None, names: Mapping[str, str] | None = None) -> Doc:
    """Read a docstring with sections.

    Args:
        docstring: Text with sections such as ``Args:``, as Google's style has them.
        names: The JavaScript name of each parameter; what the docstring says of others is left out.
    """
    names = names or {}
    sections: dict[str, list[str]] = {"text": []}
    current = sections["text"]
    for line in inspect.cleandoc(docstring or "").splitlines():
        if line in _SECTIONS:
            current = sections.setdefault(_SECTIONS[line], [])
        else:
            current.append(line)
    parameters = _entries(sections.get("parameters", ()), names)
    return Doc(
        text=_markdown("\n".join(sections["text"]), names),
        parameters=tuple((names[name], text) for name, text in parameters if name in names),
        returns=_markdown(_joined(sections.get("returns", ())), names),
        raises=tuple(_entries(sections.get("raises", ()), names)),
        attributes=tuple(_entries(sections.get("attributes", ()), names)),
        example=textwrap.dedent("\n".join(sections.get("example", ()))).strip(),
    )


def _entries(lines: Iterable[str], names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of a section's entries; deeper lines continue an entry."""
    name, text = "", ""
    for line in textwrap.dedent("\n".join(lines)).splitlines():
        found = _ENTRY.fullmatch(line)
        if found:
            if name:
                yield name, _markdown(text, names)
            name, text = found["name"].lstrip("*"), found["text"]
        else:
            text = f"{text} {line.strip()}".strip()
    if name:
        yield name, _markdown(text, names)


def _joined(lines: Iterable[str]) -> str:
    return " ".join(line.strip() for line in lines if line.strip())


def _markdown(text: str, names: Mapping[str, str]) -> str:
    """Return text of a docstring as editors show it."""
    return in_javascript(_ROLE.sub(r"\1", text.replace("``", "`")).strip(), names)


def in_javascript(text: str, names: Mapping[str, str]) -> str:
    """Return text with what stands in backquotes called as JavaScript calls it.

    Args:
        text: In Markdown.
        names: Other names by those of Python; the constants of both languages are known.
    """
    known = {**_CONSTANTS, **names}
    return _QUOTED.sub(lambda found: f"`{known.get(found[1], found[1])}`", text)


def jsdoc(doc: Doc) -> list[str]:
    """Return the lines of the comment, without indentation; none where nothing is said."""
    lines = [*_paragraphs(doc.text)]
    tags = list(_tags(doc))
    if lines and tags:
        lines.append("")
    lines += tags
    safe = [line.replace("*/", r"*\/") for line in lines]
    if len(safe) < 2:
        return [f"/** {line} */" for line in safe]
    return ["/**", *(f" * {line}".rstrip() for line in safe), " */"]


def _paragraphs(text: str) -> Iterator[str]:
    """Yield the lines of a description; one that would begin a tag is kept from it."""
    for line in text.splitlines():
        yield f"\\{line}" if line.startswith("@") else line


def _tags(doc: Doc) -> Iterator[str]:
    for name, text in doc.parameters:
        yield from _tag(f"@param {name}", text)
    if doc.returns:
        yield from _tag("@returns", doc.returns)
    for name, text in doc.raises:
        yield from _tag(f"@throws {{{name}}}", text)
    if doc.default:
        yield f"@default {doc.default}"
    if doc.deprecated:
        yield "@deprecated"
    if doc.example:
        yield "@example"
        yield from doc.example.splitlines()


def _tag(tag: str, text: str) -> list[str]:
    return textwrap.wrap(
        f"{tag} {text}",
        WIDTH,
        subsequent_indent="  ",
        break_on_hyphens=False,
        break_long_words=False,
    )
