"""What can go wrong while typings are made."""

from __future__ import annotations

__all__ = ["TypingsError"]


class TypingsError(Exception):
    """A declaration cannot be expressed in TypeScript; the message names it and says why."""
