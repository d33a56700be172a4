"""A realm with the first-party bindings, and what a script in it says and suffers."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from importlib.metadata import entry_points

from pydantic import JsonValue

from marotte.realm import (
    Binding,
    Gate,
    JavaScriptError,
    LoopThread,
    Realm,
    RealmObserver,
    Registry,
    Scope,
)

__all__ = ["Page", "bindings", "open_page"]

PATIENCE = 20.0
NEEDED_ELSEWHERE = {"core", "geppetto"}


def bindings() -> list[Binding]:
    """The first-party bindings that this folder tests, as a host finds them."""
    found = entry_points(group="marotte.bindings")
    return [entry.load() for entry in found if entry.name not in NEEDED_ELSEWHERE]


class Witness(RealmObserver):
    """Remembers what was reported."""

    def __init__(self) -> None:
        self.unhandled_errors: list[JavaScriptError] = []
        self.quiet = threading.Event()

    def unhandled(self, scope: Scope, error: JavaScriptError) -> None:
        self.unhandled_errors.append(error)

    def idle(self) -> None:
        self.quiet.set()


class Page:
    """A realm under test; every method waits, up to :data:`PATIENCE` seconds."""

    def __init__(self, realm: Realm, witness: Witness) -> None:
        self.realm = realm
        self._witness = witness

    def run(self, source: str, *, scope: Scope | None = None) -> JsonValue:
        """Evaluate a classic script; a promise is waited for."""
        self._witness.quiet.clear()
        answer: JsonValue = self.realm.evaluate(source, scope=scope).result(PATIENCE)
        return answer

    def value(self, body: str) -> JsonValue:
        """What the body of an async function returns; ``undefined`` inside shows as null."""
        return self.run(f"(async () => {{ {body} }})()")

    def settle(self) -> None:
        """Wait until nothing is left that could run JavaScript."""
        self._witness.quiet.clear()
        self.realm.evaluate("0").result(PATIENCE)
        assert self._witness.quiet.wait(PATIENCE)

    def log(self, body: str) -> list[JsonValue]:
        """Run a script that calls ``log(value)``; answers what it logged once all is quiet."""
        self.run(f"globalThis.logged = []; globalThis.log = (v) => {{ logged.push(v) }}; {body}; 0")
        self.settle()
        logged = self.run("logged")
        assert isinstance(logged, list)
        return logged

    def error(self, source: str) -> str:
        """``Name: message`` of what the source throws."""
        future: Future[object] = self.realm.evaluate(source)
        found = future.exception(PATIENCE)
        assert isinstance(found, JavaScriptError), f"{source} threw nothing"
        return str(found)

    @property
    def unhandled(self) -> list[str]:
        """``Name: message`` of what was reported as unhandled, in order."""
        return [str(error) for error in self._witness.unhandled_errors]


@contextmanager
def open_page(
    services: Mapping[type, object] | None = None, gate: Gate | None = None
) -> Iterator[Page]:
    """A fresh realm on a fresh loop thread; it has no host loop."""
    with LoopThread() as loop:
        witness = Witness()
        realm = Realm.create(
            loop, Registry(bindings()), services=services or {}, gate=gate, observer=witness
        )
        yield Page(realm, witness)
        loop.call(realm.close)
