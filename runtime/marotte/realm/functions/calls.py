"""The one path by which a script calls Python: entry check, validation, counting, settlement."""

from __future__ import annotations

import contextvars
import itertools
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, TypeVar

from marotte.realm.engine import Scalar
from marotte.realm.errors import InvalidValueError, RealmClosedError, RealmError
from marotte.realm.functions.arguments import Bound
from marotte.realm.functions.declaration import HostFunction
from marotte.realm.functions.faces import FaceValue
from marotte.realm.functions.gate import Gate, OpenGate
from marotte.realm.functions.objects import Objects
from marotte.realm.functions.registry import Registry
from marotte.realm.functions.types import Bridge, Caller, HostObject
from marotte.realm.hostloop import HostLoop, HostTask
from marotte.realm.scope import Scope
from marotte.realm.values import encode_json, encode_scalar

__all__ = ["CallStatistics", "Frames", "HostCalls", "PendingCall"]

T = TypeVar("T")
# What the kernel puts in the place of a function.
_FUNCTION = re.compile(r'"\$function":(\d+)')


@dataclass(frozen=True, slots=True)
class CallStatistics:
    """Counts by qualified function name; `pending` are the asynchronous calls in flight."""

    calls: Mapping[str, int]
    errors: Mapping[str, int]
    refused: Mapping[str, int]
    pending: Mapping[str, int]


@dataclass(eq=False, slots=True)
class PendingCall:
    """An asynchronous host call whose promise the script holds.

    Attributes:
        ident: The number of the promise.
        function: What was called.
        scope: For whom.
        since: When, in seconds of :func:`time.monotonic`.
        task: What runs it on the host loop.
    """

    ident: int
    function: HostFunction[..., Any]
    scope: Scope
    since: float = field(default_factory=time.monotonic)
    task: HostTask | None = None

    @property
    def age(self) -> float:
        """For how many seconds it has been in flight."""
        return time.monotonic() - self.since

    def __str__(self) -> str:
        return f"{self.function.qualified_name}() for {self.age:.1f} s"


class Frames(Protocol):
    """The JavaScript on the stack of the realm."""

    @property
    def scope(self) -> Scope: ...
    @property
    def closed(self) -> bool: ...


class _Counted:
    """A host function as one realm has called it."""

    __slots__ = ("calls", "errors", "function", "name", "refused")

    def __init__(self, function: HostFunction[..., Any]) -> None:
        self.function = function
        self.name = function.qualified_name
        self.calls = self.errors = self.refused = 0


class HostCalls:
    """Host functions as one realm calls them.

    Args:
        registry: What can be called.
        realm: The realm, as host functions see it.
        frames: Says for whom JavaScript runs now.
        gate: The entry check.
        host: Where asynchronous functions run; ``None``: they are refused.
        max_chars: The longest text that crosses, in characters.
        granted: Capabilities that the realm has.
        settle: Takes (call, function that makes the tagged value) from any thread.
    """

    def __init__(
        self,
        registry: Registry,
        realm: Bridge,
        *,
        frames: Frames,
        gate: Gate,
        host: HostLoop | None,
        max_chars: int,
        granted: frozenset[str],
        settle: Callable[[PendingCall, Callable[[], Scalar]], None],
    ) -> None:
        self.objects = Objects()
        self.pending: dict[int, PendingCall] = {}
        self._registry = registry
        self._realm = realm
        self._frames = frames
        # What checks nothing need not be asked.
        self._gate = None if type(gate) is OpenGate else gate
        self._host = host
        self._max_chars = max_chars
        self._granted = granted
        self._settle = settle
        self._next = itertools.count(1)
        self._counted: dict[int, _Counted] = {}
        self._caller = Caller(realm, frames.scope)

    @property
    def keep_alive(self) -> bool:
        """Whether a call is pending for which the script goes on."""
        return any(call.function.keeps_alive for call in self.pending.values())

    def call(self, index: int, receiver: int, kinds: int, /, *args: Scalar) -> Scalar:
        """Run a host function for a script; see ``EngineHost.call``."""
        counted = self._counted.get(index) or self._count(index)
        function = counted.function
        self._enter(counted, kinds, args)
        try:
            positional, named = function.arguments.bind(kinds, args, self._realm)
            if receiver >= 0 or function.caller_place is not None:
                positional, named = self._complete(function, receiver, positional, named)
            if function.asynchronous:
                return self._start(counted, partial(function.function, *positional, **named))
            value = function.function(*positional, **named)
            if receiver >= 0 and value is positional[0]:
                return "t"
            return self._answer(value, function)
        except BaseException:
            counted.errors += 1
            self._let_go(kinds, args)
            raise

    def _count(self, index: int) -> _Counted:
        counted = self._counted[index] = _Counted(self._registry.functions[index])
        return counted

    def _enter(self, counted: _Counted, kinds: int, args: tuple[Scalar, ...]) -> None:
        """The entry check; what it refuses has not been called."""
        function = counted.function
        try:
            if self._frames.closed:
                raise RealmClosedError(f"{self._realm.name} is closed")
            if function.capability is not None and function.capability not in self._granted:
                raise PermissionError(
                    f"{counted.name}() needs the grant '{function.capability}', which this "
                    f"script was not given"
                )
            if self._gate is not None:
                self._gate.check(function, self._frames.scope)
        except BaseException:
            counted.refused += 1
            self._let_go(kinds, args)
            raise
        counted.calls += 1

    def _complete(
        self,
        function: HostFunction[..., Any],
        receiver: int,
        positional: tuple[Any, ...],
        named: dict[str, Any],
    ) -> Bound:
        """Put the receiver and the caller in their places."""
        if receiver >= 0:
            positional = (self._receiver(function, receiver), *positional)
        place, name = function.caller_place, function.caller_name
        if place is None or name is None:
            return positional, named
        caller, scope = self._caller, self._frames.scope
        if caller.scope is not scope:
            caller = self._caller = Caller(self._realm, scope)
        if len(positional) < place:
            return positional, {**named, name: caller}
        return (*positional[:place], caller, *positional[place:]), named

    def _receiver(self, function: HostFunction[..., Any], ident: int) -> HostObject:
        found = self.objects.get(ident)
        if found is None or function not in found.js_class.functions:
            raise InvalidValueError(f"{function.qualified_name} called on another object")
        return found

    def _let_go(self, kinds: int, args: tuple[Scalar, ...]) -> None:
        """Functions in the arguments of a call that failed have been retained by the kernel."""
        if not kinds:
            return
        for arg in args:
            if isinstance(arg, str):
                for ident in _FUNCTION.findall(arg):
                    self._realm.callback(int(ident))

    def encode(self, value: Any, what: str = "value") -> Scalar:
        """A value for the script; ``None`` is ``null``."""
        if isinstance(value, HostObject):
            return self.objects.reference(value, self._registry.class_index(type(value)))
        if isinstance(value, FaceValue):
            reference = "" if value.object is None else f"{self.encode(value.object)} "
            data = encode_json(value.data, self._max_chars, what)
            return f"c{value.binding}:{reference}{data}"
        return encode_scalar(value, self._max_chars, what)

    def _answer(self, value: Any, function: HostFunction[..., Any]) -> Scalar:
        """Encode what a host function answers."""
        if value is None:
            return "u" if function.returns_nothing else None
        if type(value) is str and len(value) <= self._max_chars:
            return f"s{value}"
        if function.completed_by is not None:
            value = FaceValue(function.completed_by.binding, {function.completed_by.key: value})
        return self.encode(value, f"{function.qualified_name}() result")

    # -- asynchronous calls ---------------------------------------------------------------------

    def _start(self, counted: _Counted, action: Callable[[], Any]) -> Scalar:
        if self._host is None:
            raise RealmError(f"{counted.name}() is asynchronous; the realm has no host loop")
        if counted.function.begins_at_once:
            action = _answering(action())
        call = PendingCall(next(self._next), counted.function, self._frames.scope)
        self.pending[call.ident] = call
        call.task = self._host.start(
            partial(self._execute, self._host, call, counted, action),
            contextvars.copy_context(),
            partial(self._fail, call, counted),
        )
        return f"p{call.ident}"

    async def _execute(
        self, host: HostLoop, call: PendingCall, counted: _Counted, action: Callable[[], Any]
    ) -> None:
        function = call.function
        if function.blocking:
            action = partial(host.call_in_thread, action, counted.name)
        try:
            if self._gate is None:
                value = await action()
            else:
                async with self._gate.call(function, call.scope):
                    value = await action()
        except (Exception, SystemExit) as error:
            self._fail(call, counted, error)
        except BaseException:
            self._fail(call, counted, RealmError("context canceled"))
            raise
        else:
            self._settle(call, partial(self._answer, value, function))

    def _fail(self, call: PendingCall, counted: _Counted, error: BaseException) -> None:
        counted.errors += 1
        self._settle(call, partial(self._raise, error))

    def _raise(self, error: BaseException) -> Scalar:
        raise error

    def take(self, call: PendingCall) -> bool:
        """The call is settled, or given up; answers whether it was pending."""
        return self.pending.pop(call.ident, None) is not None

    def cancel(self, within: Scope | None) -> list[PendingCall]:
        """Cancel calls in flight; loop thread.

        Args:
            within: Those of this scope and what belongs to it; ``None``: all.

        Returns:
            The calls; their promises are left to the caller.
        """
        found = [c for c in self.pending.values() if within is None or c.scope.within(within)]
        for call in found:
            del self.pending[call.ident]
            if call.task is not None:
                call.task.cancel()
        return found

    def statistics(self) -> CallStatistics:
        """A snapshot of the counts."""
        counted = tuple(self._counted.values())
        pending = Counter(c.function.qualified_name for c in tuple(self.pending.values()))
        return CallStatistics(
            calls={c.name: c.calls for c in counted if c.calls},
            errors={c.name: c.errors for c in counted if c.errors},
            refused={c.name: c.refused for c in counted if c.refused},
            pending=dict(pending),
        )


def _answering(value: T) -> Callable[[], T]:
    return lambda: value
