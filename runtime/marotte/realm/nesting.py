"""How deep the engines of one thread stand on its stack."""

from __future__ import annotations

import threading

__all__ = ["Nesting", "nesting"]


class Nesting:
    """Counts of one thread.

    Attributes:
        calls: Entries into engines that have not returned.
        engines: Engines that were entered.
        parked: Scripts that wait in a host call.
    """

    __slots__ = ("calls", "engines", "parked")

    def __init__(self) -> None:
        self.calls = self.engines = self.parked = 0


class _Thread(threading.local):
    def __init__(self) -> None:
        self.nesting = Nesting()


_thread = _Thread()


def nesting() -> Nesting:
    """The counts of the calling thread."""
    return _thread.nesting
