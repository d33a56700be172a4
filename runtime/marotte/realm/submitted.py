"""What the loop thread is asked to do, one piece at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from marotte.realm.completion import complete
from marotte.realm.errors import LoopClosedError

__all__ = ["Submitted", "contained"]

T = TypeVar("T")
logger = logging.getLogger("marotte.realm")


class Submitted:
    """A call whose answer somebody waits for."""

    __slots__ = ("_action", "_future", "_serving")

    def __init__(self, action: Callable[[], T], future: Future[T], serving: set[Submitted]) -> None:
        """Complete `future` by `action`; it is among those `serving` meanwhile."""
        self._action = action
        self._future = future
        self._serving = serving

    def __call__(self) -> None:
        """Do it, unless nobody waits any more."""
        if self._future.done():
            return
        self._serving.add(self)
        complete(self._future, self._action)
        self._serving.discard(self)

    def refuse(self) -> None:
        """Nobody will do it."""
        complete(self._future, LoopClosedError("the loop thread was shut down"))


def contained(action: Callable[[], object]) -> None:
    """Do something whose failure must not end the thread."""
    try:
        action()
    except BaseException:
        logger.exception("work on the loop thread failed")
