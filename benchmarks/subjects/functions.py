"""What scripts call in the host, the same for all subjects that take plain Python functions."""

from __future__ import annotations

__all__ = ["add", "describe", "nothing"]


def add(first: int, second: int) -> int:
    """Add."""
    return first + second


def describe(thing: dict[str, object]) -> dict[str, object]:
    """Make an object of an object."""
    return {"id": thing["id"], "label": thing["name"], "tags": thing["tags"]}


async def nothing(number: int) -> int:
    """Answer the same."""
    return number
