"""The timers of a realm by number."""

from __future__ import annotations

import itertools
from weakref import WeakKeyDictionary

from marotte.realm import Callback, Realm, Scope, Timer

__all__ = ["Timers", "timers_of"]

SWEEP_FROM = 64


class Timers:
    """Numbers the timers that a realm's scripts have started; loop thread only."""

    def __init__(self) -> None:
        self._timers: dict[int, Timer] = {}
        self._next = itertools.count(1)
        self._sweep_at = SWEEP_FROM

    def start(self, realm: Realm, fire: Callback, delay: float, ident: int, scope: Scope) -> int:
        """Call `fire` in `delay` seconds, charged to `scope`; answers the number."""
        ident = ident or next(self._next)

        def due() -> None:
            self._timers.pop(ident, None)
            realm.fire(fire, scope=scope)

        self._timers[ident] = realm.call_later(delay, due, scope=scope)
        if len(self._timers) > self._sweep_at:
            self._sweep()
        return ident

    def stop(self, realm: Realm, ident: int) -> None:
        """Let it not happen; an unknown number is none."""
        timer = self._timers.pop(ident, None)
        if timer is not None:
            realm.cancel_timer(timer)

    def _sweep(self) -> None:
        """Forget the timers that ended with their run."""
        self._timers = {i: timer for i, timer in self._timers.items() if not timer.cancelled}
        self._sweep_at = max(SWEEP_FROM, 2 * len(self._timers))


# A realm's timers end with it, and none of them refers to the realm once it is cancelled.
_of_realm: WeakKeyDictionary[Realm, Timers] = WeakKeyDictionary()


def timers_of(realm: Realm) -> Timers:
    """The timers of a realm."""
    found = _of_realm.get(realm)
    if found is None:
        found = _of_realm[realm] = Timers()
    return found
