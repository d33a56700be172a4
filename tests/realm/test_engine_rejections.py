"""Rejections that nobody handles are reported: once, with the whole error, and no others."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.realm.engine_support import (
    FACTORIES,
    Deferred,
    Guest,
    GuestError,
    guest,
    on_engine_thread,
)

from marotte.realm.engine import EngineFactory

factories = pytest.mark.parametrize("factory", FACTORIES.values(), ids=FACTORIES)

REPORTED = {
    "a rejected promise": "Promise.reject(new TypeError('x', { cause: new Error('y') })); 1",
    "an async function": "(async () => { throw new TypeError('x') })(); 1",
    "an await": "(async () => { await null; throw new TypeError('x') })(); 1",
    "an executor": "new Promise(() => { throw new TypeError('x') }); 1",
    "a chain": "Promise.resolve().then(() => { throw new TypeError('x') }).then(() => 1); 1",
    "finally": "Promise.reject(new TypeError('x')).finally(() => {}); 1",
    "a handler that throws": "Promise.reject(1).catch(() => { throw new TypeError('x') }); 1",
    "all": "Promise.all([1, Promise.reject(new TypeError('x'))]); 1",
    "a thenable": "Promise.resolve({ then(_, reject) { reject(new TypeError('x')) } }); 1",
    "an async generator": "(async function* () { throw new TypeError('x') })().next(); 1",
}
SILENT = {
    "handled at once": "Promise.reject(1).catch(() => {}); 1",
    "handled in the same job": "const p = Promise.reject(1); p.catch(() => {}); 1",
    "handled some jobs later": "const p = Promise.reject(1);"
    "(async () => { for (let i = 0; i < 9; i++) await null; p.catch(() => {}) })(); 1",
    "awaited": "(async () => { try { await Promise.reject(1) } catch {} })(); 1",
    "race": "Promise.race([1, Promise.reject(2)]); 1",
    "allSettled": "Promise.allSettled([Promise.reject(2)]); 1",
    "never settled": "new Promise(() => {}); 1",
    "told as the answer": "Promise.reject(new Error('x'))",
    "told as an async answer": "(async () => { await null; throw new Error('x') })()",
    "derived from what is told": "const p = Promise.reject(new Error('x')); p.then(() => {}); p",
}


def settled(script: Guest, source: str) -> list[dict[str, object]]:
    script.engine.evaluate(source)
    script.drain()
    return script.unhandled()


@factories
@pytest.mark.parametrize("case", REPORTED)
@on_engine_thread
def test_an_unhandled_rejection_is_reported_once(factory: EngineFactory, case: str) -> None:
    with guest(factory) as script:
        reported = settled(script, REPORTED[case])
        assert [(told["name"], told["message"]) for told in reported] == [("TypeError", "x")]
        assert script.unhandled() == []
        assert settled(script, "1") == []


@factories
@pytest.mark.parametrize("case", SILENT)
@on_engine_thread
def test_what_is_handled_or_told_is_not_reported(factory: EngineFactory, case: str) -> None:
    with guest(factory) as script:
        assert settled(script, SILENT[case]) == []


@factories
@on_engine_thread
def test_the_report_is_complete_and_in_order(factory: EngineFactory) -> None:
    with guest(factory) as script:
        script.engine.evaluate("Promise.reject(new Error('a', { cause: new RangeError('b') }))")
        reported = settled(
            script,
            """
            function first() { Promise.reject(Object.assign(new Error("one"), { code: 5 })) }
            first();
            Promise.reject("two");
            Promise.reject(undefined);
            1
            """,
        )
    assert [told["message"] for told in reported] == ["one", "two", "threw undefined"]
    assert reported[0]["code"] == 5
    assert "at first (<input>:2:" in str(reported[0]["stack"])


@factories
@on_engine_thread
def test_a_rejection_handled_after_its_report_changes_nothing(factory: EngineFactory) -> None:
    with guest(factory) as script:
        assert len(settled(script, "globalThis.p = Promise.reject(1); 1")) == 1
        assert settled(script, "p.catch(() => {}); 1") == []


@factories
@on_engine_thread
def test_many_are_reported_and_none_is_kept(factory: EngineFactory) -> None:
    with guest(factory) as script:
        settled(script, "1")
        script.engine.collect()
        before = script.engine.memory_bytes()
        source = "for (let i = 0; i < 5000; i++) Promise.reject(new Error('n' + i)); 1"
        assert len(settled(script, source)) == 5000
        script.engine.collect()
        assert script.engine.memory_bytes() < before + 200_000


@factories
@on_engine_thread
def test_a_rejected_host_call_that_nobody_awaits_is_reported(factory: EngineFactory) -> None:
    functions: dict[str, Callable[..., object]] = {"ask": lambda: Deferred(7)}
    with guest(factory, functions) as script:
        script.evaluate("ask(); 1")
        assert script.engine.settle(7, 'e{"name":"HostError","message":"no answer"}')
        assert not script.engine.settle(7, None)
        script.drain()
        assert [told["name"] for told in script.unhandled()] == ["HostError"]


@factories
@on_engine_thread
def test_hostile_reasons_are_reported_as_far_as_can_be(factory: EngineFactory) -> None:
    with guest(factory) as script:
        reported = settled(
            script,
            """
            Promise.reject(new Proxy({}, { getPrototypeOf() { throw 1 }, get() { throw 2 } }));
            Promise.reject({ get then() { throw 1 } });
            Promise.reject(new Error("\\ud800"));
            1
            """,
        )
    assert len(reported) == 3
    assert reported[2]["message"] == "\ud800"


@factories
@on_engine_thread
def test_an_answer_that_rejects_is_told_and_may_still_be_caught(factory: EngineFactory) -> None:
    with guest(factory) as script:
        outcome = script.outcome("globalThis.p = Promise.reject(new Error('x')); p")
        assert isinstance(outcome, GuestError)
        assert script.outcome("p.catch((error) => 'caught ' + error.message)") == "caught x"
        assert script.unhandled() == []
