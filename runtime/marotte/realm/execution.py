"""How the JavaScript of a realm is entered, watched while it runs, and made to end."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from marotte.realm.engine import (
    Engine,
    EngineError,
    EngineInterrupted,
    EngineOutOfMemory,
)
from marotte.realm.errors import (
    HostInterrupted,
    RealmClosedError,
    RealmError,
    ScriptInterrupted,
)
from marotte.realm.observer import tell
from marotte.realm.scope import Limit, Scope

if TYPE_CHECKING:
    from marotte.realm.loop import LoopThread

__all__ = ["SLICE_SECONDS", "Execution"]

T = TypeVar("T")

SLICE_SECONDS = 0.01
CHECK_SECONDS = 0.005


class _Owner(Protocol):
    """What an execution asks of its realm."""

    @property
    def name(self) -> str: ...
    def limit_exceeded(self, scope: Scope, limit: Limit) -> None: ...
    def discard(self, reason: str) -> None: ...
    def left(self) -> None: ...


class Execution:
    """The JavaScript frames of one realm; for the loop thread only.

    Attributes:
        engine: What runs.
        scope: For whom JavaScript runs now; outside of any, for whom the realm was made.
        closed: Nothing may run any more.
        reason: Why it is closed.
    """

    engine: Engine

    def __init__(self, owner: _Owner, loop: LoopThread, own_scope: Scope) -> None:
        self._owner = owner
        self._loop = loop
        self._own = self.scope = own_scope
        self.closed = False
        self.reason = ""
        self._full = self._told_memory = self._running = False
        self._depth = self._halts = 0
        self._next_check = math.inf
        self._slice_start = 0.0
        self._after: list[Callable[[], object]] = []

    def start(self, engine: Engine) -> None:
        """From now on scripts run in `engine`, and are watched."""
        self.engine = engine
        self._next_check = 0.0

    # -- entering -------------------------------------------------------------------------------

    @property
    def depth(self) -> int:
        """How many entries stand on the stack."""
        return self._depth

    @property
    def busy(self) -> bool:
        """Whether JavaScript stands on the stack where it must not be entered again."""
        return self._running or (self._depth > 0 and self._unwinding)

    @property
    def _unwinding(self) -> bool:
        """Whether all that is on the stack has to leave it before anything else runs."""
        return self._full or self.closed or self._halts > 0

    def enter(self, scope: Scope, action: Callable[[], T]) -> T:
        """Run what executes JavaScript, for a scope; the only way in.

        Raises:
            ScriptInterrupted: It was interrupted.
            HostInterrupted: As the former, by a host function that no script may catch.
            RealmClosedError: The realm is gone.
        """
        self.check_open()
        before = self.scope, self._running
        self.scope, self._running = scope, True
        if self._depth == 0:
            self._slice_start = time.perf_counter()
        self._depth += 1
        self._loop.meter.enter(scope, self._cpu_exceeded)
        try:
            return scope.context.copy().run(action)
        except EngineError as error:
            raise self._ended(error) from None
        except (KeyboardInterrupt, SystemExit) as error:
            told = f"{self._owner.name}: a host function raised {type(error).__name__}"
            raise HostInterrupted(told) from error
        finally:
            self._loop.meter.leave()
            self._leave()
            self._depth -= 1
            self.scope, self._running = before
            self._do_after()
            if self.closed and self._depth == 0:
                self._owner.left()

    def _ended(self, error: EngineError) -> ScriptInterrupted:
        """What it means to the host that the engine gave up."""
        name = self._owner.name
        if isinstance(error, EngineInterrupted):
            return ScriptInterrupted(f"{name}: JavaScript was interrupted")
        if isinstance(error, EngineOutOfMemory):
            self._exceed_memory()
            return ScriptInterrupted(f"{name}: out of memory")
        self._owner.discard(f"the engine failed: {error}")
        return ScriptInterrupted(f"{name}: the engine failed: {error}")

    def after_job(self, action: Callable[[], object]) -> None:
        """Do something once the JavaScript that runs now has returned, or waits in a host call."""
        if self._running:
            self._after.append(action)
        else:
            action()

    def _do_after(self) -> None:
        if self._after:
            after, self._after = self._after, []
            for action in after:
                tell(action)

    def _leave(self) -> None:
        """A script has returned: see that its heap is in order."""
        if self._depth > 1 or self.closed:
            return
        if self._full or self.engine.exceeds_memory():
            self._recover_memory()

    def check_open(self) -> None:
        """Refuse what comes too late.

        Raises:
            RealmClosedError: The realm is gone.
        """
        if self.closed:
            raise RealmClosedError(f"{self._owner.name} is {self.reason}")

    # -- ending it ------------------------------------------------------------------------------

    def ends(self, scope: Scope) -> bool:
        """Whether JavaScript for this scope must end, and none begin."""
        return (
            self._unwinding
            or scope.interrupted
            or (scope is not self._own and self._own.interrupted)
            or self._loop.closing
        )

    def spoils(self, scope: Scope) -> bool:
        """Whether what JavaScript for this scope throws now is not its own doing.

        Where the heap is over its limit it is not, whoever noticed first.
        """
        if not self.ends(scope) and self.engine.exceeds_memory():
            self._exceed_memory()
        return self.ends(scope)

    def close(self, reason: str) -> None:
        """End all JavaScript for good."""
        self.closed, self.reason = True, reason

    def halt(self) -> None:
        """End all JavaScript of the realm, until as many :meth:`unhalt`. Any thread, locked."""
        self._halts += 1
        self._loop.wake()

    def unhalt(self) -> None:
        """Undo one :meth:`halt`."""
        self._halts -= 1

    def poll(self) -> bool:
        """Asked by the engine while JavaScript runs: must it end?"""
        if self.ends(self.scope):
            return True
        now = time.perf_counter()
        return now >= self._next_check and self._check(now)

    def _check(self, now: float) -> bool:
        self._next_check = now + CHECK_SECONDS
        self._loop.meter.charge()
        if now - self._slice_start > SLICE_SECONDS:
            self._loop.preempt(SLICE_SECONDS)
            self._slice_start = time.perf_counter()
        return self.ends(self.scope)

    def _cpu_exceeded(self, scope: Scope) -> None:
        self._owner.limit_exceeded(scope, "cpu")

    # -- memory ---------------------------------------------------------------------------------

    def _exceed_memory(self) -> None:
        if self._full or self.closed:
            return
        self._full = True
        self._tell_memory()
        if self._depth > 1:
            self._owner.discard("memory limit: exceeded on top of a parked call")

    def _tell_memory(self) -> None:
        self._told_memory = True
        self.scope.exceed("memory", latch=False)
        self._owner.limit_exceeded(self.scope, "memory")

    def _recover_memory(self) -> None:
        if self.engine.collect():
            if not self._told_memory:
                self._tell_memory()
            self._owner.discard("memory limit: the heap stays full after a collection")
        self._full = self._told_memory = False

    # -- waiting --------------------------------------------------------------------------------

    def throttle(self, done: Callable[[], bool], seconds: float) -> None:
        """Let the loop thread serve its other realms until `done`, or for `seconds`.

        It ends as well when the JavaScript that runs must.
        """
        if not self._running:
            return
        scope, wake = self.scope, self._loop.wake
        with scope.watched(wake), self._own.watched(wake):
            self._loop.serve_others(lambda: done() or self.ends(scope), seconds)
        self._slice_start = time.perf_counter()

    def park(self, done: Callable[[], bool]) -> None:
        """Let the loop thread serve all its realms, this one too, until `done` answers true.

        Raises:
            RealmError: No script of this realm waits for the caller.
            ScriptInterrupted: The scope was interrupted meanwhile, or the realm has to end.
            NestingError: Too many calls are parked already.
            LoopClosedError: The loop thread was shut down meanwhile.
        """
        if not self._running:
            raise RealmError(f"{self._owner.name}: only a host function that a script calls parks")
        scope, wake = self.scope, self._loop.wake
        self._do_after()
        self._running = False
        self._loop.meter.enter(None)
        try:
            with scope.watched(wake), self._own.watched(wake), self.engine.parked():
                self._loop.park(lambda: self._unwinding or done())
        finally:
            self._loop.meter.leave()
            self.scope, self._running = scope, True
            self._slice_start = time.perf_counter()
