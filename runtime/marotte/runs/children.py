"""The child runs of a run: let in while it executes, stopped with it, told of in its log."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from marotte.events import ChildFinished, ChildStarted, StopMode
from marotte.runs.calls import Calls
from marotte.runs.emitter import Emitter
from marotte.runs.errors import RunTreeError
from marotte.runs.state import StopRequest

if TYPE_CHECKING:
    from marotte.runs.run import Run


class Children:
    """The children of one run that have not settled. Any thread."""

    def __init__(
        self, most: int, calls: Calls, emitter: Emitter, changed: Callable[[], object]
    ) -> None:
        """There may be so many at the same time; `changed` is called when there is one less."""
        self._most = most
        self._calls = calls
        self._emitter = emitter
        self._changed = changed
        self._runs: dict[str, Run] = {}
        self._refuses = False
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._runs)

    def add(self, child: Run) -> None:
        """Take in a child.

        Raises:
            RunStoppedError: or another error of the entry check, when the run is stopping or over.
            RunTreeError: when the tree would be too deep or too wide.
        """
        self._calls.check()
        _check_depth(child)
        with self._lock:
            if self._refuses:
                raise self._calls.error()
            if len(self._runs) >= self._most:
                raise RunTreeError(f"max children ({self._most}) reached", code="max_children")
            self._runs[child.id] = child
        mode = self._calls.state.mode
        if mode is not None:  # A stop that was accepted just now may have missed the child.
            child.request_stop(StopRequest(mode, "parent"))

    def remove(self, child: Run) -> None:
        """Forget a child that has settled, or was refused."""
        with self._lock:
            self._runs.pop(child.id, None)
        self._changed()

    def refuse(self) -> None:
        """Take in no more."""
        with self._lock:
            self._refuses = True

    def stop(self, mode: StopMode) -> None:
        """Ask all children to stop."""
        with self._lock:
            runs = list(self._runs.values())
        for run in runs:
            run.request_stop(StopRequest(mode, "parent"))

    def tell_start_of(self, child: Run) -> None:
        """Let the log know that a child was accepted."""
        self._emitter.emit_nowait(ChildStarted(child_run_id=child.id, name=child.record.name))

    def tell_end_of(self, child: Run) -> None:
        """Let the log know that a child has ended."""
        record = child.record
        self._emitter.emit_nowait(
            ChildFinished(child_run_id=child.id, name=record.name, status=record.status)
        )


def _check_depth(child: Run) -> None:
    for depth, above in enumerate(child.ancestors, 1):
        most = above.options.limits.depth
        if depth > most:
            raise RunTreeError(f"max depth ({most}) reached", code="max_depth")
