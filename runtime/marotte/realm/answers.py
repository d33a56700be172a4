"""Futures of what a script has answered with a promise."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from marotte.realm.completion import complete
from marotte.realm.errors import ExportError, JavaScriptError, ScriptInterrupted
from marotte.realm.scope import Scope

__all__ = ["Answers"]


class Answers:
    """The promises of a realm that somebody waits for, by number.

    An interrupted asynchronous function leaves a promise that never settles, so the end of its
    scope, or of the realm, completes the future instead. Or it leaves one that rejects with any
    error, so what is thrown for an interrupted scope is not the script's own.

    Args:
        interrupted: Whether JavaScript for a scope is being ended; asked when it has thrown.
    """

    def __init__(self, interrupted: Callable[[Scope], bool]) -> None:
        self._interrupted = interrupted
        self._waiting: dict[int, tuple[Scope, Future[Any]]] = {}
        self._closed: BaseException | None = None
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._waiting)

    def expect(self, ident: int, scope: Scope, future: Future[Any]) -> None:
        """Complete `future` when the promise settles."""
        with self._lock:
            if self._closed is None:
                self._waiting[ident] = (scope, future)
                return
        complete(future, self._closed)

    def settle(self, ident: int, outcome: Callable[[], Any]) -> None:
        """The promise has settled."""
        with self._lock:
            scope, future = self._waiting.pop(ident, (None, None))
        if scope is not None and future is not None:
            complete(future, partial(self.read, scope, outcome))

    def read(self, scope: Scope, outcome: Callable[[], Any]) -> Any:
        """What `outcome` answers or raises; an error of an interrupted script is not its own.

        Raises:
            ScriptInterrupted: Instead of what the script threw, which is the cause.
        """
        try:
            return outcome()
        except (JavaScriptError, ExportError) as error:
            if self._interrupted(scope):
                raise ScriptInterrupted("JavaScript was interrupted") from error
            raise

    def end(self, scope: Scope | None, error: BaseException) -> None:
        """Whatever is awaited for a scope, and for what belongs to it, or at all, ends so."""
        with self._lock:
            ended = [
                ident
                for ident, (whose, _) in self._waiting.items()
                if scope is None or whose.within(scope)
            ]
            futures = [self._waiting.pop(ident)[1] for ident in ended]
        for future in futures:
            complete(future, error)

    def close(self, error: BaseException) -> None:
        """Everything that is awaited, now or later, ends with `error`. Any thread."""
        with self._lock:
            self._closed = self._closed or error
            waiting, self._waiting = self._waiting, {}
        for _, future in waiting.values():
            complete(future, error)
