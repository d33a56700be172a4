"""The functions of a script that Python holds, and when it lets them go."""

from __future__ import annotations

import weakref
from collections import deque

from marotte.realm.functions.types import Bridge, Callback

__all__ = ["Callbacks"]


class _Reference(weakref.ref[Callback]):
    """Knows the number of its callback when that has gone."""

    __slots__ = ("ident",)

    ident: int


class Callbacks:
    """The callbacks of one realm by number.

    Callbacks may go on any thread; the engine is told on its own (:meth:`take_released`). Between
    the two the script may hand over the same function again, which then is a new callback.
    """

    def __init__(self, realm: Bridge) -> None:
        self._realm = realm
        self._references: dict[int, _Reference] = {}
        self._gone: deque[int] = deque()

    def __len__(self) -> int:
        return sum(reference() is not None for reference in tuple(self._references.values()))

    def get(self, ident: int) -> Callback:
        """The callback under which a script's function is known; the same while it is held."""
        known = self._references.get(ident)
        found = None if known is None else known()
        if found is None:
            found = Callback(self._realm, ident)
            reference = self._references[ident] = _Reference(found, self._forget)
            reference.ident = ident
        return found

    def _forget(self, reference: weakref.ref[Callback]) -> None:
        if isinstance(reference, _Reference):
            self._gone.append(reference.ident)

    def take_released(self) -> list[int]:
        """The functions that no one holds any more, of which the engine is to let go."""
        released = []
        while self._gone:
            ident = self._gone.popleft()
            reference = self._references.get(ident)
            if reference is not None and reference() is None:
                del self._references[ident]
                released.append(ident)
        return released
