"""A realm in an embedder's hands: the loop thread's realm with awaitable methods."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Any

from marotte.realm import (
    Callback,
    HostLoop,
    Realm,
    RealmStatistics,
    Scope,
    ScriptInterrupted,
)

__all__ = ["AsyncRealm"]


class AsyncRealm:
    """An isolated JavaScript heap that is used from the host loop.

    Made by :meth:`marotte.Runtime.realm`. As an async context manager it closes itself.

    Values cross as JSON; what a script throws is raised as :class:`marotte.JavaScriptError`, and
    everything raises :class:`marotte.RealmClosedError` once the realm is closed.
    """

    def __init__(self, realm: Realm, host: HostLoop) -> None:
        self._realm = realm
        self._host = host
        self._scopes: set[Scope] = set()

    def __repr__(self) -> str:
        return repr(self._realm)

    @property
    def closed(self) -> bool:
        """Whether it was closed, or discarded because it could not be stopped otherwise."""
        return self._realm.closed

    async def evaluate(self, source: str, *, filename: str = "<input>") -> Any:
        """Evaluate a classic script and return its completion value, awaited if it is a promise.

        Args:
            source: JavaScript text. Declarations by `let` and `const` end with it.
            filename: What error positions call it, and what its imports are relative to, as of a
                file below the root.

        Raises:
            JavaScriptError: The script threw or rejected, or did not compile.
            ScriptInterrupted: It was interrupted.
        """
        return await self._run(lambda s: self._realm.evaluate(source, filename=filename, scope=s))

    async def call(self, function: Callback, *args: Any) -> Any:
        """Call a function of this realm's scripts with JSON values and await its answer."""
        return await self._run(lambda s: self._realm.invoke(function, *args, scope=s))

    async def run_file(self, path: str) -> Any:
        """Run the script or module at `path`, relative to the realm's root (`./main.mjs`).

        Returns:
            What it exports as JSON, by default or as ``module.exports``; ``None`` for a function.

        Raises:
            ExportError: It has run, but JSON cannot carry what it exports.
            JavaScriptError: The script threw or rejected, or did not compile.
        """
        return await self._run(lambda s: self._realm.run_file(path, scope=s))

    def interrupt(self) -> None:
        """End what was called here and has not answered; the realm stays usable. Any thread."""
        for scope in tuple(self._scopes):
            self._end(scope)

    async def statistics(self) -> RealmStatistics:
        """Return a snapshot of heap, calls, timers and queue."""
        return await self._host.wait(self._realm.loop.submit(self._realm.statistics))

    async def aclose(self) -> None:
        """Free the realm."""
        await self._host.wait(self._realm.loop.submit(self._realm.close))

    async def __aenter__(self) -> AsyncRealm:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _run(self, begin: Callable[[Scope], Future[Any]]) -> Any:
        """Run JavaScript in a scope of its own; a caller that is cancelled interrupts it."""
        scope = Scope(self._realm.name, parent=self._realm.scope)
        self._scopes.add(scope)
        future = begin(scope)
        try:
            return await self._host.wait(future)
        finally:
            self._scopes.discard(scope)
            if not future.done():
                self._end(scope)

    def _end(self, scope: Scope) -> None:
        scope.interrupt()
        self._realm.end(scope, ScriptInterrupted(f"{self._realm.name}: interrupted"))
