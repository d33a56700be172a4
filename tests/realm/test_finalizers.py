"""What cleanups of a script do and throw when the engine collects."""

from __future__ import annotations

from concurrent.futures import Future

import pytest
from tests.realm.realm_support import Reports, World

from marotte.realm import Caller, Realm, host_function


@host_function
def rest(caller: Caller) -> None:
    """Collect, and park the script for a moment, in which jobs run."""
    realm, future = caller.realm.realm, Future[None]()
    realm._execution.engine.collect()
    realm.call_later(0.002, lambda: future.set_result(None), scope=caller.scope)
    realm.park(future)


def collected(world: World, source: str) -> tuple[Realm, Reports]:
    """A realm in which a script has run and what it let go was collected."""
    realm, reports = world.reported(rest)
    world.value(realm, source)
    world.on_loop(realm._execution.engine.collect)
    world.settle(realm)
    return realm, reports


def test_a_cleanup_is_called_with_what_was_registered(world: World) -> None:
    source = """
    globalThis.seen = [];
    globalThis.registry = new FinalizationRegistry((...held) => seen.push(...held));
    registry.register({}, "one");
    const kept = globalThis.kept = {};
    registry.register(kept, "two");
    registry.register({}, "three", kept);
    registry.unregister(kept)
    """
    realm, reports = collected(world, source)
    assert world.value(realm, "seen") == ["one"]
    assert reports.errors == []


@pytest.mark.parametrize(
    ("thrown", "told"),
    [
        ("new TypeError('cleanup')", "TypeError: cleanup"),
        ("'text'", "text"),
        ("new RangeError('x'.repeat(300))", "RangeError: " + 300 * "x"),
    ],
)
def test_what_a_cleanup_throws_is_an_unhandled_error(world: World, thrown: str, told: str) -> None:
    cleanup = f"() => {{ throw {thrown} }}"
    source = f"globalThis.r = new FinalizationRegistry({cleanup}); r.register({{}})"
    realm, reports = collected(world, source)
    assert reports.errors == [("realm", told)]
    assert world.value(realm, "1") == 1
    assert reports.ends == []


def test_a_cleanup_that_has_no_stack_left_does_not_end_the_realm(world: World) -> None:
    source = """
    globalThis.r = new FinalizationRegistry(() => { (function f() { f() })() });
    let rested = 0;
    (function deeper() {
      try { deeper() } catch {} finally { if (rested < 5) r.register({}), rest(), rested++ }
    })();
    rested
    """
    realm, reports = world.reported(rest)
    assert world.value(realm, source) == 5
    world.settle(realm)
    assert world.value(realm, "1") == 1
    assert reports.ends == []


TRUE = [
    "FinalizationRegistry.name === 'FinalizationRegistry' && FinalizationRegistry.length === 1",
    "new FinalizationRegistry(() => {}) instanceof FinalizationRegistry",
    "new FinalizationRegistry(() => {}).constructor === FinalizationRegistry",
    "`${new FinalizationRegistry(() => {})}` === '[object FinalizationRegistry]'",
    "class Mine extends FinalizationRegistry {} new Mine(() => {}) instanceof Mine",
    "Object.keys(globalThis).includes('FinalizationRegistry') === false",
    "try { FinalizationRegistry(() => {}) } catch (e) { e instanceof TypeError }",
    "try { new FinalizationRegistry(1) } catch (e) { e instanceof TypeError }",
    "try { FinalizationRegistry.prototype = 1; false } catch { 'strict' } "
    "FinalizationRegistry.prototype !== 1",
]


@pytest.mark.parametrize("source", TRUE)
def test_of_the_registry_it_is_true_that(world: World, source: str) -> None:
    assert world.value(world.realm(), source) is True
