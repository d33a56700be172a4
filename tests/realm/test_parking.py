"""Synchronous host calls that wait: the thread meanwhile serves all its realms."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from typing import Any

import pytest
from tests.realm.realm_support import SECONDS, Budget, Heard, World, outcome, packed

from marotte.realm import (
    Callback,
    Caller,
    EngineLimits,
    HostFunction,
    NestingError,
    Realm,
    RealmClosedError,
    RealmError,
    Scope,
    ScriptInterrupted,
    host_function,
)
from marotte.realm.loop import MAX_PARKED


class Waits:
    """Futures by name, that scripts wait for and tests complete."""

    def __init__(self) -> None:
        self.futures: dict[str, Future[Any]] = {}
        self.log: list[str] = []
        self.listeners: list[tuple[Callback, Scope]] = []
        self.changed = threading.Condition()

    def functions(self) -> list[HostFunction[..., Any]]:
        """What scripts call."""

        @host_function
        def wait(caller: Caller, name: str) -> Any:
            """Park until the test completes the future of that name."""
            with self.changed:
                future = self.futures[name] = Future()
                self.changed.notify_all()
            return caller.realm.realm.park(future)

        @host_function
        def note(caller: Caller, text: str) -> None:
            """Note what happens, and for whom."""
            with self.changed:
                self.log.append(f"{caller.scope.name}: {text}")
                self.changed.notify_all()

        @host_function
        def listen(caller: Caller, callback: Callback) -> None:
            """Listen."""
            self.listeners.append((callback, caller.scope))

        return [wait, note, listen]

    def parked(self, name: str) -> Future[Any]:
        """The future that a script is parked on."""
        with self.changed:
            assert self.changed.wait_for(lambda: name in self.futures, SECONDS)
        return self.futures[name]

    def noted(self, text: str) -> None:
        """Wait until something was noted."""
        with self.changed:
            assert self.changed.wait_for(lambda: text in self.log, SECONDS), self.log


@pytest.fixture
def waits() -> Waits:
    """Nothing is waited for yet."""
    return Waits()


def test_a_parked_call_answers_what_the_future_does(world: World, waits: Waits) -> None:
    realm = world.realm(*waits.functions())
    answer = realm.evaluate("wait('a') + 1")
    waits.parked("a").set_result(41)
    assert outcome(answer) == 42
    answer = realm.evaluate("try { wait('b') } catch (e) { e.name + e.message }")
    waits.parked("b").set_exception(LookupError("gone"))
    assert outcome(answer) == "LookupErrorgone"
    assert world.loop.statistics().parked == 0


def test_what_is_done_already_does_not_wait(world: World) -> None:
    @host_function
    def ready(caller: Caller) -> int:
        """Answer at once."""
        future: Future[int] = Future()
        future.set_result(5)
        return caller.realm.realm.park(future)

    assert world.value(world.realm(ready), "ready()") == 5


def test_meanwhile_the_same_realm_is_served_jobs_timers_and_listeners(
    world: World, waits: Waits
) -> None:
    realm = world.realm(*waits.functions())
    answer = realm.evaluate(
        """
        listen((event) => note("event " + event.n));
        setTimeout(() => { note("timer"); Promise.resolve().then(() => note("timer's job")) }, 5);
        Promise.resolve().then(() => note("job before"));
        note("parking");
        const got = wait("a");
        Promise.resolve().then(() => note("job after"));
        note("back with " + got);
        """,
        scope=Scope("run"),
    )
    future = waits.parked("a")
    waits.noted("run: timer's job")
    callback, scope = waits.listeners[0]
    realm.deliver(packed({"n": 1}), [Heard(callback, scope)])
    waits.noted("run: event 1")
    assert world.value(realm, "1 + 1", scope=Scope("other")) == 2
    assert not answer.done()
    future.set_result("x")
    assert outcome(answer) is None
    waits.noted("run: job after")
    assert waits.log == [
        "run: parking",
        "run: job before",
        "run: timer",
        "run: timer's job",
        "run: event 1",
        "run: back with x",
        "run: job after",
    ]


def test_jobs_of_others_are_drained_before_a_parked_script_goes_on(
    world: World, waits: Waits
) -> None:
    realm = world.realm(*waits.functions())
    one = realm.evaluate("wait('a'); Promise.resolve().then(() => note('job'))", scope=Scope("one"))
    future = waits.parked("a")
    chain = "note('n'); (async () => { for (let i = 0; i < 3000; i++) await null; note('end') })()"
    two = realm.evaluate(chain, scope=Scope("two"))
    waits.noted("two: n")
    future.set_result(None)
    assert outcome(two) is None
    assert outcome(one) is None
    waits.noted("one: job")
    assert waits.log == ["two: n", "two: end", "one: job"]


def test_two_overlapping_parked_calls_starve_nobody(world: World, waits: Waits) -> None:
    functions = waits.functions()
    first, second, third = (world.realm(*functions, name=name) for name in ("1", "2", "3"))
    source = (
        "setTimeout(() => note('timer of ' + NAME), 1); note('parks ' + NAME); "
        "note(NAME + ' has ' + wait(NAME)); NAME"
    )
    one = first.evaluate(source.replace("NAME", "'one'"), scope=Scope("1"))
    waits.parked("one")
    two = second.evaluate(source.replace("NAME", "'two'"), scope=Scope("2"))
    waits.parked("two")
    assert world.loop.statistics().parked == 2
    for number in range(20):
        assert world.value(third, f"{number} + 1") == number + 1
    waits.noted("1: timer of one")
    waits.noted("2: timer of two")
    # The first may be done first, but what parked last returns first.
    waits.futures["one"].set_result("its answer")
    assert world.value(third, "1") == 1
    assert not one.done()
    waits.futures["two"].set_result("its answer too")
    assert outcome(two) == "two"
    assert outcome(one) == "one"
    assert waits.log[-2:] == ["2: two has its answer too", "1: one has its answer"]


def test_scripts_of_one_realm_park_on_top_of_each_other(world: World, waits: Waits) -> None:
    realm = world.realm(*waits.functions())
    source = "(n) => setTimeout(() => note(n + wait(n)), 0)"
    world.value(realm, f"for (const n of ['a', 'b', 'c']) ({source})(n); 0", scope=Scope("run"))
    futures = [waits.parked(name) for name in "abc"]
    assert world.loop.statistics().parked == 3
    for future in futures:
        future.set_result("!")
    waits.noted("run: a!")
    assert waits.log == ["run: c!", "run: b!", "run: a!"]


def test_the_ninth_parked_call_is_refused_by_name(world: World, waits: Waits) -> None:
    functions = waits.functions()
    realms = [world.realm(*functions) for _ in range(MAX_PARKED + 1)]
    answers = []
    for number, realm in enumerate(realms[:-1]):
        answers.append(realm.evaluate(f"wait('{number}')"))
        waits.parked(f"{number}")
    error = world.error(realms[-1], "wait('last')")
    assert error.name == "NestingError"
    assert isinstance(error.__cause__, NestingError)
    assert world.value(realms[-1], "'alive'") == "alive"
    for number in reversed(range(MAX_PARKED)):
        waits.futures[f"{number}"].set_result(number)
    assert [outcome(answer) for answer in answers] == list(range(MAX_PARKED))


def test_the_time_parked_is_not_charged_to_the_script(world: World, waits: Waits) -> None:
    functions = waits.functions()
    scope, busy = Scope("run", budget=Budget(0.2)), Scope("busy")
    answer = world.realm(*functions).evaluate("wait('a'); 'whole'", scope=scope)
    future = waits.parked("a")
    other = world.realm(*functions)
    while busy.cpu_seconds < 0.3:
        world.value(other, "for (let i = 0; i < 1e6; i++) {} 0", scope=busy)
    future.set_result(None)
    assert outcome(answer) == "whole"
    assert scope.cpu_seconds < 0.1


def test_a_parked_script_is_ended_when_its_scope_is_interrupted(world: World, waits: Waits) -> None:
    realm = world.realm(*waits.functions())
    parent = Scope("parent")
    scope = Scope("run", parent=parent)
    answer = realm.evaluate(
        "try { wait('a') } finally { note('cleanup'); for (;;) {} }", scope=scope
    )
    waits.parked("a")
    start = time.monotonic()
    parent.interrupt()
    assert isinstance(outcome(answer), ScriptInterrupted)
    assert time.monotonic() - start < 5
    assert world.value(realm, "1", scope=Scope("other")) == 1


@pytest.mark.parametrize("end", [Realm.interrupt, Realm.close])
def test_a_parked_script_is_ended_with_its_realm(world: World, waits: Waits, end: Any) -> None:
    realm = world.realm(*waits.functions())
    answer = realm.evaluate("wait('a')")
    future = waits.parked("a")
    world.on_loop(lambda: end(realm))
    assert isinstance(outcome(answer), ScriptInterrupted | RealmClosedError)
    assert not future.done()
    other = world.realm()
    assert world.value(other, "1") == 1
    assert world.loop.statistics().parked == 0


def test_parked_scripts_are_ended_with_the_loop_thread(world: World, waits: Waits) -> None:
    functions = waits.functions()
    answers = []
    for name in "abc":
        answers.append(world.realm(*functions).evaluate(f"wait('{name}')"))
        waits.parked(name)
    assert world.loop.close(SECONDS)
    assert all(isinstance(outcome(a), ScriptInterrupted | RealmClosedError) for a in answers)


def test_what_is_below_is_ended_once_what_is_on_top_has_left(world: World, waits: Waits) -> None:
    realm, below, top = world.realm(*waits.functions()), Scope("below"), Scope("top")
    first = realm.evaluate("wait('a')", scope=below)
    waits.parked("a")
    second = realm.evaluate("wait('b') + '!'", scope=top)
    waits.parked("b")
    below.interrupt()
    assert world.value(realm, "'served'", scope=Scope("third")) == "served"
    assert not first.done()
    waits.futures["b"].set_result("undisturbed")
    assert outcome(second) == "undisturbed!"
    assert isinstance(outcome(first), ScriptInterrupted)


def test_a_script_that_spins_on_top_of_a_parked_one_is_preempted(
    world: World, waits: Waits
) -> None:
    functions = waits.functions()
    parked, spinning, third = (world.realm(*functions) for _ in range(3))
    answer, scope = parked.evaluate("wait('a')"), Scope("spin")
    waits.parked("a")
    running = spinning.evaluate("for (;;) {}", scope=scope)
    assert world.value(third, "new Promise((r) => setTimeout(r, 2, 0)).then(() => 3)") == 3
    waits.futures["a"].set_result("done")
    scope.interrupt()
    assert isinstance(outcome(running), ScriptInterrupted)
    assert outcome(answer) == "done"


def test_a_script_that_parks_is_cancelled_while_preempted(world: World, waits: Waits) -> None:
    functions = waits.functions()
    spinning, other, scope = world.realm(*functions), world.realm(*functions), Scope("spin")
    running = spinning.evaluate("for (;;) {}", scope=scope)
    time.sleep(0.02)
    parked = other.evaluate("wait('a')")
    waits.parked("a")
    scope.interrupt()
    ended = spinning.end(scope, ScriptInterrupted("ended"))
    assert world.value(world.realm(), "1") == 1
    waits.futures["a"].set_result("done")
    assert outcome(parked) == "done"
    assert isinstance(outcome(running), ScriptInterrupted)
    ended.result(SECONDS)


def test_only_what_a_script_called_can_park(world: World) -> None:
    realm = world.realm()
    with pytest.raises(RealmError, match="only a host function that a script calls parks"):
        world.on_loop(lambda: realm.park(Future()))
    assert world.value(realm, "'alive'") == "alive"


def test_limits_hold_on_top_of_a_parked_script(world: World, waits: Waits) -> None:
    limits = EngineLimits(memory_bytes=4 * 1024 * 1024)
    realm, reports = world.reported(*waits.functions(), limits=limits)
    answer = realm.evaluate("wait('a')", scope=Scope("below"))
    waits.parked("a")
    hungry = realm.evaluate("const a = []; for (;;) a.push({})", scope=Scope("hungry"))
    assert isinstance(outcome(hungry), ScriptInterrupted | RealmClosedError)
    # Nothing can be collected while a script stands on the stack, so that is the realm's end.
    assert isinstance(outcome(answer), ScriptInterrupted | RealmClosedError)
    world.on_loop(lambda: None)
    assert realm.closed
    assert reports.limits == [("hungry", "memory")]
    assert world.value(world.realm(), "1") == 1
