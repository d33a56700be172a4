"""The Python half of the bridge: what the engine calls, and what crosses by reference."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from marotte.realm.answers import Answers
from marotte.realm.engine import EngineLimits, Scalar
from marotte.realm.errors import (
    ExportError,
    JavaScriptError,
    ScriptInterrupted,
    clean_text,
    describe_exception,
)
from marotte.realm.functions import (
    Callback,
    Callbacks,
    Frames,
    Gate,
    HostCalls,
    HostObject,
    PendingCall,
    Registry,
)
from marotte.realm.hostloop import HostLoop
from marotte.realm.modules import ScriptRoot, classic_function
from marotte.realm.values import decode_json, whole

__all__ = ["Answer", "RealmBridge"]

S = TypeVar("S")
logger = logging.getLogger("marotte.realm")
KEPT_ERRORS = 256


class Answer(Exception):
    """Not an error: a script answered a promise, whose number this carries."""

    def __init__(self, ident: int) -> None:
        super().__init__(ident)
        self.ident = ident


class _Owner(Protocol):
    """What the bridge asks of its realm."""

    @property
    def name(self) -> str: ...
    def poll(self) -> bool: ...
    def settle(self, call: PendingCall, value: Callable[[], Scalar]) -> None: ...
    def claim(self, listener: int) -> bool: ...
    def listener_failed(self, listener: int, error: JavaScriptError) -> None: ...


class RealmBridge:
    """Implements ``EngineHost`` for the engine and ``Bridge`` for host functions."""

    def __init__(
        self,
        owner: _Owner,
        registry: Registry,
        root: ScriptRoot,
        *,
        answers: Answers,
        frames: Frames,
        gate: Gate,
        host: HostLoop | None,
        limits: EngineLimits,
        granted: frozenset[str],
        services: Mapping[type, object],
    ) -> None:
        self._owner = owner
        self._registry = registry
        self._root = root
        self._max_chars = limits.value_chars
        self._services = services
        self.callbacks = Callbacks(self)
        self._errors: dict[int, BaseException] = {}
        self._next_error = 0
        self._fetched: dict[str, str] = {}
        self._loaded: set[str] = set()
        self._answers = answers
        self.calls = HostCalls(
            registry,
            self,
            frames=frames,
            gate=gate,
            host=host,
            max_chars=limits.value_chars,
            granted=granted,
            settle=owner.settle,
        )
        self.call = self.calls.call

    # -- for host functions -------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Of the realm."""
        return self._owner.name

    @property
    def realm(self) -> Any:
        """The realm itself."""
        return self._owner

    def callback(self, ident: int) -> Callback:
        """The callback under which a script's function is known; the same while it is held."""
        return self.callbacks.get(ident)

    def host_object(self, ident: int) -> HostObject | None:
        """The host object that the script knows as `ident`."""
        return self.calls.objects.get(ident)

    def service(self, kind: type[S]) -> S:
        """What was wired in under a type."""
        try:
            found = self._services[kind]
        except KeyError:
            raise LookupError(
                f"realm {self.name}: nothing provides {kind.__name__} for its bindings"
            ) from None
        if not isinstance(found, kind):
            raise LookupError(f"realm {self.name}: the service {kind.__name__} has a wrong type")
        return found

    # -- values -------------------------------------------------------------------------------

    def encode(self, value: Any, what: str = "value") -> Scalar:
        """A value for the script."""
        return self.calls.encode(value, what)

    def decode(self, value: Scalar) -> Any:
        """What a script answered.

        Raises:
            JavaScriptError: It threw.
            ExportError: It exports what cannot cross.
            ScriptInterrupted: It was interrupted, and a promise carried that on.
            Answer: It answered a promise.
        """
        if not isinstance(value, str):
            return whole(value)
        tag, rest = value[:1], value[1:]
        if tag == "s":
            return rest
        if tag == "u":
            return None
        if tag == "j":
            return decode_json(rest)
        if tag == "p":
            raise Answer(int(rest))
        if tag == "o":
            return self.calls.objects.get(int(rest))
        described = json.loads(rest)
        if described.get("interrupted"):
            raise ScriptInterrupted(f"{self.name}: JavaScript was interrupted")
        error = self.described_error(described)
        if tag == "x":
            raise ExportError(f"{self.name}: what it exports cannot cross: {error}") from error
        raise error

    def javascript_error(self, text: str) -> JavaScriptError:
        """The error that the kernel describes, as JSON."""
        return self.described_error(json.loads(text))

    def described_error(self, description: Mapping[str, Any]) -> JavaScriptError:
        """The error that the kernel describes."""
        return JavaScriptError.from_description(description, self._errors)

    # -- for the engine -----------------------------------------------------------------------

    def poll(self) -> bool:
        return self._owner.poll()

    def settled(self, ident: int, value: Scalar, /) -> None:
        self._answers.settle(int(ident), lambda: self.decode(value))

    def claim(self, listener: int, /) -> bool:
        return self._owner.claim(int(listener))

    def listener_failed(self, listener: int, error: str, /) -> None:
        described = json.loads(error[1:])
        if not described.get("interrupted"):
            self._owner.listener_failed(int(listener), self.described_error(described))

    def drop(self, ident: int, crossings: int, /) -> None:
        self.calls.objects.drop(int(ident), int(crossings))

    def class_spec(self, index: int, /) -> str:
        return self._registry.class_spec(int(index))

    def binding_spec(self, name: str, /) -> str:
        return self._registry.binding_spec(name)

    def face(self, name: str, /) -> tuple[str, str]:
        return self._registry.face(name)

    def resolve(self, base: str, specifier: str, /) -> str:
        return "s" + self._root.resolve(base, specifier)

    def classic_source(self, path: str, /) -> tuple[str, str] | str:
        if path.endswith(".json"):
            return self.json_module(path)
        return classic_function(self._root.read(path)), path

    def resolve_module(self, base: str, specifier: str, /) -> str:
        """Also reads what was not loaded yet, so that all refusals are made here."""
        if self._registry.module_source(specifier) is not None:
            return specifier
        path = self._root.resolve_module(base, specifier)
        if path not in self._loaded:
            self._fetched[path] = self._read_module(path)
        return path

    def module_source(self, name: str, /) -> str:
        self._loaded.add(name)
        fetched = self._fetched.pop(name, None)
        return self._read_module(name) if fetched is None else fetched

    def _read_module(self, name: str) -> str:
        provided = self._registry.module_source(name)
        if provided is not None:
            return provided
        if name.endswith(".json"):
            self._root.read_json(name)
            return f'export default globalThis[Symbol.for("marotte.module")]({json.dumps(name)});'
        return self._root.read(name)

    def json_module(self, name: str, /) -> str:
        self._root.read_json(name)
        return "j" + self._root.read(name)

    def error_text(self, error: BaseException, /) -> str:
        told = describe_exception(error)
        if isinstance(error, Exception):
            self._next_error += 1
            self._errors[self._next_error] = error
            self._errors.pop(self._next_error - KEPT_ERRORS, None)
            told["id"] = self._next_error
        try:
            return "e" + json.dumps(told)
        except (TypeError, ValueError):
            return "e" + json.dumps({"name": "Error", "message": clean_text(str(told["message"]))})

    def tagged(self, value: Callable[[], Scalar]) -> Scalar:
        """What `value` answers, or the tagged text of what it raises."""
        try:
            return value()
        except Exception as error:
            return self.error_text(error)

    def close(self) -> None:
        """Let go of everything that the script held, and of the realm."""
        self._errors.clear()
        self.calls.objects.clear()
