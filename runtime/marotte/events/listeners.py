"""Listeners: a set over (type, callback), and who is called for an event in which order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from marotte.conversation import InvalidValueError, describe
from marotte.events.event import check_event_type

C = TypeVar("C", bound=Callable[..., object])


@dataclass(eq=False, slots=True)
class Listener(Generic[C]):
    """One registration. `context` is that of whoever registered: call back in it.

    `ready` and `failed` are for whoever dispatches: whether it has caught up with the others, and
    was complained about.
    """

    type: str
    callback: C
    once: bool = False
    active: bool = True
    ready: bool = False
    failed: bool = False
    context: Context = field(default_factory=copy_context)


class Listeners(Generic[C]):
    """Registrations, to be changed from any thread, even while events are dispatched."""

    def __init__(self) -> None:
        self._by_type: dict[str, list[Listener[C]]] = {}
        self._lock = threading.Lock()

    def add(self, type: str, callback: C, *, once: bool = False) -> Listener[C] | None:
        """Register `callback`; return `None` if it was registered for that type already.

        Registering again without `once` makes it stay.

        Raises:
            InvalidValueError: for an unknown type (naming the known ones), or no callback.
        """
        key = check_event_type(type)
        if not callable(callback):
            raise InvalidValueError("callback", f"expected a function, got {describe(callback)}")
        with self._lock:
            for known in self._by_type.get(key, ()):
                if known.callback == callback:
                    known.once = known.once and once
                    return None
            listener = Listener(key, callback, once)
            self._by_type.setdefault(key, []).append(listener)
        return listener

    def remove(self, type: str, callback: C) -> bool:
        """Take a registration away, at once; return whether there was one."""
        key = check_event_type(type)
        with self._lock:
            for listener in self._by_type.get(key, ()):
                if listener.callback == callback:
                    self._discard(listener)
                    return True
        return False

    def claim(self, listener: Listener[C]) -> bool:
        """Return whether `listener` is to be called now; one for `once` is used up by that."""
        with self._lock:
            if not listener.active:
                return False
            if listener.once:
                self._discard(listener)
            return True

    def matching(self, type: str) -> Iterator[Listener[C]]:
        """Yield the listeners for an event of `type`: those of the very type first, then `"*"`."""
        for key in (type, "*"):
            yield from tuple(self._by_type.get(key, ()))

    def __bool__(self) -> bool:
        return bool(self._by_type)

    def _discard(self, listener: Listener[C]) -> None:
        listener.active = False
        remaining = self._by_type[listener.type]
        remaining.remove(listener)
        if not remaining:
            del self._by_type[listener.type]
