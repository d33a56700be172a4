"""Functions of a script that a run calls: engines, agents, tools, hooks, middleware."""

from __future__ import annotations

import contextvars
from contextlib import suppress
from typing import Any

from marotte.realm import (
    Callback,
    HostLoop,
    Realm,
    RealmClosedError,
    Scope,
    ScriptInterrupted,
)
from marotte.runs import current_run

__all__ = ["ScriptFunction"]


class ScriptFunction:
    """A function of a script, called on behalf of the current run, in the realm it lives in.

    Its JavaScript, and what it awaits, is charged to that run. When the caller is cancelled, what
    the function still does is interrupted and its timers and host calls end; the rest of the realm
    is left alone.
    """

    def __init__(self, realm: Realm, host: HostLoop, function: Callback, name: str) -> None:
        self.name = name
        self._realm = realm
        self._host = host
        self._function = function

    async def __call__(self, *args: Any) -> Any:
        """Call it with JSON values and await its answer. Host loop.

        Raises:
            JavaScriptError: What it threw.
            RealmClosedError: Its script has ended.
            RunStoppedError: or another error of `RunContext.check`, when the run is stopping by
                the time the script could be entered; the function is not called then.
        """
        run = current_run.get()
        name = self.name if run is None else run.run_id
        scope = Scope(
            name,
            parent=self._realm.scope,
            context=contextvars.copy_context(),
            budget=None if run is None else run.cpu_budget,
        )
        if run is not None:
            run.add_cleanup(lambda: self._end(scope))
        before = None if run is None else run.check
        future = self._realm.invoke(self._function, *args, scope=scope, before=before)
        try:
            return await self._host.wait(future)
        finally:
            if not future.done():
                self._end(scope)

    def _end(self, scope: Scope) -> None:
        """End what it has left running."""
        scope.interrupt()
        with suppress(RealmClosedError):
            self._realm.end(scope, ScriptInterrupted(f"{self.name}: the run is over"))
