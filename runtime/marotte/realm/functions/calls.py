"""The one path by which a script calls Python: entry check, validation, counting, settlement."""

from __future__ import annotations

import contextvars
import itertools
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import anyio
import anyio.to_thread

from marotte.realm.engine import Scalar
from marotte.realm.errors import InvalidValueError, RealmError
from marotte.realm.functions.declaration import HostFunction
from marotte.realm.functions.registry import Registry
from marotte.realm.functions.types import Bridge, Caller, HostObject
from marotte.realm.hostloop import HostLoop, HostTask
from marotte.realm.scope import Scope
from marotte.realm.values import decode_json, encode_scalar, whole

__all__ = ["CallStatistics", "Gate", "HostCalls", "OpenGate", "PendingCall"]


class Gate(Protocol):
    """The entry check: what decides, centrally, whether a host function may run now."""

    def check(self, function: HostFunction[..., Any], scope: Scope) -> None:
        """Raise where it may not; called in the scope's context, before anything is validated."""
        ...

    def call(
        self, function: HostFunction[..., Any], scope: Scope
    ) -> AbstractAsyncContextManager[object]:
        """Wrap one asynchronous call in flight, on the host loop, in the scope's context."""
        ...


class OpenGate:
    """Lets everything pass, for realms that belong to no run."""

    def check(self, function: HostFunction[..., Any], scope: Scope) -> None:
        """Refuse nothing."""

    def call(
        self, function: HostFunction[..., Any], scope: Scope
    ) -> AbstractAsyncContextManager[object]:
        """Wrap with nothing."""
        return nullcontext()


@dataclass(frozen=True, slots=True)
class CallStatistics:
    """Counts by qualified function name; `pending` are the asynchronous calls in flight."""

    calls: Mapping[str, int]
    errors: Mapping[str, int]
    refused: Mapping[str, int]
    pending: Mapping[str, int]


@dataclass(eq=False, slots=True)
class PendingCall:
    """An asynchronous host call whose promise the script holds."""

    ident: int
    function: HostFunction[..., Any]
    scope: Scope
    since: float = field(default_factory=time.monotonic)
    task: HostTask | None = None

    def __str__(self) -> str:
        return f"{self.function.qualified_name}() for {time.monotonic() - self.since:.1f} s"


class Objects:
    """The Python objects that a script holds, counted by how often they crossed."""

    def __init__(self) -> None:
        self._objects: dict[int, HostObject] = {}
        self._idents: dict[int, int] = {}
        self._crossings: Counter[int] = Counter()
        self._next = itertools.count(1)

    def __len__(self) -> int:
        return len(self._objects)

    def reference(self, value: HostObject, index: int) -> str:
        """The tag under which the object crosses."""
        ident = self._idents.get(id(value))
        if ident is None:
            ident = self._idents[id(value)] = next(self._next)
            self._objects[ident] = value
        self._crossings[ident] += 1
        return f"o{index}:{ident}"

    def get(self, ident: int) -> HostObject | None:
        """The object that crossed as `ident`."""
        return self._objects.get(ident)

    def drop(self, ident: int, crossings: int) -> None:
        """The script has let go of what crossed so often; the rest may be on its way."""
        self._crossings[ident] -= crossings
        if self._crossings[ident] <= 0:
            del self._crossings[ident]
            value = self._objects.pop(ident, None)
            if value is not None:
                del self._idents[id(value)]

    def clear(self) -> None:
        """Let go of everything."""
        self._objects.clear()
        self._idents.clear()
        self._crossings.clear()


class HostCalls:
    """Host functions as one realm calls them.

    Args:
        registry: What can be called.
        realm: The realm, as host functions see it.
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
        gate: Gate,
        host: HostLoop | None,
        max_chars: int,
        granted: frozenset[str],
        settle: Callable[[PendingCall, Callable[[], Scalar]], None],
        error_text: Callable[[BaseException], str],
    ) -> None:
        self.objects = Objects()
        self.pending: dict[int, PendingCall] = {}
        self._registry = registry
        self._realm = realm
        self._gate = gate
        self._host = host
        self._max_chars = max_chars
        self._granted = granted
        self._settle = settle
        self._error_text = error_text
        self._next = itertools.count(1)
        self._calls: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()

    def call(
        self, scope: Scope, index: int, receiver: int, kinds: int, args: Sequence[Scalar]
    ) -> Scalar:
        """Run a host function for a script; see ``EngineHost.call``."""
        function = self._registry.functions[index]
        self._enter(function, scope)
        try:
            bound = self._bind(function, scope, receiver, kinds, args)
            if function.asynchronous:
                return self._start(function, scope, *bound)
            positional, named = bound
            value = function.function(*positional, **named)
            owner = self.objects.get(receiver) if receiver >= 0 else None
            if owner is not None and value is owner:
                return "t"
            return self.encode(value, function)
        except BaseException:
            self._errors[function.qualified_name] += 1
            raise

    def _enter(self, function: HostFunction[..., Any], scope: Scope) -> None:
        name = function.qualified_name
        try:
            if function.capability is not None and function.capability not in self._granted:
                raise PermissionError(
                    f"{name}() needs the grant '{function.capability}', which this script was "
                    f"not given"
                )
            self._gate.check(function, scope)
        except BaseException:
            self._refused[name] += 1
            raise
        self._calls[name] += 1

    def _bind(
        self,
        function: HostFunction[..., Any],
        scope: Scope,
        receiver: int,
        kinds: int,
        args: Sequence[Scalar],
    ) -> tuple[list[Any], dict[str, Any]]:
        positional: list[Any] = []
        if function.is_method:
            positional.append(self._receiver(function, receiver))
        named = function.bind(self._decode(function, kinds, args), self._realm)
        if function.caller_name is not None:
            named = {**named, function.caller_name: Caller(self._realm, scope)}
        rest = function.rest_name
        if rest is None:
            return positional, named
        fixed = [named[p.name] for p in function.parameters if not p.rest]
        return [*positional, *fixed, *named[rest]], {
            k: v for k, v in named.items() if k == function.caller_name
        }

    def _receiver(self, function: HostFunction[..., Any], ident: int) -> HostObject:
        found = self.objects.get(ident)
        if found is None or not found.js_class.has(function):
            raise InvalidValueError(f"{function.qualified_name} called on another object")
        return found

    def _decode(
        self, function: HostFunction[..., Any], kinds: int, args: Sequence[Scalar]
    ) -> dict[str, Any]:
        values: dict[str, Any] = {}
        rest: list[Any] = []
        parameters = function.parameters
        for position, arg in enumerate(args):
            kind, kinds = kinds % 8, kinds // 8
            parameter = parameters[min(position, len(parameters) - 1)]
            if kind == 2:
                if parameter.rest:
                    rest.append(None)
                continue
            value = decode_json(arg, parameter.js_name) if kind == 1 else whole(arg)  # type: ignore[arg-type]  # JSON comes as text
            if parameter.rest:
                rest.append(value)
            else:
                values[parameter.js_name] = value
        if rest:
            values[parameters[-1].js_name] = rest
        return values

    def encode(self, value: Any, function: HostFunction[..., Any] | None = None) -> Scalar:
        """Encode what a host function answers."""
        if value is None:
            return "u" if function is None or function.returns_nothing else None
        if isinstance(value, HostObject):
            return self.objects.reference(value, self._registry.class_index(type(value)))
        what = "value" if function is None else f"{function.qualified_name}() result"
        return encode_scalar(value, self._max_chars, what)

    # -- asynchronous calls -------------------------------------------------------------------

    def _start(
        self,
        function: HostFunction[..., Any],
        scope: Scope,
        positional: list[Any],
        named: dict[str, Any],
    ) -> Scalar:
        if self._host is None:
            raise RealmError(
                f"{function.qualified_name}() is asynchronous; the realm has no host loop"
            )
        call = PendingCall(next(self._next), function, scope)
        self.pending[call.ident] = call
        work = partial(self._execute, call, partial(function.function, *positional, **named))
        call.task = self._host.start(work, contextvars.copy_context())
        return f"p{call.ident}"

    async def _execute(self, call: PendingCall, action: Callable[[], Any]) -> None:
        function = call.function
        answered = False
        try:
            async with self._gate.call(function, call.scope):
                if function.blocking:
                    value = await anyio.to_thread.run_sync(action, abandon_on_cancel=True)
                else:
                    value = await action()
            answered = True
            self._settle(call, lambda: self.encode(value, function))
        except Exception as error:
            answered = True
            self._fail(call, error)
        finally:
            if not answered:
                self._fail(call, RealmError("context canceled"))

    def _fail(self, call: PendingCall, error: BaseException) -> None:
        self._errors[call.function.qualified_name] += 1
        self._settle(call, lambda: self._error_text(error))

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
        pending = Counter(c.function.qualified_name for c in tuple(self.pending.values()))
        return CallStatistics(
            dict(self._calls), dict(self._errors), dict(self._refused), dict(pending)
        )
