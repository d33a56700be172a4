"""Calls from the host into scripts, and what comes back: a future, a report, or nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from marotte.realm.answers import Answers
from marotte.realm.bridge import Answer, RealmBridge
from marotte.realm.completion import complete
from marotte.realm.engine import Scalar
from marotte.realm.errors import JavaScriptError, RealmError
from marotte.realm.execution import Execution
from marotte.realm.functions import Callback
from marotte.realm.observer import tell
from marotte.realm.schedule import Schedule, Work
from marotte.realm.scope import Scope

__all__ = ["ScriptCalls"]

logger = logging.getLogger("marotte.realm")


class ScriptCalls:
    """How the host calls into the scripts of one realm; any thread."""

    def __init__(
        self, bridge: RealmBridge, schedule: Schedule, execution: Execution, answers: Answers
    ) -> None:
        self._bridge = bridge
        self._schedule = schedule
        self._execution = execution
        self._answers = answers

    def answering(self, action: Callable[[], Scalar], scope: Scope) -> Future[Any]:
        """Enter JavaScript by `action`; the future has what it answers, a promise's outcome too."""
        future: Future[Any] = Future()

        def run() -> None:
            if not future.cancelled():
                self._answer(action(), scope, future)

        self._schedule.put(Work(scope, run, failed=partial(complete, future)))
        return future

    def invoke(self, callback: Callback, args: Sequence[Any], scope: Scope) -> Future[Any]:
        """Call a function of a script for its result."""
        self._check(callback)

        def call() -> Scalar:
            return self._execution.engine.invoke(callback.ident, *map(self._bridge.encode, args))

        return self.answering(call, scope)

    def fire(
        self,
        callback: Callback,
        args: Callable[[], Sequence[Scalar]],
        scope: Scope,
        failed: Callable[[JavaScriptError], object],
    ) -> None:
        """Call a function of a script for its effect.

        Args:
            callback: The function.
            args: Answers the arguments, tagged, just before the call.
            scope: For whom.
            failed: Told what it throws, or what the promise it answers rejects with.
        """
        self._check(callback)

        def call() -> None:
            answer = self._execution.engine.fire(callback.ident, *args())
            if answer is not None:
                self._expect_none(answer, scope, failed)

        self._schedule.put(Work(scope, call, failed=partial(_report, failed)))

    def deliver(
        self,
        event: Scalar,
        callback: Callback,
        scope: Scope,
        wanted: Callable[[], bool] | None,
        failed: Callable[[JavaScriptError], object],
    ) -> None:
        """Call a listener of a script for its effect; see :meth:`Realm.deliver`."""
        self._check(callback)
        self._schedule.put(_Delivery(self, event, callback, scope, wanted, failed))

    def make(self, delivery: _Delivery) -> None:
        """Call the listener now."""
        answer = self._execution.engine.fire(delivery.callback.ident, delivery.event)
        if answer is not None:
            self._expect_none(answer, delivery.scope, delivery.told)

    def _expect_none(
        self, answer: Scalar, scope: Scope, failed: Callable[[JavaScriptError], object]
    ) -> None:
        """See to what came of a call for its effect: an error, or a promise that may reject."""
        future: Future[Any] = Future()
        future.add_done_callback(lambda done: _report(failed, done.exception()))
        self._answer(answer, scope, future)

    def _answer(self, value: Scalar, scope: Scope, future: Future[Any]) -> None:
        """Complete the future with what a script answered, now or when its promise settles."""
        try:
            answer = self._answers.read(scope, lambda: self._bridge.decode(value))
        except Answer as promise:
            self._answers.expect(promise.ident, scope, future)
        else:
            complete(future, lambda: answer)

    def _check(self, callback: Callback) -> None:
        if callback.realm is not self._bridge:
            raise RealmError(
                f"{callback!r} was given to {self._bridge.name}; a callback is called in its own "
                f"realm"
            )


class _Delivery:
    """A piece of work: one event for one listener. There are many, so it is a light one."""

    __slots__ = ("_calls", "_wanted", "callback", "event", "scope", "told")

    batch = True
    always = False

    def __init__(
        self,
        calls: ScriptCalls,
        event: Scalar,
        callback: Callback,
        scope: Scope,
        wanted: Callable[[], bool] | None,
        told: Callable[[JavaScriptError], object],
    ) -> None:
        self._calls = calls
        self._wanted = wanted
        self.event = event
        self.callback = callback
        self.scope = scope
        self.told = told

    def action(self) -> None:
        """Call the listener, if it is still wanted."""
        if self._wanted is None or self._wanted():
            self._calls.make(self)

    def failed(self, error: BaseException) -> None:
        """It could not be called."""
        _report(self.told, error)


def _report(failed: Callable[[JavaScriptError], object], error: BaseException | None) -> None:
    """Tell what a script threw; that it was ended is known to whoever ended it."""
    if isinstance(error, JavaScriptError):
        tell(failed, error)
    elif isinstance(error, TypeError | ValueError):
        logger.error("a script could not be called", exc_info=error)
