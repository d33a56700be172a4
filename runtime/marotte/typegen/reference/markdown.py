"""Types and names as Markdown, with links to where they are explained."""

from __future__ import annotations

import re
from collections.abc import Mapping

from marotte.typegen.names import JSON_NAME, Names
from marotte.typegen.reading import JSON_VALUE
from marotte.typegen.text import TypeWriter
from marotte.typegen.types import Type

__all__ = ["Links", "Place", "anchor", "cell", "linked"]

Place = tuple[str | None, str]
"""Where a type is declared, and as what: its module, its name."""

# Stand around what becomes a link; in types, neither ever occurs.
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARKED = re.compile(f"({_OPEN}[^{_CLOSE}]*{_CLOSE})")
_SPECIAL = re.compile(r"[&<>|*`\\~]|(?<!\w)_|_(?!\w)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


class Links:
    """Knows on which page each type is explained.

    Args:
        names: Of all types.
        pages: The page of each type.
    """

    def __init__(self, names: Names, pages: Mapping[Place, str]) -> None:
        self._names = names
        self._pages = pages

    def place(self, key: str) -> Place:
        """Return where a reference leads; any JSON value is the same everywhere."""
        return (None, JSON_NAME) if key == JSON_VALUE else self._names.place(key)

    def name(self, key: str) -> str:
        """Return what a reference is called."""
        return self.place(key)[1]

    def arguments(self, key: str) -> list[str]:
        """Return what a reference is given that says nothing of it itself."""
        return [] if key == JSON_VALUE else self._names.arguments(key)

    def target(self, key: str, page: str) -> str | None:
        """Return the address, as seen from a page, of what explains a reference, if any does."""
        place = self.place(key)
        found = self._pages.get(place)
        return None if found is None else f"{found.replace(page, '')}#{anchor(place[1])}"


def linked(type_: Type, links: Links, page: str) -> str:
    """Return a type as code in which the named types are links."""
    addresses: dict[str, str | None] = {}

    def mark(key: str) -> str:
        marked = f"{_OPEN}{links.name(key)}{_CLOSE}"
        addresses[marked] = links.target(key, page)
        return marked

    parts = _MARKED.split(TypeWriter(mark, links.arguments).write(type_))
    shown = [
        _link(part[1:-1], addresses[part]) if part in addresses else _plain(part) for part in parts
    ]
    return f"<code>{''.join(shown)}</code>"


def cell(text: str) -> str:
    """Return Markdown so that it stands in a cell of a table."""
    return " ".join(text.split()).replace("|", r"\|")


def anchor(heading: str) -> str:
    """Return the fragment that leads to a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _link(name: str, address: str | None) -> str:
    return _plain(name) if address is None else f"[{_plain(name)}]({address})"


def _plain(text: str) -> str:
    """Return text in which nothing means something to Markdown, nor to a table."""
    return _SPECIAL.sub(lambda found: _ENTITIES.get(found[0], f"&#{ord(found[0])};"), text)
