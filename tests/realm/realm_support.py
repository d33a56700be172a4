"""What the tests of realms share: a loop thread with realms on it, and an observer that notes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from marotte.realm import (
    Binding,
    Callback,
    Caller,
    HostFunction,
    JavaScriptError,
    Limit,
    LoopThread,
    PendingCall,
    Realm,
    RealmObserver,
    Registry,
    Scope,
    ScriptListener,
    ScriptRoot,
    host_function,
)

T = TypeVar("T")
SECONDS = 20.0
"""How long a test waits for what should happen at once."""


@dataclass
class Reports(RealmObserver):
    """Notes what a realm reports: scopes by name, errors by text."""

    errors: list[tuple[str, str]] = field(default_factory=list)
    listeners: list[tuple[str, str]] = field(default_factory=list)
    limits: list[tuple[str, Limit]] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)
    on_idle: Callable[[], object] = bool

    def unhandled(self, scope: Scope, error: JavaScriptError) -> None:
        self.errors.append((scope.name, str(error)))

    def listener_failed(self, scope: Scope, error: JavaScriptError) -> None:
        self.listeners.append((scope.name, str(error)))

    def limit_exceeded(self, scope: Scope, limit: Limit) -> None:
        self.limits.append((scope.name, limit))

    def unsettled(self, calls: Sequence[PendingCall]) -> None:
        self.leaks.extend(call.function.qualified_name for call in calls)

    def idle(self) -> None:
        self.on_idle()

    def closed(self, reason: str) -> None:
        self.ends.append(reason)


@dataclass
class Budget:
    """So many seconds of CPU."""

    seconds: float
    used: float = 0.0

    def __call__(self, seconds: float) -> bool:
        self.used += seconds
        return self.used > self.seconds


@host_function(effect="control")
def set_timeout(caller: Caller, callback: Callback, milliseconds: float = 0) -> None:
    """Call a function later, for the scope that asks."""
    realm, scope = caller.realm.realm, caller.scope
    realm.call_later(milliseconds / 1000, lambda: realm.fire(callback, scope=scope), scope=scope)


def binding(*functions: HostFunction[..., Any], **options: Any) -> Binding:
    """A binding whose functions are globals."""
    declared = [*functions, set_timeout]
    names = [function.js_name for function in declared if not function.js_name.startswith("_")]
    return Binding(name="test", module="test", functions=declared, global_names=names, **options)


def registry(*functions: HostFunction[..., Any], **options: Any) -> Registry:
    """What realms of a test can call."""
    return Registry([binding(*functions, **options)])


@contextmanager
def running_loop(**options: Any) -> Iterator[LoopThread]:
    """A loop thread that must have ended by the end."""
    loop = LoopThread(**options).start()
    try:
        yield loop
    finally:
        assert loop.close(SECONDS), "the loop thread did not end"


@dataclass
class World:
    """Makes realms on one loop thread and asks them things."""

    loop: LoopThread

    def realm(self, *functions: HostFunction[..., Any], **options: Any) -> Realm:
        """Make a realm whose globals are the functions."""
        offered = options.pop("registry", None) or registry(*functions)
        return Realm.create(self.loop, offered, **options)

    def reported(self, *functions: HostFunction[..., Any], **options: Any) -> tuple[Realm, Reports]:
        """Make a realm, with what it reports."""
        reports = Reports()
        return self.realm(*functions, observer=reports, **options), reports

    def value(self, realm: Realm, source: str, **options: Any) -> Any:
        """What a script answers."""
        return realm.evaluate(source, **options).result(SECONDS)

    def error(self, realm: Realm, source: str, **options: Any) -> JavaScriptError:
        """What a script throws."""
        error = realm.evaluate(source, **options).exception(SECONDS)
        assert isinstance(error, JavaScriptError), error
        return error

    def settle(self, realm: Realm) -> None:
        """Wait until what the realm has to do by now is done."""
        for _ in range(3):
            realm.evaluate("0").result(SECONDS)

    def on_loop(self, action: Callable[[], T]) -> T:
        """Do something on the loop thread."""
        return self.loop.call(action, SECONDS)


class Heard(ScriptListener):
    """A listener whose failures are noted, by message, if there is a list for that."""

    def __init__(
        self, callback: Callback, scope: Scope, type: str = "*", told: list[str] | None = None
    ) -> None:
        super().__init__(type, callback, scope)
        self._told = told

    def failed(self, error: JavaScriptError) -> bool:
        if self._told is None:
            return False
        self._told.append(str(error))
        return True


def packed(*events: object) -> str:
    """Whole events, as realms are given them."""
    return json.dumps([[{}, None, None, list(range(len(events))), events]])


def until(condition: Callable[[], object]) -> None:
    """Wait for something that happens on another thread."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.001)


def outcome(future: Future[Any]) -> object:
    """The result of a future, or the error it has."""
    error = future.exception(SECONDS)
    return future.result() if error is None else error


def files(folder: Path, **texts: str) -> ScriptRoot:
    """A script root with files; ``lib__x_js`` is ``lib/x.js``."""
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return ScriptRoot(folder)
