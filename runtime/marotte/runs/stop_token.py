"""Stop tokens: sticky requests that several runs may share."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import ClassVar, TypeAlias

from marotte.conversation import InvalidValueError, describe, well_formed
from marotte.runs.containment import own_errors

_logger = logging.getLogger("marotte.runs")

StopListener: TypeAlias = Callable[["StopToken"], object]


class StopToken:
    """A request to stop that, once set, stays set. All methods may be called from any thread."""

    js_name: ClassVar[str] = "AbortSignal"
    """What such a thing is called in the typings of scripts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_set = False
        self._reason: str | None = None
        self._listeners: dict[object, StopListener] = {}

    @property
    def is_set(self) -> bool:
        """Whether a stop was requested."""
        return self._is_set

    @property
    def reason(self) -> str | None:
        """The reason that the first request gave."""
        return self._reason

    def set(self, reason: str | None = None) -> bool:
        """Request a stop; return whether this was the first request.

        Listeners are called in this thread. One that raises is logged and disturbs nobody.

        Raises:
            InvalidValueError: (a `TypeError`) for a reason that is no text.
        """
        reason = reason_text(reason)
        with self._lock:
            if self._is_set:
                return False
            self._is_set, self._reason = True, reason
            listeners = list(self._listeners.values())
            self._listeners.clear()
        for listener in listeners:
            self._tell(listener)
        return True

    def add_listener(self, listener: StopListener) -> Callable[[], None]:
        """Call `listener` once when the token is set, at once if it is; return how to undo that."""
        key = object()
        with self._lock:
            if not self._is_set:
                self._listeners[key] = listener
                return lambda: self._remove(key)
        self._tell(listener)
        return lambda: None

    def _remove(self, key: object) -> None:
        with self._lock:
            self._listeners.pop(key, None)

    def _tell(self, listener: StopListener) -> None:
        try:
            with own_errors:
                listener(self)
        except Exception:
            _logger.exception("a listener of a stop token failed")


def reason_text(reason: object) -> str | None:
    """Return the words of who stops a run as a record can hold them.

    Raises:
        InvalidValueError: They are no text.
    """
    if reason is None:
        return None
    if not isinstance(reason, str):
        raise InvalidValueError("reason", f"expected text, got {describe(reason)}")
    return well_formed(reason)
