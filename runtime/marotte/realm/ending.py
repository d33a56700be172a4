"""How what a scope has in a realm is ended, while the realm lives on."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from functools import partial

from marotte.realm.answers import Answers
from marotte.realm.bridge import RealmBridge
from marotte.realm.completion import complete
from marotte.realm.execution import Execution
from marotte.realm.functions import PendingCall
from marotte.realm.liveness import Liveness
from marotte.realm.schedule import Schedule, Work
from marotte.realm.scope import Scope

__all__ = ["Ending"]


class Ending:
    """Ends pending host calls, timers and answers; its methods are for any thread.

    Rejecting a promise runs jobs of its scope. They come before all other work, each under its own
    scope, and are interrupted where that is latched.
    """

    def __init__(
        self,
        own_scope: Scope,
        schedule: Schedule,
        execution: Execution,
        bridge: RealmBridge,
        answers: Answers,
        liveness: Liveness,
    ) -> None:
        self._own = own_scope
        self._schedule = schedule
        self._execution = execution
        self._bridge = bridge
        self._answers = answers
        self._liveness = liveness
        self._lock = threading.Lock()
        self._asked: list[Scope | None] = []

    def abort(self, scope: Scope | None, error: BaseException) -> None:
        """See :meth:`marotte.realm.Realm.abort`."""
        self._asked.append(scope)
        reject = partial(self._reject_calls, scope, error)
        self._schedule.put(Work(self._own, reject, failed=_ignore, always=True))

    def end(self, scope: Scope | None, error: BaseException) -> Future[None]:
        """See :meth:`marotte.realm.Realm.end`."""
        self._asked.append(scope)
        future: Future[None] = Future()
        restore = self._liveness.silence(scope)

        def gone(_: BaseException | None = None) -> None:
            restore()
            complete(future, _nothing)

        def finish() -> None:
            self.finish(scope, error)
            gone()

        last = Work(self._own if scope is None else scope, finish, failed=gone, always=True)
        reject = partial(self._reject_calls, scope, error, last)
        self._schedule.put(Work(self._own, reject, failed=gone, always=True))
        return future

    def interrupt(self, error: BaseException) -> Future[None]:
        """See :meth:`marotte.realm.Realm.interrupt`."""
        with self._lock:
            self._execution.halt()
        future = self.end(None, error)
        future.add_done_callback(lambda _: self._resume())
        return future

    def _resume(self) -> None:
        with self._lock:
            self._execution.unhalt()

    def covers(self, call: PendingCall) -> bool:
        """Whether somebody has asked to cancel the call, even if its turn has not come."""
        return any(scope is None or call.scope.within(scope) for scope in self._asked)

    def _reject_calls(self, scope: Scope | None, error: BaseException, *more: Work) -> None:
        self._asked.remove(scope)
        rejections = (
            Work(
                call.scope,
                partial(self._reject, call, error),
                failed=_ignore,
                batch=True,
                always=True,
            )
            for call in self._bridge.calls.cancel(scope)
        )
        self._schedule.put(*rejections, *more, first=True)

    def _reject(self, call: PendingCall, error: BaseException) -> None:
        self._execution.engine.settle(call.ident, self._bridge.error_text(error))

    def finish(self, scope: Scope | None, error: BaseException) -> None:
        """Cancel timers, and complete the futures of answers. Loop thread."""
        self._liveness.end(scope)
        self._answers.end(scope, error)


def _nothing() -> None:
    pass


def _ignore(_: BaseException) -> None:
    pass
