"""The Python objects in a script's hands."""

from __future__ import annotations

import itertools
from collections import Counter

from marotte.realm.functions.types import HostObject

__all__ = ["Objects"]


class Objects:
    """The Python objects that a script holds, counted by how often they crossed."""

    def __init__(self) -> None:
        self._objects: dict[int, HostObject] = {}
        self._idents: dict[int, int] = {}
        self._crossings: Counter[int] = Counter()
        self._next = itertools.count(1)

    def __len__(self) -> int:
        return len(self._objects)

    def reference(self, value: HostObject, index: int) -> str:
        """The tag under which the object crosses; `index` is the number of its class."""
        ident = self._idents.get(id(value))
        if ident is None:
            ident = self._idents[id(value)] = next(self._next)
            self._objects[ident] = value
        self._crossings[ident] += 1
        return f"o{index}:{ident}"

    def get(self, ident: int) -> HostObject | None:
        """The object that crossed as `ident`."""
        return self._objects.get(ident)

    def drop(self, ident: int, crossings: int) -> None:
        """The script has let go of what crossed so often; the rest may be on its way."""
        self._crossings[ident] -= crossings
        if self._crossings[ident] <= 0:
            del self._crossings[ident]
            value = self._objects.pop(ident, None)
            if value is not None:
                del self._idents[id(value)]

    def clear(self) -> None:
        """Let go of everything."""
        self._objects.clear()
        self._idents.clear()
        self._crossings.clear()
