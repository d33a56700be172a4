"""Scripts that do not end by themselves are ended, and others never notice."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from typing import Any

import pytest
from tests.realm.realm_support import SECONDS, World, outcome, until

from marotte.realm import (
    Caller,
    HostInterrupted,
    Realm,
    RealmClosedError,
    Scope,
    ScriptInterrupted,
    host_function,
)

BOUND = 5.0
"""Within which what is interrupted has ended: it takes some 10 ms on an idle machine."""

ENDLESS = {
    "loop": "for (;;) {}",
    "while": "while (true) {}",
    "catch-all": "for (;;) { try { for (;;) {} } catch {} finally { continue } }",
    "finally": "try { throw 1 } finally { for (;;) {} }",
    "finally after interrupt": "try { for (;;) {} } finally { for (;;) {} }",
    "recursion": "function f() { for (;;) g() } function g() { try { f() } catch { f() } } f()",
    "await": "(async () => { for (;;) await null })()",
    "await catch-all": "(async () => { for (;;) try { await null; for (;;) {} } catch {} })()",
    "await finally": "(async () => { try { await null; for (;;) {} } finally { for (;;) {} } })()",
    "never": "new Promise(() => {})",
    "many": "(async () => { for (;;) await Promise.all(Array.from({ length: 99 }, async () => 1))"
    " })()",
    "jobs": "function next() { Promise.resolve().then(next).then(next, next) } next(); 0; "
    "new Promise(() => {})",
    "thenable": "(async () => { for (;;) await { then(r) { for (;;) r } } })()",
    "generator": "(async () => { for await (const x of (async function* () { for (;;) yield 1 })())"
    " ; })()",
    "timer": "setTimeout(() => { for (;;) {} }, 0); new Promise(() => {})",
    "timers": "(function again() { setTimeout(again, 0) })(); new Promise(() => {})",
    "sort": "[3, 1, 2].sort(() => { for (;;) {} })",
    "replace": "'aaa'.replace(/a/g, () => { for (;;) {} })",
    "getter": "({ get x() { for (;;) {} } }).x",
    "proxy": "new Proxy({}, { get() { for (;;) {} } }).x",
    "to json": "({ toJSON() { for (;;) {} } })",
    "regular expression": "/^(a+)+$/.test('a'.repeat(40) + 'b')",
}


def assert_whole(world: World, realm: Realm) -> None:
    """The realm is as usable as ever, or cleanly gone."""
    if realm.closed:
        with pytest.raises(RealmClosedError, match="discarded"):
            realm.evaluate("1").result(SECONDS)
    else:
        assert world.value(realm, "[1, 2].map((x) => x + 1)", scope=Scope("after")) == [2, 3]


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_scope_is_ended_from_python_while_others_carry_on(world: World, kind: str) -> None:
    realm, other, scope = world.realm(), world.realm(), Scope("run")
    running = realm.evaluate(ENDLESS[kind], scope=scope)
    time.sleep(0.02)
    assert world.value(other, "6 * 7") == 42
    start = time.monotonic()
    scope.interrupt()
    realm.end(scope, ScriptInterrupted("cancelled")).result(SECONDS)
    assert isinstance(outcome(running), ScriptInterrupted | RealmClosedError)
    assert time.monotonic() - start < BOUND
    assert_whole(world, realm)
    assert world.value(other, "6 * 7") == 42


LONG = {
    "loop": "for (;;) {}",
    "after an await": "(async () => { await null; for (;;) {} })()",
    "await": "(async () => { for (;;) await null })()",
    "awaits": "for (let i = 0; i < 20; i++) (async () => { for (;;) await null })(); "
    "new Promise(() => {})",
    "await catch-all": "(async () => { for (;;) try { await null; for (;;) {} } catch {} })()",
    "finally": "(async () => { try { await null; for (;;) {} } finally { for (;;) {} } })()",
}


@pytest.mark.parametrize("how", ["scope", "realm"])
@pytest.mark.parametrize("kind", LONG)
def test_what_has_run_for_long_is_ended_and_the_realm_lives_on(
    world: World, kind: str, how: str
) -> None:
    realm, scope = world.realm(), Scope("run")
    other = realm.evaluate("globalThis.other = new Promise((done) => { globalThis.tell = done })")
    running = realm.evaluate(LONG[kind], scope=scope)
    time.sleep(1.1)
    if how == "scope":
        scope.interrupt()
        realm.end(scope, ScriptInterrupted("cancelled")).result(SECONDS)
        world.value(realm, "tell(42)")
        assert outcome(other) == 42
    else:
        realm.interrupt().result(SECONDS)
    assert isinstance(outcome(running), ScriptInterrupted)
    assert not realm.closed
    assert_whole(world, realm)


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_scope_is_ended_by_a_timer_of_another_realm(world: World, kind: str) -> None:
    scope, ended = Scope("run"), Future[None]()

    @host_function
    def stop() -> None:
        """End the run."""
        scope.interrupt()
        realm.end(scope, ScriptInterrupted("cancelled")).add_done_callback(
            lambda _: ended.set_result(None)
        )

    realm, other = world.realm(), world.realm(stop)
    running = realm.evaluate(ENDLESS[kind], scope=scope)
    world.value(other, "setTimeout(stop, 20); 0")
    assert isinstance(outcome(running), ScriptInterrupted | RealmClosedError)
    ended.result(SECONDS)
    assert_whole(world, realm)


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_realm_is_interrupted_as_a_whole_and_stays_usable(world: World, kind: str) -> None:
    realm = world.realm()
    running = realm.evaluate(ENDLESS[kind])
    time.sleep(0.01)
    interrupted = realm.interrupt()
    after = realm.evaluate("'after'")
    assert isinstance(outcome(running), ScriptInterrupted | RealmClosedError)
    interrupted.result(SECONDS)
    assert realm.closed or after.result(SECONDS) == "after"
    assert_whole(world, realm)


@pytest.mark.parametrize("kind", ENDLESS)
def test_closing_the_loop_thread_ends_all(world: World, kind: str) -> None:
    realm = world.realm()
    running = realm.evaluate(ENDLESS[kind])
    queued = realm.evaluate("1")
    time.sleep(0.01)
    assert world.loop.close(BOUND)
    assert isinstance(outcome(running), ScriptInterrupted | RealmClosedError)
    assert outcome(queued) == 1 or isinstance(outcome(queued), RealmClosedError | ScriptInterrupted)
    assert realm.closed


@pytest.mark.parametrize("kind", ["loop", "await", "timers", "never"])
def test_closing_a_realm_ends_what_runs_in_it(world: World, kind: str) -> None:
    realm = world.realm()
    running = realm.evaluate(ENDLESS[kind])
    time.sleep(0.01)
    world.on_loop(realm.close)
    assert isinstance(outcome(running), ScriptInterrupted | RealmClosedError)
    until(lambda: world.loop.statistics().realms == 0)


def test_a_scope_that_was_interrupted_beforehand_never_begins(world: World) -> None:
    seen: list[str] = []

    @host_function
    def see(text: str) -> None:
        """Note."""
        seen.append(text)

    realm, scope = world.realm(see), Scope("run")
    scope.interrupt()
    assert isinstance(outcome(realm.evaluate("see('a')", scope=scope)), ScriptInterrupted)
    child = Scope("child", parent=scope)
    assert isinstance(outcome(realm.evaluate("see('b')", scope=child)), ScriptInterrupted)
    scope.resume()
    assert world.value(realm, "see('c'); 1", scope=scope) == 1
    assert seen == ["c"]


def test_catch_and_finally_do_not_run_when_a_script_is_interrupted(world: World) -> None:
    seen: list[str] = []

    @host_function
    def see(text: str) -> None:
        """Note."""
        seen.append(text)

    realm, scope = world.realm(see), Scope("run")
    running = realm.evaluate(
        "see('begin'); try { for (;;) {} } catch { see('catch') } finally { see('finally') }",
        scope=scope,
    )
    until(lambda: seen)
    scope.interrupt()
    assert isinstance(outcome(running), ScriptInterrupted)
    assert seen == ["begin"]


def test_ending_one_scope_leaves_calls_timers_and_answers_of_others(world: World) -> None:
    fired: list[str] = []

    @host_function
    def note(caller: Caller) -> None:
        """Note who calls."""
        fired.append(caller.scope.name)

    realm = world.realm(note)
    one, two = Scope("one"), Scope("two")
    source = "setTimeout(note, 50); new Promise((resolve) => setTimeout(resolve, 60, 1))"
    answers: list[Future[Any]] = [realm.evaluate(source, scope=scope) for scope in (one, two)]
    realm.end(one, ScriptInterrupted("ended")).result(SECONDS)
    assert str(outcome(answers[0])) == "ended"
    assert outcome(answers[1]) is None
    assert fired == ["two"]
    assert world.on_loop(lambda: realm.statistics().timers) == 0


def test_interrupting_the_scope_of_a_realm_ends_all_scopes_in_it(world: World) -> None:
    own = Scope("own")
    realm = world.realm(scope=own)
    running = realm.evaluate("for (;;) {}", scope=Scope("stranger"))
    time.sleep(0.01)
    own.interrupt()
    assert isinstance(outcome(running), ScriptInterrupted)
    assert isinstance(outcome(realm.evaluate("1", scope=Scope("stranger"))), ScriptInterrupted)


def test_a_scope_is_ended_while_another_spins_in_the_same_realm(world: World) -> None:
    realm, spinning, waiting = world.realm(), Scope("spinning"), Scope("waiting")
    answer = realm.evaluate("new Promise(() => {})", scope=waiting)
    world.value(realm, "0")
    running = realm.evaluate("for (let i = 0; i < 3e6; i++) {} 'whole'", scope=spinning)
    waiting.interrupt()
    ended = realm.end(waiting, ScriptInterrupted("ended"))
    assert outcome(running) == "whole"
    ended.result(SECONDS)
    assert str(outcome(answer)) == "ended"


def test_jobs_that_cannot_be_interrupted_are_the_end_of_the_realm(world: World) -> None:
    realm, reports = world.reported()
    scope = Scope("run")
    # Each job is short and makes two more, so that interrupting single ones never drains the queue.
    source = "const n = () => { Promise.resolve().then(n); Promise.resolve().then(n) }; n(); 0"
    realm.evaluate(source, scope=scope)
    time.sleep(0.05)
    kept = realm.evaluate("1", scope=Scope("other"))
    scope.interrupt()
    ended = realm.end(scope, ScriptInterrupted("ended"))
    ended.result(SECONDS)
    world.on_loop(lambda: None)
    if realm.closed:
        assert reports.ends[0].startswith("discarded: ")
        assert isinstance(outcome(kept), RealmClosedError)
    else:
        assert outcome(kept) == 1
    assert world.value(world.realm(), "1") == 1


def test_a_spinning_realm_leaves_every_other_its_turn(world: World) -> None:
    spinning = [(world.realm(), Scope(f"spin {n}")) for n in range(4)]
    running = [realm.evaluate("for (;;) {}", scope=scope) for realm, scope in spinning]
    other = world.realm()
    for number in range(5):
        assert world.value(other, f"{number}") == number
    assert world.value(other, "new Promise((r) => setTimeout(r, 5, 'timer')).then(() => 1)") == 1
    assert world.loop.statistics().preempted >= 1
    # What stands on top of the stack has to leave it before what lies below can.
    for _, scope in spinning:
        scope.interrupt()
    assert all(isinstance(outcome(future), ScriptInterrupted) for future in running)
    assert world.loop.statistics().max_depth <= 12


@pytest.mark.parametrize("source", ["press()", "Promise.resolve().then(press)", "await_()"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_no_script_may_catch_reaches_whoever_waits(
    world: World, source: str, error: type[BaseException]
) -> None:
    @host_function
    def press() -> None:
        """Raise what ends processes."""
        raise error

    realm = world.realm(press)
    text = (
        f"async function await_() {{ await null; try {{ press() }} catch {{}} for (;;) {{}} }};"
        f"try {{ {source} }} catch {{ }}"
    )
    failed = outcome(realm.evaluate(text))
    assert isinstance(failed, HostInterrupted)
    assert isinstance(failed.__cause__, error)
    assert world.value(realm, "'alive'", scope=Scope("other")) == "alive"


def test_threads_may_interrupt_at_any_moment(world: World) -> None:
    realm = world.realm()
    stop = threading.Event()

    def interrupt() -> None:
        while not stop.is_set():
            realm.interrupt().result(SECONDS)

    threads = [threading.Thread(target=interrupt) for _ in range(3)]
    for thread in threads:
        thread.start()
    outcomes = [outcome(realm.evaluate("for (let i = 0; i < 1e4; i++) {} 1")) for _ in range(100)]
    stop.set()
    for thread in threads:
        thread.join(SECONDS)
    assert all(end == 1 or isinstance(end, ScriptInterrupted) for end in outcomes)
    assert world.value(realm, "'alive'") == "alive"
