"""Limits: memory, stack, CPU time; a script meets them and the others do not."""

from __future__ import annotations

import time

import pytest
from tests.realm.realm_support import Budget, Reports, World, outcome

from marotte.realm import (
    EngineLimits,
    JavaScriptError,
    Realm,
    RealmClosedError,
    Scope,
    ScriptInterrupted,
    host_function,
)

MEBIBYTE = 1024 * 1024
LIMITS = EngineLimits(memory_bytes=16 * MEBIBYTE)

HUNGRY = {
    "arrays": "const a = []; for (;;) a.push([1, 2, 3])",
    "objects": "let o = {}; for (;;) o = { o }",
    "strings": "const a = []; for (let i = 0; ; i++) a.push('text ' + i)",
    "one string": "let s = 'x'; for (;;) s += s",
    "closures": "const a = []; for (;;) a.push(() => a)",
    "map": "const m = new Map(); for (let i = 0; ; i++) m.set(i, {})",
    "buffers": "const a = []; for (;;) a.push(new Uint8Array(65536))",
    "promises": "const a = []; for (;;) a.push(new Promise(() => {}))",
    "jobs": "for (;;) Promise.resolve().then(() => {})",
    "async": "(async () => { const a = []; for (;;) { await null; a.push(new Array(100)) } })()",
    "recursion": "const a = []; const f = () => { a.push(new Array(99)); f() }; "
    "for (;;) try { f() } catch {}",
}


@host_function
def keep(value: str = "") -> str:
    """Answer the same."""
    return value


@pytest.mark.parametrize("kind", HUNGRY)
def test_a_script_without_measure_ends_and_the_next_realm_is_fine(world: World, kind: str) -> None:
    realm, reports = world.reported(limits=LIMITS)
    end = outcome(realm.evaluate(HUNGRY[kind], scope=Scope("hungry")))
    assert isinstance(end, ScriptInterrupted | RealmClosedError | JavaScriptError)
    world.on_loop(lambda: None)
    assert_alive_or_gone(world, realm, reports)
    assert world.value(world.realm(limits=LIMITS), "'fine'") == "fine"


def assert_alive_or_gone(world: World, realm: Realm, reports: Reports) -> None:
    """The realm is usable, with room again, or discarded for a reason that names the memory."""
    if realm.closed:
        assert "memory" in reports.ends[0]
        return
    used = world.on_loop(lambda: realm.statistics().engine.memory_bytes)
    assert used <= LIMITS.memory_bytes
    assert world.value(realm, "new Array(1000).fill(1).length", scope=Scope("next")) == 1000


def test_the_limit_is_told_once_for_the_scope_that_met_it(world: World) -> None:
    realm, reports = world.reported(limits=LIMITS)
    told: list[str] = []
    scope = Scope("hungry", on_limit=told.append)
    outcome(realm.evaluate(HUNGRY["arrays"], scope=scope))
    world.on_loop(lambda: None)
    assert reports.limits == [("hungry", "memory")]
    assert told == ["memory"]


@pytest.mark.parametrize(
    "source",
    [
        "new Promise(() => {}); ",
        "(async () => { const a = []; for (;;) { await null; for (;;) a.push({}) } })()",
    ],
)
def test_nobody_waits_for_a_promise_of_a_scope_whose_limit_is_over(
    world: World, source: str
) -> None:
    realm, scope = world.realm(limits=LIMITS), Scope("hungry")
    waiting = realm.evaluate(source, scope=scope)
    busy = realm.evaluate("(() => { const a = []; for (;;) a.push([]) })()", scope=scope)
    assert isinstance(outcome(busy), ScriptInterrupted)
    assert isinstance(outcome(waiting), ScriptInterrupted)
    assert world.value(realm, "'alive'", scope=Scope("other")) == "alive"


def test_what_is_thrown_over_the_limit_is_not_the_scripts_own(world: World) -> None:
    """Whoever hears of the failure has heard of the limit before."""
    realm, reports = world.reported(limits=EngineLimits(memory_bytes=2 * MEBIBYTE))
    known: list[list[tuple[str, str]]] = []
    failed = realm.evaluate(
        "(async () => { await null; globalThis.kept = 'x'.repeat(4 * 2 ** 20); throw 'late' })()",
        scope=Scope("hungry"),
    )
    failed.add_done_callback(lambda _: known.append(list(reports.limits)))
    assert isinstance(outcome(failed), ScriptInterrupted)
    assert known == [[("hungry", "memory")]]


def test_what_is_garbage_is_no_reason_to_end_a_realm(world: World) -> None:
    realm, reports = world.reported(limits=LIMITS)
    source = (
        "for (let i = 0; i < 150; i++) { const a = []; for (let j = 0; j < 1e4; j++) a[j] = {} }"
    )
    assert world.value(realm, source + " 'whole'") == "whole"
    assert reports.limits == []


def test_a_heap_that_stays_full_is_the_end_of_the_realm(world: World) -> None:
    realm, reports = world.reported(limits=EngineLimits(memory_bytes=2 * MEBIBYTE))
    outcome(realm.evaluate("globalThis.kept = []; for (;;) kept.push({})"))
    world.on_loop(lambda: None)
    assert realm.closed
    assert reports.ends == [
        "discarded: memory limit: the heap stays full after a collection",
    ]
    with pytest.raises(RealmClosedError, match="discarded: memory limit"):
        realm.evaluate("1").result()


def test_too_deep_a_recursion_is_an_error_that_scripts_catch(world: World) -> None:
    realm = world.realm(keep)
    source = "const f = (n) => f(n + 1) + 1; try { f(0) } catch (e) { e.name }"
    for _ in range(3):
        assert world.value(realm, source) in ("RangeError", "InternalError")
    assert world.value(realm, "keep('alive')") == "alive"


def test_a_smaller_stack_holds_less(world: World) -> None:
    source = "let depth = 0; const f = () => { depth++; f() }; try { f() } catch {} depth"
    large = world.value(world.realm(), source)
    small = world.value(world.realm(limits=EngineLimits(stack_bytes=128 * 1024)), source)
    assert 2 * small < large


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"memory_bytes": 5}, "memory_bytes: 5: expected at least 1048576"),
        ({"stack_bytes": 2 * MEBIBYTE}, "stack_bytes: 2097152: expected 65536 to 1048576"),
        ({"value_chars": 1}, "value_chars: 1: expected at least 1024"),
    ],
)
def test_limits_that_make_no_sense_are_refused(options: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EngineLimits(**options)


# -- CPU time --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "for (;;) {}",
        "(async () => { for (;;) await null })()",
        "setTimeout(() => { for (;;) {} }, 0); new Promise(() => {})",
    ],
)
def test_a_cpu_limit_latches_its_scope_and_is_told(world: World, source: str) -> None:
    realm, reports = world.reported()
    told: list[str] = []

    def over(limit: str) -> None:
        told.append(limit)
        realm.end(scope, ScriptInterrupted("cpu limit"))

    scope = Scope("busy", budget=Budget(0.05), on_limit=over)
    start = time.thread_time()
    assert isinstance(outcome(realm.evaluate(source, scope=scope)), ScriptInterrupted)
    assert time.thread_time() - start < 5
    world.on_loop(lambda: None)
    assert told == ["cpu"]
    assert reports.limits == [("busy", "cpu")]
    assert scope.interrupted
    assert 0.05 <= scope.cpu_seconds < 1
    assert world.value(realm, "'next'", scope=Scope("next")) == "next"


def test_a_cpu_limit_counts_over_all_entries_and_realms_of_a_scope(world: World) -> None:
    scope = Scope("busy", budget=Budget(0.1))
    first, second = world.realm(), world.realm()
    ends = []
    for number in range(2000):
        realm = first if number % 2 else second
        ends.append(outcome(realm.evaluate("for (let i = 0; i < 3e4; i++) {} 1", scope=scope)))
        if scope.interrupted:
            break
    assert ends[0] == 1
    assert 0.1 <= scope.cpu_seconds < 1
    for realm in (first, second):
        assert isinstance(outcome(realm.evaluate("1", scope=scope)), ScriptInterrupted)


def test_a_script_is_not_charged_for_what_preempts_it(world: World) -> None:
    realm, other = world.realm(), world.realm()
    slow, busy = Scope("slow"), Scope("busy")
    first = realm.evaluate("for (let i = 0; i < 2e6; i++) {} 1", scope=slow)
    second = other.evaluate("for (let i = 0; i < 2e6; i++) {} 2", scope=busy)
    start = world.on_loop(time.thread_time)
    assert (outcome(first), outcome(second)) == (1, 2)
    used = world.on_loop(time.thread_time) - start
    assert slow.cpu_seconds + busy.cpu_seconds <= used + 0.2
    assert min(slow.cpu_seconds, busy.cpu_seconds) > 0.2 * max(slow.cpu_seconds, busy.cpu_seconds)
