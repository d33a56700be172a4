"""What nothing in a script handled is reported once, for the scope that it happened in."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.realm.realm_support import Heard, Reports, World, files, outcome, packed, until

from marotte.realm import Callback, Caller, JavaScriptError, Realm, Scope, host_function

LISTENERS: list[tuple[Callback, Scope]] = []


@host_function
def listen(caller: Caller, callback: Callback) -> None:
    """Listen."""
    LISTENERS.append((callback, caller.scope))


def run(world: World, source: str, name: str = "run") -> tuple[Realm, Reports]:
    """Evaluate a script and let it come to rest."""
    LISTENERS.clear()
    realm, reports = world.reported(listen)
    outcome(realm.evaluate(source, scope=Scope(name)))
    until(lambda: world.on_loop(lambda: realm.idle))
    return realm, reports


def test_an_unhandled_rejection_is_reported_once(world: World) -> None:
    realm, reports = run(world, "Promise.reject(new TypeError('lost')); 0")
    world.settle(realm)
    assert reports.errors == [("run", "TypeError: lost")]


def test_each_scope_has_its_own(world: World) -> None:
    realm, reports = world.reported()
    for name in "abc":
        source = f"(async () => {{ await null; throw new Error('{name}') }})(); 0"
        world.value(realm, source, scope=Scope(name))
    world.settle(realm)
    assert reports.errors == [(name, f"Error: {name}") for name in "abc"]


def test_what_is_handled_in_time_is_not_reported(world: World) -> None:
    _, reports = run(
        world,
        "const p = Promise.reject(1); Promise.resolve().then(() => p.catch(() => 0));"
        "(async () => { try { await Promise.reject(2) } catch {} })(); 0",
    )
    assert reports.errors == []


def test_what_python_gets_as_an_answer_is_not_reported_as_well(world: World) -> None:
    realm, reports = world.reported()
    assert isinstance(outcome(realm.evaluate("Promise.reject(new Error('a'))")), JavaScriptError)
    assert isinstance(outcome(realm.evaluate("throw new Error('b')")), JavaScriptError)
    world.settle(realm)
    assert reports.errors == []


@pytest.mark.parametrize("thrown", ["'x'", "null", "undefined", "5", "new Error('x')", "{}"])
@pytest.mark.parametrize("before", ["", "await null; "])
def test_what_a_module_throws_is_told_to_who_imports_it_alone(
    world: World, tmp_path: Path, thrown: str, before: str
) -> None:
    root = files(
        tmp_path,
        bad_mjs=f"{before}throw {thrown};",
        deep_mjs="import './bad.mjs';",
        main_mjs=f"{before}throw {thrown};",
        catches_mjs="try { await import('./bad.mjs') } catch {}"
        "try { await import('./deep.mjs') } catch {}",
        deeper_mjs="try { await import('./deep.mjs') } catch {}import('./bad.mjs').catch(() => 0);",
        lost_mjs=f"{before}throw {thrown};",
        forgets_mjs="import('./lost.mjs');",
    )
    reports = Reports()
    realm = world.realm(root=root, observer=reports)
    assert outcome(realm.run_file("./catches.mjs")) is None
    assert outcome(realm.run_file("./deeper.mjs")) is None
    assert isinstance(outcome(realm.run_file("./main.mjs")), JavaScriptError)
    assert isinstance(outcome(realm.run_file("./deep.mjs")), JavaScriptError)
    world.settle(realm)
    assert reports.errors == []
    assert outcome(realm.run_file("./forgets.mjs")) is None
    world.settle(realm)
    assert len(reports.errors) == 1


def test_promises_that_reject_alike_are_each_reported_unless_handled(world: World) -> None:
    _, reports = run(
        world,
        "const e = 'e'; Promise.reject(e); Promise.reject(e).catch(() => 0);"
        "(async () => { await null; throw e })(); (async () => { await null; throw e })(); 0",
    )
    assert len(reports.errors) == 3


def test_a_throwing_timer_is_reported_and_the_next_fires(world: World) -> None:
    _, reports = run(
        world,
        "setTimeout(() => { throw new RangeError('one') }, 0);"
        "setTimeout(async () => { await null; throw new RangeError('two') }, 1);"
        "setTimeout(() => { throw 'three' }, 2); 0",
    )
    assert reports.errors == [
        ("run", "RangeError: one"),
        ("run", "RangeError: two"),
        ("run", "three"),
    ]


def test_a_throwing_listener_is_told_and_the_others_hear(world: World) -> None:
    realm, reports = run(
        world,
        "globalThis.heard = [];"
        "listen((e) => { throw new Error('first ' + e.n) });"
        "listen((e) => { heard.push(e.n) });"
        "listen(async (e) => { await null; throw new Error('third ' + e.n) });"
        "listen((e) => { e.n = 5 }); 0",
    )
    told: list[str] = []
    for number in (1, 2):
        realm.deliver(packed({"n": number}), [Heard(*each) for each in LISTENERS])
        realm.deliver(packed({"n": 9}), [Heard(LISTENERS[0][0], Scope("x"), told=told)])
    world.settle(realm)
    assert world.value(realm, "heard") == [1, 2]
    assert sorted(reports.listeners) == [
        ("run", "Error: first 1"),
        ("run", "Error: first 2"),
        ("run", "Error: third 1"),
        ("run", "Error: third 2"),
    ]
    assert told == ["Error: first 9", "Error: first 9"]
    assert reports.errors == []


def test_a_failure_is_told_to_the_listener_that_it_is_of(world: World) -> None:
    realm, _ = run(world, "listen(async (e) => { await null; throw new Error(e.n) }); 0")
    told: dict[str, list[str]] = {"one": [], "two": [], "three": []}
    listeners = {name: Heard(*LISTENERS[0], told=errors) for name, errors in told.items()}
    for name, listener in listeners.items():
        realm.deliver(packed({"n": name}), [listener])
    world.settle(realm)
    assert told == {name: [f"Error: {name}"] for name in told}


def test_events_are_frozen_and_answers_of_listeners_do_not_matter(world: World) -> None:
    realm, reports = run(
        world,
        "globalThis.heard = [];"
        "listen((e) => { heard.push(Object.isFrozen(e), Object.isFrozen(e.inner)) });"
        "listen(() => () => 1);"
        "listen(() => 10n ** 30n); listen(() => Symbol('x')); listen(async () => () => 1); 0",
    )
    realm.deliver(packed({"inner": {}}), [Heard(*each) for each in LISTENERS])
    world.settle(realm)
    assert world.value(realm, "heard") == [True, True]
    assert reports.listeners == []
    assert reports.errors == []


def test_a_listener_that_was_taken_away_is_not_called(world: World) -> None:
    realm, _ = run(world, "globalThis.n = 0; listen(() => { n++ }); 0")
    listener = Heard(*LISTENERS[0])
    realm.deliver(packed({}, {}), [listener])
    world.settle(realm)
    realm.call_soon(lambda: realm.dismiss(listener), lambda: None, scope=listener.scope)
    realm.deliver(packed({}), [listener])
    world.settle(realm)
    assert world.value(realm, "n") == 2


def test_a_realm_is_idle_when_nothing_is_left_and_says_so(world: World) -> None:
    idles: list[bool] = []
    realm, reports = world.reported()
    reports.on_idle = lambda: idles.append(realm.idle)
    world.value(realm, "setTimeout(() => 1, 20); 0")
    assert world.on_loop(lambda: realm.idle) is False
    until(lambda: world.on_loop(lambda: realm.idle))
    world.on_loop(lambda: None)
    assert idles
    assert all(idles)


def test_a_timer_in_the_background_leaves_a_realm_idle(world: World) -> None:
    realm, scope, fired = world.realm(), Scope("run"), list[str]()

    def start() -> None:
        realm.call_later(0.02, lambda: fired.append("x"), scope=scope, keep_alive=False)

    world.on_loop(start)
    assert world.on_loop(lambda: realm.idle) is True
    until(lambda: fired)
    assert world.on_loop(lambda: realm.statistics().timers) == 0


def test_a_held_realm_is_not_idle(world: World) -> None:
    realm, reports = world.reported()
    realm.hold()
    world.value(realm, "1")
    assert world.on_loop(lambda: realm.idle) is False
    told: list[str] = []
    reports.on_idle = lambda: told.append("idle")
    realm.unhold()
    until(lambda: told)
    assert world.on_loop(lambda: realm.idle) is True
