"""Waking waiters on the host loop from any thread."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import TypeAlias

import anyio

Post: TypeAlias = Callable[[Callable[[], object]], object]
"""Runs a function soon on the host loop, in order; may be called from any thread."""


class Wake:
    """Wakes whoever waits, to look again at what they wait for.

    A waiter on the host loop looks at its condition and, without awaiting anything in between,
    calls `wait`. A thread changes the condition and then calls `notify`, which takes effect
    through the loop, so never between that look and that wait.
    """

    def __init__(self, post: Post) -> None:
        self._post = post
        self._event: anyio.Event | None = None
        self._posted = False

    def notify(self) -> None:
        """Wake all waiters soon; any thread."""
        if not self._posted:
            self._posted = True
            # When the host loop is closed, nobody waits any more.
            with contextlib.suppress(RuntimeError):
                self._post(self._fire)

    async def wait(self, until: float | None = None) -> None:
        """Wait for the next wake-up, at most until `until` on the monotonic clock."""
        if self._event is None:
            self._event = anyio.Event()
        event = self._event
        timeout = None if until is None else max(until - time.monotonic(), 0)
        with anyio.move_on_after(timeout):
            await event.wait()

    def _fire(self) -> None:
        self._posted = False
        event, self._event = self._event, None
        if event is not None:
            event.set()
