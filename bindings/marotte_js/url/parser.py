"""URLs by the URL standard, through Ada."""

from __future__ import annotations

from typing import Literal, get_args

__all__ = ["Part", "parse", "update"]

Part = Literal[
    "href",
    "origin",
    "protocol",
    "username",
    "password",
    "host",
    "hostname",
    "port",
    "pathname",
    "search",
    "hash",
]
PARTS: tuple[Part, ...] = get_args(Part)


def parse(url: str, base: str | None = None) -> list[str] | None:
    """The parts of a URL in the order of :data:`Part`; ``None``: it is not valid."""
    from ada_url import URL  # a large library, for scripts that use URLs

    try:
        return _parts(URL(url, base))
    except ValueError:
        return None


def update(href: str, part: Part, value: str) -> list[str] | None:
    """The parts of a URL after one of them was assigned.

    A value that is not valid changes nothing; for `href` the answer is ``None``.
    """
    from ada_url import URL

    if part == "href":
        return parse(value)
    url = URL(href)
    try:
        setattr(url, part, value)
    except ValueError:
        url = URL(href)
    return _parts(url)


def _parts(url: object) -> list[str]:
    return [getattr(url, part) for part in PARTS]
