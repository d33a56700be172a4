"""A realm: one isolated JavaScript heap, its queue of work, and whose work that is."""

from __future__ import annotations

import json
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from marotte.realm.adapter import QuickJSEngine
from marotte.realm.bridge import Answer, RealmBridge
from marotte.realm.engine import (
    EngineError,
    EngineFactory,
    EngineInterrupted,
    EngineLimits,
    EngineOutOfMemory,
    EngineStatistics,
    Scalar,
)
from marotte.realm.errors import (
    JavaScriptError,
    RealmClosedError,
    RealmError,
    ScriptInterrupted,
)
from marotte.realm.functions import (
    Callback,
    CallStatistics,
    Gate,
    OpenGate,
    PendingCall,
    Registry,
)
from marotte.realm.hostloop import HostLoop
from marotte.realm.loop import LoopThread, Timer
from marotte.realm.modules import ScriptRoot
from marotte.realm.scope import Limit, Scope

__all__ = ["Realm", "RealmObserver", "RealmStatistics"]

T = TypeVar("T")
logger = logging.getLogger("marotte.realm")

SLICE_SECONDS = 0.01
CHECK_SECONDS = 0.005
MEMORY_CHECK_SECONDS = 0.01
MEMORY_CHECK_SHARE = 10
JOB_BATCH = 256
LATCHED_DRAIN_SECONDS = 0.5


class RealmObserver:
    """What a realm reports; the base does nothing but log. Called on the loop thread."""

    def unhandled(self, scope: Scope, error: JavaScriptError) -> None:
        """An error that nothing in the script handled: a rejection, a throwing timer."""
        logger.warning("unhandled error in a script: %s", error)

    def listener_failed(self, scope: Scope, error: JavaScriptError) -> None:
        """An event listener threw or rejected."""
        logger.warning("a listener failed: %s", error)

    def limit_exceeded(self, scope: Scope, limit: Limit) -> None:
        """A limit was met; what ran has been interrupted."""

    def idle(self) -> None:
        """Nothing is left that could run JavaScript."""

    def closed(self, reason: str) -> None:
        """The realm is gone; `reason` is ``closed`` or says why it was discarded."""


@dataclass(frozen=True, slots=True)
class RealmStatistics:
    """A snapshot of a realm."""

    engine: EngineStatistics
    calls: CallStatistics
    callbacks: int
    host_objects: int
    timers: int
    queued: int


@dataclass(eq=False, slots=True)
class _Work:
    """One piece of work: for whom, what, and whether more of it may come before jobs run."""

    scope: Scope
    action: Callable[[], object]
    batch: bool = False
    bound: bool = True


class Realm:
    """An isolated JavaScript heap with its modules, limits and host functions.

    Made by :meth:`create`; everything but :meth:`create`, :meth:`submit` and the other methods that
    say so is for the loop thread only.

    Args:
        loop: The thread that it lives on.
        registry: What its scripts can call.
        scope: For whom it was made; interrupting this scope ends everything in it.
        root: Where its modules come from.
        limits: Of heap, stack and crossing values.
        host: Where asynchronous host functions run.
        gate: The entry check of host functions.
        services: What bindings find by :meth:`service`, by type.
        granted: Capabilities, such as ``env``.
        observer: What is told of errors, limits and the end.
        name: For messages.
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
        self._loop = loop
        self._name = name
        self._own_scope = self._scope = Scope(name) if scope is None else scope
        self._limits = EngineLimits() if limits is None else limits
        self._root = ScriptRoot(provided=registry.modules) if root is None else root
        self._observer = RealmObserver() if observer is None else observer
        self._lock = threading.Lock()
        self._work: deque[_Work] = deque()
        self._timers: dict[Timer, Scope] = {}
        self._listener_failures: dict[int, Callable[[JavaScriptError], object] | None] = {}
        self._draining: Scope | None = None
        self._enlisted = self._busy = self._latched = self._closed = False
        self._depth = self._holds = 0
        self._doom = ""
        self._next_check = math.inf
        self._next_memory = self._slice_start = self._drain_start = 0.0
        self._bridge = RealmBridge(
            self,
            registry,
            self._root,
            gate=OpenGate() if gate is None else gate,
            host=host,
            limits=self._limits,
            granted=granted,
            services=services or {},
        )
        self._engine = engine(self._bridge, self._limits)
        self._engine.install(registry.install_spec(self._limits.value_chars))
        self._next_check = 0.0
        loop.adopt(self)

    @classmethod
    def create(cls, loop: LoopThread, registry: Registry, **options: Any) -> Realm:
        """Make a realm on the loop thread; from any thread. Arguments as of the class."""
        return loop.call(lambda: cls(loop, registry, **options))

    def __repr__(self) -> str:
        return f"<Realm {self._name}{' closed' if self._closed else ''}>"

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
        return self._closed

    @property
    def busy(self) -> bool:
        """Whether its JavaScript stands on the stack where it must not be entered."""
        return self._busy

    @property
    def scope(self) -> Scope:
        """For whom the realm was made."""
        return self._own_scope

    @property
    def current_scope(self) -> Scope:
        """For whom JavaScript runs now."""
        return self._scope

    def statistics(self) -> RealmStatistics:
        """A snapshot."""
        self._check_open()
        return RealmStatistics(
            engine=self._engine.statistics(),
            calls=self._bridge.calls.statistics(),
            callbacks=self._bridge.held_callbacks,
            host_objects=len(self._bridge.calls.objects),
            timers=len(self._timers),
            queued=len(self._work),
        )

    # -- entering JavaScript --------------------------------------------------------------------

    def _enter(self, scope: Scope, action: Callable[[], T]) -> T:
        """Run what executes JavaScript, for a scope; the only way in.

        Raises:
            ScriptInterrupted: It was interrupted.
            RealmClosedError: The realm is gone.
        """
        self._check_open()
        before, self._scope = self._scope, scope
        busy, self._busy = self._busy, True
        if self._depth == 0:
            self._slice_start = time.perf_counter()
            if self._loop.nested:
                self._engine.rebase_stack()
        self._depth += 1
        self._loop.meter.enter(scope)
        try:
            return scope.context.copy().run(action)
        except EngineInterrupted:
            raise ScriptInterrupted(f"{self._name}: JavaScript was interrupted") from None
        except EngineOutOfMemory:
            self._exceed_memory()
            raise ScriptInterrupted(f"{self._name}: out of memory") from None
        except EngineError as error:
            self._discard(f"the engine failed: {error}")
            raise ScriptInterrupted(f"{self._name}: {error}") from None
        finally:
            self._loop.meter.leave()
            self._depth -= 1
            self._scope, self._busy = before, busy
            if self._depth == 0:
                self._settle_down()

    def _settle_down(self) -> None:
        """Nothing of this realm is on the stack: do what had to wait for that."""
        if self._latched and not self._closed:
            self._recover_memory()
        if self._closed:
            self._free()

    def _recover_memory(self) -> None:
        self._engine.collect()
        if self._engine.memory_bytes() <= self._limits.memory_bytes:
            self._latched = False
        else:
            self._discard("memory limit: the heap stays full after a collection")

    def _check_open(self) -> None:
        if self._closed:
            raise RealmClosedError(f"{self._name} is {self._doom or 'closed'}")

    def poll(self) -> bool:
        """Asked by the engine while JavaScript runs: must it end?"""
        if self._latched or self._closed or self._scope.interrupted or self._loop.closing:
            return True
        now = time.perf_counter()
        return now >= self._next_check and self._check(now)

    def _check(self, now: float) -> bool:
        self._next_check = now + CHECK_SECONDS
        if now >= self._next_memory:
            used = self._engine.memory_bytes()
            cost = time.perf_counter() - now
            self._next_memory = now + max(MEMORY_CHECK_SECONDS, MEMORY_CHECK_SHARE * cost)
            if used > self._limits.memory_bytes:
                self._exceed_memory()
        self._loop.meter.charge()
        if now - self._slice_start > SLICE_SECONDS:
            self._loop.preempt(SLICE_SECONDS)
            self._slice_start = time.perf_counter()
        return self._latched or self._closed or self._scope.interrupted

    def _exceed_memory(self) -> None:
        if not self._latched:
            self._latched = True
            self._scope.exceed("memory", latch=False)
            self._observer.limit_exceeded(self._scope, "memory")

    # -- work -----------------------------------------------------------------------------------

    def _queue(self, work: _Work) -> None:
        """Take work, from any thread; dropped once the realm is closed."""
        with self._lock:
            if self._closed:
                return
            self._work.append(work)
            if self._enlisted:
                return
            self._enlisted = True
        if self._loop.is_current:
            self._loop.enlist(self)
        else:
            self._loop.post(lambda: self._loop.enlist(self))

    def step(self) -> bool:
        """Do the next piece of work and run jobs, for one scope and a bounded time."""
        if self._closed:
            return False
        for ident in self._bridge.sweep(self._engine):
            self._listener_failures.pop(ident, None)
        if self._draining is None and self._work:
            self._draining = self._take_work()
        if self._draining is not None and not self._closed and self._drain(self._draining):
            self._draining = None
        return self._has_more()

    def _take_work(self) -> Scope:
        """Do the first piece of work, with all that may share its run of the job queue."""
        first = self._work.popleft()
        self._do(first)
        while first.batch and self._work and not self._closed:
            following = self._work[0]
            if not following.batch or following.scope is not first.scope:
                break
            self._do(self._work.popleft())
        return first.scope

    def _do(self, work: _Work) -> None:
        try:
            self._enter(work.scope, work.action)
        except ScriptInterrupted:
            pass
        except RealmClosedError:
            pass
        except JavaScriptError as error:
            self._observer.unhandled(work.scope, error)

    def _drain(self, scope: Scope) -> bool:
        """Run jobs until there are none or the slice is over; answers whether none are left."""
        start = time.perf_counter()
        self._drain_start = self._drain_start or start
        while not self._closed:
            try:
                if self._enter(scope, lambda: self._engine.run_jobs(JOB_BATCH)):
                    break
            except ScriptInterrupted:
                if time.perf_counter() - self._drain_start > LATCHED_DRAIN_SECONDS:
                    self._discard("its jobs could not be interrupted")
                    return True
            if time.perf_counter() - start > SLICE_SECONDS:
                if not scope.interrupted:
                    self._drain_start = 0.0
                return False
        self._drain_start = 0.0
        if not self._closed:
            self._report_unhandled(scope)
        return True

    def _report_unhandled(self, scope: Scope) -> None:
        told = None
        try:
            told = self._enter(scope, self._engine.take_unhandled)
        except ScriptInterrupted:
            return
        for description in json.loads(told or "[]"):
            self._observer.unhandled(scope, JavaScriptError.from_description(description))

    def _has_more(self) -> bool:
        with self._lock:
            if self._closed:
                self._enlisted = False
                return False
            if self._work or self._draining is not None:
                return True
            self._enlisted = False
        if self.idle:
            self._observer.idle()
        return False

    @property
    def idle(self) -> bool:
        """Whether nothing is left that could run JavaScript here."""
        waiting = self._work or self._timers or self._bridge.calls.pending or self._holds
        return not waiting and self._draining is None

    def hold(self) -> None:
        """Something outside will still call this realm: it is not idle. Any thread."""
        with self._lock:
            self._holds += 1

    def unhold(self) -> None:
        """Undo one :meth:`hold`. Any thread."""
        with self._lock:
            self._holds -= 1
        self._queue(_Work(self._own_scope, lambda: None))

    # -- what the host does with it ---------------------------------------------------------------

    def evaluate(self, source: str, *, scope: Scope | None = None) -> Future[Any]:
        """Evaluate source as a classic script and answer its completion value.

        From any thread. A promise is waited for.

        Returns:
            A future of the JSON value; it raises :class:`JavaScriptError` for what the script
            threw, :class:`ScriptInterrupted`, :class:`RealmClosedError`.
        """
        return self._answering(lambda: self._engine.evaluate(source), scope)

    def run_script(self, path: str, *, scope: Scope | None = None) -> Future[Any]:
        """Run a classic script; the future is done when its top level is."""
        return self._answering(lambda: self._engine.run_script(path), scope)

    def run_module(self, path: str, *, scope: Scope | None = None) -> Future[Any]:
        """Evaluate a module, its top-level ``await`` included; answers the names it exports."""
        return self._answering(lambda: self._engine.run_module(path), scope)

    def run_file(self, path: str, *, scope: Scope | None = None) -> Future[Any]:
        """Run what is at `path` (``./main.js``) as what it is: classic script or module.

        ``.mjs`` is a module, ``.cjs`` a classic script; ``.js`` is a module if it does not compile
        as a classic script (top-level ``import``, ``export`` or ``await``).
        """

        def run() -> Scalar:
            if path.endswith(".mjs") or not (
                path.endswith(".cjs") or self._engine.is_classic(self._root.read(path))
            ):
                return self._engine.run_module(path)
            return self._engine.run_script(path)

        return self._answering(run, scope)

    def invoke(self, callback: Callback, *args: Any, scope: Scope | None = None) -> Future[Any]:
        """Call a function of a script with JSON values; from any thread.

        What it answers, or the promise it answers settles to, is the future's result.
        """
        self._check_callback(callback)

        def call() -> Scalar:
            return self._engine.invoke(callback.ident, *map(self._bridge.encode, args))

        return self._answering(call, scope)

    def fire(self, callback: Callback, *args: Any, scope: Scope) -> None:
        """Call a function of a script for its effect; what it throws is reported as unhandled."""
        self._check_callback(callback)

        def call() -> None:
            answer = self._engine.invoke(callback.ident, *map(self._bridge.encode, args))
            try:
                self._bridge.decode(answer)
            except Answer as promise:
                self._expect(promise.ident, scope, self._reporting(scope))

        self._queue(_Work(scope, call))

    def deliver(
        self,
        event: str,
        callback: Callback,
        *,
        scope: Scope,
        wanted: Callable[[], bool] | None = None,
        failed: Callable[[JavaScriptError], object] | None = None,
    ) -> None:
        """Call a listener with an event; from any thread.

        Deliveries of one scope that are ready together are made in one entry, in order.

        Args:
            event: A JSON object; the listener gets it frozen.
            callback: The listener.
            scope: For whom it was registered.
            wanted: Asked just before the call, so that taking a listener away acts at once.
            failed: Told what the listener throws, or what the promise it answers rejects with;
                without it the observer is.
        """
        self._check_callback(callback)

        def call() -> None:
            if wanted is None or wanted():
                self._listener_failures[callback.ident] = failed
                self._engine.deliver(event, callback.ident)

        self._queue(_Work(scope, call, batch=True))

    def call_exported(self, path: str, name: str) -> Callback | None:
        """The function that an evaluated module exports, retained; ``None``: it is none."""
        ident = self._enter(self._own_scope, lambda: self._engine.retain_export(path, name))
        return None if ident is None else self._bridge.callback(int(self._bridge.decode(ident)))

    def exported(self, path: str, name: str) -> Any:
        """A JSON value that an evaluated module exports."""
        return self._bridge.decode(
            self._enter(self._own_scope, lambda: self._engine.exported(path, name))
        )

    def call_later(self, delay: float, action: Callable[[], object], *, scope: Scope) -> Timer:
        """Do something in `delay` seconds; it keeps the realm from being idle until then."""

        def fire() -> None:
            self._timers.pop(timer, None)
            action()

        timer = self._loop.call_later(delay, fire)
        self._timers[timer] = scope
        return timer

    def cancel_timer(self, timer: Timer) -> None:
        """Let a timer not happen."""
        timer.cancel()
        if self._timers.pop(timer, None) is not None:
            self._queue(_Work(self._own_scope, lambda: None))

    def settle(self, call: PendingCall, value: Callable[[], Scalar]) -> None:
        """Settle an asynchronous host call; from any thread."""

        def settle() -> None:
            if self._bridge.calls.pending.pop(call.ident, None) is not None:
                try:
                    encoded = value()
                except Exception as error:
                    encoded = self._bridge.error_text(error)
                self._engine.settle(call.ident, encoded)

        self._queue(_Work(call.scope, settle, batch=True))

    def report(self, error: JavaScriptError, *, scope: Scope) -> None:
        """Report an error that nothing in the script handled. Loop thread."""
        self._observer.unhandled(scope, error)

    def listener_failed(self, ident: int, error: JavaScriptError) -> None:
        """A listener threw or rejected; told by the kernel."""
        failed = self._listener_failures.get(ident)
        if failed is None:
            self._observer.listener_failed(self._scope, error)
        else:
            failed(error)

    # -- answers ----------------------------------------------------------------------------------

    def _answering(self, action: Callable[[], Scalar], scope: Scope | None) -> Future[Any]:
        future: Future[Any] = Future()
        whose = self._own_scope if scope is None else scope

        def run() -> None:
            try:
                future.set_result(self._bridge.decode(action()))
            except Answer as promise:
                self._expect(promise.ident, whose, future)
            except EngineInterrupted:
                future.set_exception(ScriptInterrupted(f"{self._name}: interrupted"))
                raise
            except BaseException as error:
                future.set_exception(error)
                if isinstance(error, EngineError):
                    raise

        with self._lock:
            if self._closed:
                raise RealmClosedError(f"{self._name} is {self._doom or 'closed'}")
        self._queue(_Work(whose, run))
        return future

    def _expect(self, ident: int, scope: Scope, future: Future[Any]) -> None:
        self._bridge.answers[ident] = (scope, future)

    def _reporting(self, scope: Scope) -> Future[Any]:
        """A future that reports an error as unhandled."""
        future: Future[Any] = Future()

        def report(done: Future[Any]) -> None:
            error = done.exception()
            if isinstance(error, JavaScriptError):
                self._observer.unhandled(scope, error)

        future.add_done_callback(report)
        return future

    def _check_callback(self, callback: Callback) -> None:
        if callback.realm is not self._bridge:
            raise RealmError(
                f"{callback!r} was given to {self._name}; a callback is called in its own realm"
            )

    # -- cancelling and the end ---------------------------------------------------------------------

    def abort(self, scope: Scope | None, error: BaseException) -> None:
        """Reject the pending host calls of a scope, whose tasks are cancelled; from any thread."""

        def reject() -> None:
            for call, value in self._bridge.calls.cancel(scope, error):
                self._bridge.calls.pending.pop(call.ident, None)
                self._engine.settle(call.ident, value)

        self._queue(_Work(self._own_scope if scope is None else scope, reject))

    def end(self, scope: Scope, error: BaseException) -> None:
        """End what a scope has here: calls, timers, answers that are awaited. From any thread.

        The scope should be latched first, so that what its jobs still do is interrupted.
        """

        def finish() -> None:
            for timer in [t for t, whose in self._timers.items() if whose.within(scope)]:
                timer.cancel()
                del self._timers[timer]
            answers = self._bridge.answers
            for ident in [i for i, (whose, _) in answers.items() if whose.within(scope)]:
                _, future = answers.pop(ident)
                if not future.done():
                    future.set_exception(error)

        self.abort(scope, error)
        self._queue(_Work(scope, finish))

    def close(self, reason: str = "closed") -> None:
        """Free the realm, at once or as soon as its JavaScript has left the stack. Loop thread."""
        if self._closed:
            return
        with self._lock:
            self._closed = True
            self._doom = reason
        self._finish_work()
        if self._depth == 0:
            self._free()

    def shut(self) -> None:
        """The loop thread ends."""
        self.close("closed: the loop thread was shut down")

    def _discard(self, reason: str) -> None:
        logger.warning("%s is discarded: %s", self._name, reason)
        self.close(f"discarded: {reason}")

    def _finish_work(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        error = RealmClosedError(f"{self._name} is {self._doom}")
        self._bridge.calls.cancel(None, error)
        self._bridge.calls.pending.clear()
        for _, future in self._bridge.answers.values():
            if not future.done():
                future.set_exception(error)
        self._bridge.answers.clear()
        self._work.clear()
        self._listener_failures.clear()
        self._draining = None

    def _free(self) -> None:
        self._bridge.clear()
        self._engine.close()
        self._loop.disown(self)
        self._observer.closed(self._doom)
