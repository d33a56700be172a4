"""A realm: one isolated JavaScript heap, its queue of work, and whose work that is."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from marotte.realm.adapter import QuickJSEngine
from marotte.realm.answers import Answers
from marotte.realm.bridge import RealmBridge
from marotte.realm.deliveries import Deliveries
from marotte.realm.ending import Ending
from marotte.realm.engine import EngineError, EngineFactory, EngineLimits, Scalar
from marotte.realm.errors import (
    JavaScriptError,
    RealmClosedError,
    RealmError,
    ScriptInterrupted,
)
from marotte.realm.execution import Execution
from marotte.realm.functions import Gate, OpenGate, PendingCall, Registry
from marotte.realm.hostloop import HostLoop
from marotte.realm.liveness import Liveness
from marotte.realm.loop import LoopThread
from marotte.realm.modules import ScriptRoot
from marotte.realm.observer import RealmObserver, RealmStatistics, tell
from marotte.realm.schedule import Schedule, Work
from marotte.realm.scope import Limit, Scope
from marotte.realm.scripts import Scripts
from marotte.realm.settlement import Settlement
from marotte.realm.timers import Timer

__all__ = ["Realm", "RealmObserver", "RealmStatistics"]

T = TypeVar("T")
logger = logging.getLogger("marotte.realm")


class Realm(Scripts):
    """An isolated JavaScript heap with its modules, limits and host functions.

    Made by :meth:`create`. What answers a future, and what says so, is for any thread; the rest is
    for the loop thread only. Every future is completed, if not by the script then by the end of its
    scope, of the realm or of the loop thread: with :class:`ScriptInterrupted` or
    :class:`RealmClosedError`.

    Args:
        loop: The thread that it lives on.
        registry: What its scripts can call.
        scope: For whom it was made; interrupting this scope ends everything in it.
        root: Where its modules come from.
        limits: Of heap, stack and crossing values.
        host: Where asynchronous host functions run.
        gate: The entry check of host functions.
        services: What bindings find by :meth:`Bridge.service`, by type.
        granted: Capabilities, such as ``env``.
        observer: What is told of errors, limits and the end.
        name: For messages.
        engine: Makes the engine.
    """

    def __init__(
        self,
        loop: LoopThread,
        registry: Registry,
        *,
        scope: Scope | None = None,
        root: ScriptRoot | None = None,
        limits: EngineLimits | None = None,
        host: HostLoop | None = None,
        gate: Gate | None = None,
        services: Mapping[type, object] | None = None,
        granted: frozenset[str] = frozenset(),
        observer: RealmObserver | None = None,
        name: str = "realm",
        engine: EngineFactory = QuickJSEngine,
    ) -> None:
        limits = EngineLimits() if limits is None else limits
        self._loop = loop
        self._name = name
        self._scope = Scope(name) if scope is None else scope
        self._root = ScriptRoot(provided=registry.modules) if root is None else root
        self._observer = RealmObserver() if observer is None else observer
        self._liveness = Liveness(loop, self._notice)
        self._execution = Execution(self, loop, self._scope)
        self._answers = Answers(self._execution.spoils)
        self._schedule = Schedule(
            self,
            loop,
            self._execution,
            unhandled=self._rejected,
            interrupted=self._answers.end,
            discard=self.discard,
        )
        self._deliveries = Deliveries(self._schedule, self._execution, self._observer)
        self._bridge = RealmBridge(
            self,
            registry,
            self._root,
            answers=self._answers,
            frames=self._execution,
            gate=OpenGate() if gate is None else gate,
            host=host,
            limits=limits,
            granted=granted,
            services=services or {},
        )
        self._ending = Ending(
            self._scope,
            self._schedule,
            self._execution,
            self._bridge,
            self._answers,
            self._liveness,
        )
        self._start(engine, limits, registry.install_spec(limits.value_chars))

    def _start(self, make: EngineFactory, limits: EngineLimits, spec: str) -> None:
        try:
            self._engine = make(self._bridge, limits)
        except EngineError as error:
            raise RealmError(f"{self._name}: the engine cannot start: {error}") from error
        self._engine.install(spec)
        self._execution.start(self._engine)
        self._loop.adopt(self)

    @classmethod
    def create(cls, loop: LoopThread, registry: Registry, **options: Any) -> Realm:
        """Make a realm on the loop thread; from any thread. Arguments as of the class."""
        return loop.call(lambda: cls(loop, registry, **options))

    def __repr__(self) -> str:
        return f"<Realm {self._name}{' closed' if self.closed else ''}>"

    @property
    def name(self) -> str:
        """For messages."""
        return self._name

    @property
    def loop(self) -> LoopThread:
        """The thread that it lives on."""
        return self._loop

    @property
    def closed(self) -> bool:
        """Whether it was closed or discarded."""
        return self._execution.closed

    @property
    def busy(self) -> bool:
        """Whether its JavaScript stands on the stack where it must not be entered."""
        return self._execution.busy

    @property
    def scope(self) -> Scope:
        """For whom the realm was made."""
        return self._scope

    @property
    def current_scope(self) -> Scope:
        """For whom JavaScript runs now."""
        return self._execution.scope

    @property
    def idle(self) -> bool:
        """Whether nothing is left that could run JavaScript here."""
        waiting = self._liveness.waiting or self._bridge.calls.keep_alive
        return not waiting and self._schedule.empty and self._execution.depth == 0

    def statistics(self) -> RealmStatistics:
        """A snapshot.

        Raises:
            RealmClosedError: The realm is gone.
        """
        self._execution.check_open()
        return RealmStatistics(
            engine=self._engine.statistics(),
            calls=self._bridge.calls.statistics(),
            callbacks=len(self._bridge.callbacks),
            host_objects=len(self._bridge.calls.objects),
            timers=self._liveness.timers,
            queued=len(self._schedule),
        )

    # -- timers, host calls, what keeps it alive ------------------------------------------------

    def call_later(
        self, delay: float, action: Callable[[], object], *, scope: Scope, keep_alive: bool = True
    ) -> Timer:
        """Do something in `delay` seconds.

        Args:
            delay: Seconds.
            action: What to do, on the loop thread.
            scope: The timer ends with it.
            keep_alive: Whether the realm is not idle until then.

        Raises:
            RealmClosedError: The realm is gone.
        """
        self._execution.check_open()
        return self._liveness.call_later(delay, action, scope, keep_alive)

    def cancel_timer(self, timer: Timer) -> None:
        """Let a timer not happen."""
        self._liveness.cancel_timer(timer)

    def hold(self) -> None:
        """Something outside will still call this realm: it is not idle. Any thread."""
        self._liveness.hold()

    def unhold(self) -> None:
        """Undo one :meth:`hold`. Any thread."""
        self._liveness.unhold()

    def _notice(self) -> None:
        """Have it looked at whether the realm is idle now."""
        self._schedule.put(Work(self._scope, _nothing, failed=_ignore, always=True))

    def settle(self, call: PendingCall, value: Callable[[], Scalar]) -> None:
        """Settle an asynchronous host call. Any thread."""
        self._schedule.put(Settlement(self._bridge, self._execution, call, value))

    def call_soon(
        self, action: Callable[[], object], refused: Callable[[], object], *, scope: Scope
    ) -> None:
        """Do something after all that this realm has been given so far; from any thread.

        Args:
            action: What to do, on the loop thread; quick.
            refused: Called instead where the realm is closed before that.
            scope: For whom.
        """
        self._schedule.put(Work(scope, action, failed=lambda _: refused(), batch=True, always=True))

    def after_job(self, action: Callable[[], object]) -> None:
        """Do something once the JavaScript that runs now has returned, or waits in a host call.

        It must be quick and not raise: what a script has started begins by this, so that whatever
        the script does in the same job is never too late.
        """
        self._execution.after_job(action)

    def park(self, future: Future[T]) -> T:
        """Wait, inside a synchronous host function, until another thread completes a future.

        The script that called waits; meanwhile the loop thread serves all its realms, this one
        included: jobs, timers and listeners. What parks last returns first, jobs that other scopes
        have queued here come before, and the time is not charged to the script. The future is not
        cancelled when the wait ends early.

        Raises:
            ScriptInterrupted: The scope was interrupted meanwhile, or the realm has to end.
            NestingError: 8 calls are parked already.
            LoopClosedError: The loop thread was shut down meanwhile.
            RealmError: No script of this realm waits for the caller.
        """
        scope = self.current_scope
        future.add_done_callback(lambda _: self._loop.wake())

        def over() -> bool:
            done = future.done() or self._execution.ends(scope)
            return done and self._schedule.is_drained_for(scope)

        with self._schedule.parked(scope):
            self._execution.park(over)
        if future.done():
            return future.result()
        raise ScriptInterrupted(f"{self._name}: interrupted while it waited")

    def throttle(self, future: Future[Any] | None, seconds: float = 1.0) -> None:
        """Wait, inside a host function that has done its work, until a future, if any, is done.

        Unlike :meth:`park` nothing of this realm runs meanwhile, other realms are served. It is for
        back-pressure: a script that gives more than can be taken is slowed down, and no more. The
        wait ends after `seconds`, and where the script has to; what is served on top and waits in
        :meth:`park` has to return before.
        """
        if future is not None:
            future.add_done_callback(lambda _: self._loop.wake())
            self._execution.throttle(future.done, seconds)

    # -- reports --------------------------------------------------------------------------------

    def report(self, error: JavaScriptError, *, scope: Scope) -> None:
        """Report an error that nothing in the script handled."""
        tell(self._observer.unhandled, scope, error)

    def _rejected(self, scope: Scope, descriptions: str) -> None:
        if scope.interrupted:
            return  # What an interrupted job leaves rejected is the interrupt, not an error.
        for description in json.loads(descriptions):
            if not description.get("interrupted"):
                self.report(self._bridge.described_error(description), scope=scope)

    def claim(self, listener: int) -> bool:
        """Whether a listener for one event is to have the one at hand; asked by the engine."""
        return self._deliveries.claim(listener)

    def listener_failed(self, listener: int, error: JavaScriptError) -> None:
        """A listener threw, or its promise rejected; told by the engine."""
        self._deliveries.listener_failed(listener, error)

    def limit_exceeded(self, scope: Scope, limit: Limit) -> None:
        """A limit of `scope` is over; told by what watches it.

        What has been interrupted may leave promises that never settle, so nobody waits for them;
        by the time that they end, the observer knows why.
        """
        tell(self._observer.limit_exceeded, scope, limit)
        self._answers.end(scope, ScriptInterrupted(f"{self._name}: {limit} limit"))

    def poll(self) -> bool:
        """Whether the JavaScript that runs now must end; asked by the engine."""
        return self._execution.poll()

    def step(self) -> bool:
        """Do a bounded piece of work; answers whether there is more. For the loop thread."""
        if self.closed:
            return False
        self._sweep()
        more = self._schedule.step()
        if not more:
            self._look_idle()
        return more

    def _look_idle(self) -> None:
        if self.idle and not self.closed:
            tell(self._observer.idle)

    def _sweep(self) -> None:
        """Let the engine go of functions that no one holds any more."""
        gone = self._bridge.callbacks.take_released()
        if gone:
            with suppress(ScriptInterrupted):
                self._execution.enter(self._scope, lambda: self._engine.release(*gone))

    # -- ending what a scope has, and the end ---------------------------------------------------

    def abort(self, scope: Scope | None, error: BaseException) -> None:
        """Reject the pending host calls of a scope, or all; their tasks are cancelled. Any thread.

        What belongs to the scope is included.
        """
        self._ending.abort(scope, error)

    def end(self, scope: Scope | None, error: BaseException) -> Future[None]:
        """End what a scope has here, or all: calls, timers, answers that are awaited. Any thread.

        Latch the scope first, so that what its jobs still do is interrupted. Other scopes are not
        disturbed, but a realm whose jobs take another half second of CPU time is discarded.

        Returns:
            A future that is done when nothing of the scope is left.
        """
        return self._ending.end(scope, error)

    def interrupt(self) -> Future[None]:
        """End all JavaScript of the realm, and what it waits for; it stays usable. Any thread.

        Work that is given to the realm after this is done as usual.

        Returns:
            A future that is done when nothing is left of what ran.
        """
        return self._ending.interrupt(ScriptInterrupted(f"{self._name}: interrupted"))

    def close(self, reason: str = "closed") -> None:
        """Free the realm, at once or as soon as its JavaScript has left the stack."""
        if self.closed:
            return
        self._execution.close(reason)
        error = RealmClosedError(f"{self._name} is {reason}")
        self._ending.finish(None, error)
        calls = [c for c in self._bridge.calls.cancel(None) if not self._ending.covers(c)]
        if calls:
            tell(self._observer.unsettled, calls)
        self._schedule.close(error)
        self._answers.close(error)
        if self._execution.depth == 0:
            self.left()

    def shut(self) -> None:
        """The loop thread ends."""
        self.close("closed: the loop thread was shut down")

    def abandon(self) -> None:
        """The loop thread is stuck: let nobody wait for this realm. From another thread."""
        error = RealmClosedError(f"{self._name} is closed: the loop thread was shut down")
        self._schedule.abandon(error)
        self._answers.close(error)

    def discard(self, reason: str) -> None:
        """Close the realm because it cannot be ended otherwise."""
        logger.info("%s is discarded: %s", self._name, reason)
        self.close(f"discarded: {reason}")

    def left(self) -> None:
        """Its JavaScript has left the stack for good: free it."""
        self._engine.close()
        self._bridge.close()
        self._loop.disown(self)
        tell(self._observer.closed, self._execution.reason)


def _nothing() -> None:
    pass


def _ignore(_: BaseException) -> None:
    pass
