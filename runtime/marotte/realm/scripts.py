"""Running the scripts of a realm: sources, files, and the functions that they hand to the host."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from marotte.realm.answers import Answers
from marotte.realm.bridge import Answer, RealmBridge
from marotte.realm.completion import complete
from marotte.realm.deliveries import Deliveries, ScriptListener
from marotte.realm.engine import Scalar
from marotte.realm.errors import JavaScriptError, RealmError
from marotte.realm.execution import Execution
from marotte.realm.functions import Callback
from marotte.realm.modules import ScriptRoot
from marotte.realm.observer import RealmObserver, tell
from marotte.realm.schedule import Schedule, Work
from marotte.realm.scope import Scope

__all__ = ["Scripts"]

logger = logging.getLogger("marotte.realm")


class Scripts:
    """The part of a realm by which the host calls into scripts, and hears what comes back."""

    _answers: Answers
    _bridge: RealmBridge
    _deliveries: Deliveries
    _execution: Execution
    _observer: RealmObserver
    _root: ScriptRoot
    _schedule: Schedule
    _scope: Scope

    def evaluate(
        self, source: str, *, scope: Scope | None = None, filename: str = "<input>"
    ) -> Future[Any]:
        """Evaluate source as a classic script and answer its completion value. Any thread.

        A promise is waited for.

        Args:
            source: JavaScript text.
            scope: For whom; by default for whom the realm was made.
            filename: What error positions call it, and what its imports are relative to, as of a
                file below the root. One name serves all that the realm evaluates: the latest.

        Returns:
            A future of the JSON value; it raises :class:`JavaScriptError` for what the script
            threw.
        """
        return self._run(lambda: self._execution.engine.evaluate(source, filename), scope)

    def run_script(self, path: str, *, scope: Scope | None = None) -> Future[Any]:
        """Run a classic script; answers ``module.exports``. Any thread.

        The future is ``None`` for a function, and raises :class:`ExportError` for what else JSON
        cannot carry.
        """
        return self._run(lambda: self._execution.engine.run_script(path), scope)

    def run_module(self, path: str, *, scope: Scope | None = None) -> Future[Any]:
        """Evaluate a module; answers its default export, as :meth:`run_script`. Any thread."""
        return self._run(lambda: self._execution.engine.run_module(path), scope)

    def run_file(self, path: str, *, scope: Scope | None = None) -> Future[Any]:
        """Run what is at `path` (``./main.js``) as what it is: classic script or module.

        ``.mjs`` is a module, ``.cjs`` a classic script; ``.js`` is a module if it does not compile
        as a classic script (top-level ``import``, ``export`` or ``await``). Any thread.
        """

        def run() -> Scalar:
            if path.endswith(".mjs") or not (
                path.endswith(".cjs") or self._execution.engine.is_classic(self._root.read(path))
            ):
                return self._execution.engine.run_module(path)
            return self._execution.engine.run_script(path)

        return self._run(run, scope)

    def invoke(
        self,
        callback: Callback,
        *args: Any,
        scope: Scope | None = None,
        before: Callable[[], object] | None = None,
    ) -> Future[Any]:
        """Call a function of a script with JSON values. Any thread.

        Args:
            callback: The function.
            args: JSON values.
            scope: For whom; by default for whom the realm was made.
            before: Called on the loop thread, right before; if it raises, the future does, and
                the function is not called.

        Returns:
            A future of what it answers, or what the promise it answers settles to.
        """
        self._check(callback)

        def call() -> Scalar:
            if before is not None:
                before()
            return self._execution.engine.invoke(callback.ident, *map(self._bridge.encode, args))

        return self._run(call, scope)

    def fire(self, callback: Callback, *args: Any, scope: Scope) -> None:
        """Call a function of a script for its effect. Any thread.

        What it throws, or the promise it answers rejects with, is reported as unhandled.
        """
        self._check(callback)
        told = partial(self._observer.unhandled, scope)

        def call() -> None:
            answer = self._execution.engine.fire(callback.ident, *map(self._bridge.encode, args))
            self._expect_none(answer, scope, told)

        self._schedule.put(Work(scope, call, failed=partial(_report, told)))

    def deliver(self, events: str, listeners: Sequence[ScriptListener]) -> None:
        """Call listeners with events, frozen: one event after the other. Any thread.

        Deliveries of one scope that are ready together are made in one entry, in order. What a
        listener throws disturbs no other.

        Args:
            events: JSON: groups of events, ``[[shared, seqs, times, nested, bodies], …]``. An event
                is a body with what it shares with its group, and with its own ``seq`` and ``time``.
                Only the bodies whose indexes are in `nested` may hold objects. A group whose
                `seqs` is ``null`` has whole events as bodies.
            listeners: Active ones of one scope, in the order in which they hear of an event.
        """
        for listener in listeners:
            self._check(listener.callback)
        if listeners:
            self._deliveries.send(events, listeners)

    def dismiss(self, listener: ScriptListener) -> None:
        """Call a listener no more, at once, even if events are on their way to it. Loop thread."""
        self._deliveries.dismiss(listener)

    def call_exported(self, path: str, name: str) -> Callback | None:
        """The function that an evaluated module exports, retained; ``None``: it is none."""
        ident = self._read(lambda: self._execution.engine.retain_export(path, name))
        return None if ident is None else self._bridge.callback(int(ident))

    def exported(self, path: str, name: str) -> Any:
        """A JSON value that an evaluated module exports."""
        return self._read(lambda: self._execution.engine.exported(path, name))

    def _read(self, action: Callable[[], Scalar]) -> Any:
        return self._execution.enter(self._scope, lambda: self._bridge.decode(action()))

    # -- entering -------------------------------------------------------------------------------

    def _run(self, action: Callable[[], Scalar], scope: Scope | None) -> Future[Any]:
        """Enter JavaScript by `action`; the future has what it answers, a promise's outcome too."""
        future: Future[Any] = Future()
        whose = self._scope if scope is None else scope

        def run() -> None:
            if not future.cancelled():
                self._answer(action(), whose, future)

        self._schedule.put(Work(whose, run, failed=partial(complete, future)))
        return future

    def _answer(self, value: Scalar, scope: Scope, future: Future[Any]) -> None:
        """Complete the future with what a script answered, now or when its promise settles."""
        try:
            answer = self._answers.read(scope, lambda: self._bridge.decode(value))
        except Answer as promise:
            self._answers.expect(promise.ident, scope, future)
        else:
            complete(future, lambda: answer)

    def _expect_none(
        self, answer: Scalar, scope: Scope, failed: Callable[[JavaScriptError], object]
    ) -> None:
        """See to what came of a call for its effect: an error, or a promise that may reject."""
        if answer is not None:
            future: Future[Any] = Future()
            future.add_done_callback(lambda done: _report(failed, done.exception()))
            self._answer(answer, scope, future)

    def _check(self, callback: Callback) -> None:
        if callback.realm is not self._bridge:
            raise RealmError(
                f"{callback!r} was given to {self._bridge.name}; a callback is called in its own "
                f"realm"
            )


def _report(failed: Callable[[JavaScriptError], object], error: BaseException | None) -> None:
    """Tell what a script threw; that it was ended is known to whoever ended it."""
    if isinstance(error, JavaScriptError):
        tell(failed, error)
    elif isinstance(error, TypeError | ValueError):
        logger.error("a script could not be called", exc_info=error)
