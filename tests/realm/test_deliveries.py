"""Events for listeners in batches: in order, one listener never in another's way, none lost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

import pytest
from tests.realm.realm_support import Heard, Reports, World, outcome, packed, until

from marotte.realm import (
    Callback,
    Caller,
    EngineLimits,
    Realm,
    Scope,
    ScriptListener,
    host_function,
)

MEBIBYTE = 1024 * 1024


class Stage:
    """A realm whose script listens, and whose listeners can wait, and be taken away."""

    def __init__(self, world: World, **options: Any) -> None:
        self.world = world
        self.listeners: list[ScriptListener] = []
        self.futures: dict[str, Future[str]] = {}
        self.told: list[str] = []
        self.realm: Realm
        self.reports: Reports
        self.realm, self.reports = world.reported(*self._functions(), **options)

    def _functions(self) -> Sequence[Any]:
        @host_function(effect="control")
        def listen(caller: Caller, type: str, callback: Callback, once: bool = False) -> int:
            """Listen; answers a number."""
            listener = Heard(callback, caller.scope, type, self.told)
            listener.once = once
            self.listeners.append(listener)
            return len(self.listeners) - 1

        @host_function(effect="control")
        def dismiss(number: int) -> None:
            """Take a listener away."""
            self.realm.dismiss(self.listeners[number])

        @host_function(effect="control")
        def keep(number: int) -> None:
            """Let a listener for one event stay."""
            self.listeners[number].once = False

        @host_function(effect="control")
        def wait(name: str) -> str:
            """Wait for the test."""
            future = self.futures[name] = Future()
            return self.realm.park(future)

        return [listen, dismiss, keep, wait]

    def run(self, source: str, scope: Scope | None = None) -> Any:
        """Evaluate a script with a list, `seen`."""
        text = f"globalThis.seen ??= []; {source}"
        return self.world.value(self.realm, text, scope=scope or Scope("run"))

    def send(self, *events: object, settle: bool = True) -> None:
        """Deliver events to all who listen, exact types first."""
        active = [each for each in self.listeners if each.active]
        listeners = sorted(active, key=lambda each: each.type == "*")
        self.realm.deliver(packed(*events), listeners)
        if settle:
            self.world.settle(self.realm)

    @property
    def seen(self) -> Any:
        """What the listeners noted."""
        return self.world.value(self.realm, "seen")

    def has_seen(self, what: object) -> bool:
        """Whether a listener noted it."""
        return what in self.seen


@pytest.fixture
def stage(world: World) -> Stage:
    """Nobody listens yet."""
    return Stage(world)


def numbered(*numbers: int, type: str = "a") -> list[dict[str, object]]:
    """Events of a type with a number."""
    return [{"type": type, "n": number} for number in numbers]


def test_each_event_goes_to_all_before_the_next_and_to_the_exact_type_first(stage: Stage) -> None:
    stage.run(
        "listen('*', (e) => { seen.push('all ' + e.n) });"
        "listen('a', (e) => { seen.push('a ' + e.n) });"
        "listen('b', (e) => { seen.push('b ' + e.n) });"
        "listen('*', (e) => { seen.push('also ' + e.n) });"
    )
    stage.send(*numbered(1), *numbered(2, type="b"), *numbered(3))
    assert ", ".join(stage.seen) == "a 1, all 1, also 1, b 2, all 2, also 2, a 3, all 3, also 3"


def test_events_are_whole_frozen_and_the_same_for_all(stage: Stage) -> None:
    stage.run(
        "const frozen = (v) => typeof v !== 'object' || v === null ||"
        "  (Object.isFrozen(v) && Object.values(v).every(frozen));"
        "const had = []; listen('*', (e) => { had.push(e); seen.push(frozen(e)) });"
        "listen('*', (e) => { seen.push(e === had.at(-1), JSON.stringify(e)) });"
    )
    bodies = [{"type": "a", "deep": {"list": [{}, []]}}, {"type": "b"}]
    groups = [
        [{"runId": "r", "tags": {"x": "y"}}, [7, 9], [1, 2], [0], bodies],
        [{}, None, None, [], [{"type": "c", "seq": 10}]],
    ]
    stage.realm.deliver(json.dumps(groups), stage.listeners)
    stage.world.settle(stage.realm)
    envelope = '"runId":"r","tags":{"x":"y"},"seq"'
    texts = (
        f'{{"type":"a","deep":{{"list":[{{}},[]]}},{envelope}:7,"time":1}}',
        f'{{"type":"b",{envelope}:9,"time":2}}',
        '{"type":"c","seq":10}',
    )
    assert stage.seen == [each for text in texts for each in (True, True, text)]


def test_a_script_that_rewrites_prototypes_changes_no_event(stage: Stage) -> None:
    stage.run(
        "for (const name of ['type', 'runId', 'seq', 'time', 'events', 'listener', 'listeners'])"
        "  Object.defineProperty(Object.prototype, name, { get() { return 'gotcha' },"
        "    set(value) { seen.push('set ' + String(value)) }, configurable: true });"
        "Array.prototype[Symbol.iterator] = Array.prototype.push = () => { throw 1 };"
        "Object.freeze = JSON.parse = () => 'rewritten';"
        "const note = (e) => { seen[seen.length] = JSON.stringify(e) };"
        "listen('a', note); for (const key in {}) delete Object.prototype[key]; 0"
    )
    groups = [[{"runId": "r"}, [7], [1], [], [{"type": "a"}]]]
    stage.realm.deliver(json.dumps(groups), stage.listeners)
    stage.world.settle(stage.realm)
    assert stage.seen == ['{"type":"a","runId":"r","seq":7,"time":1}']


def test_a_listener_that_throws_disturbs_nobody(stage: Stage) -> None:
    stage.run(
        "listen('*', (e) => { throw new Error('one ' + e.n) });"
        "listen('*', (e) => { seen.push(e.n); null.x });"
        "listen('*', (e) => { const deeper = () => deeper(); deeper() });"
        "listen('*', async (e) => { await null; throw 'four ' + e.n });"
        "listen('*', (e) => ({ get then() { throw new Error('five ' + e.n) } }));"
        "listen('*', (e) => ({ then(_, no) { no(new Error('six ' + e.n)) } }));"
        "listen('*', (e) => { seen.push(-e.n) });"
    )
    stage.send(*numbered(1, 2))
    assert stage.seen == [1, -1, 2, -2]
    assert sorted(stage.told) == sorted(
        line
        for n in (1, 2)
        for line in (
            f"Error: one {n}",
            "TypeError: cannot read property 'x' of null",
            "InternalError: stack overflow",
            f"four {n}",
            f"Error: five {n}",
            f"Error: six {n}",
        )
    )
    assert stage.reports.errors == []


def test_taking_a_listener_away_acts_within_a_batch(stage: Stage) -> None:
    stage.run(
        "listen('a', (e) => { seen.push('a ' + e.n); if (e.n === 2) dismiss(1) });"
        "listen('*', (e) => { seen.push('b ' + e.n); if (e.n === 3) dismiss(2) });"
        "listen('*', (e) => { seen.push('c ' + e.n); if (e.n === 3) dismiss(2) });"
    )
    stage.send(*numbered(1, 2, 3, 4))
    assert stage.seen == ["a 1", "b 1", "c 1", "a 2", "c 2", "a 3", "c 3", "a 4"]
    stage.send(*numbered(5))
    assert stage.seen[-1] == "a 5"


def test_a_listener_for_one_event_gets_one_unless_it_is_kept(stage: Stage) -> None:
    stage.run(
        "listen('*', (e) => { seen.push('once ' + e.n) }, true);"
        "listen('*', (e) => { seen.push('kept ' + e.n); }, true);"
        "listen('a', (e) => { if (e.n === 1) keep(1) });"
    )
    stage.send(*numbered(1, 2))
    stage.send(*numbered(3))
    assert stage.seen == ["once 1", "kept 1", "kept 2", "kept 3"]


def test_what_comes_while_a_listener_waits_comes_after_the_rest_of_its_batch(stage: Stage) -> None:
    stage.run(
        "listen('*', (e) => { seen.push(e.n); if (e.n === 1) seen.push(wait('a')) });"
        "listen('*', (e) => { seen.push(-e.n); });"
    )
    stage.send(*numbered(1, 2), settle=False)
    until(lambda: "a" in stage.futures)
    stage.send(*numbered(3), settle=False)
    until(lambda: stage.seen[-1] == -3)
    stage.futures["a"].set_result("back")
    until(lambda: stage.seen[-1] == "back")
    assert stage.seen == [1, -1, 2, -2, 3, -3, "back"]


def test_listeners_wait_on_top_of_each_other_and_nothing_is_lost(stage: Stage) -> None:
    stage.run(
        "listen('*', (e) => { seen.push(e.n); if (e.n < 4) seen.push(wait('w' + e.n)) });"
        "listen('*', (e) => { seen.push(-e.n); });"
    )
    for number in (1, 2, 3):
        stage.send(*numbered(number), settle=False)
        until(partial(stage.futures.get, f"w{number}"))
    stage.send(*numbered(4, 5), settle=False)
    for number in (3, 2, 1):
        stage.futures[f"w{number}"].set_result(f"back {number}")
        until(partial(stage.has_seen, f"back {number}"))
    order = [each for each in stage.seen if isinstance(each, int)]
    assert order == [1, -1, 2, -2, 3, -3, 4, -4, 5, -5]


def test_the_rest_of_a_batch_survives_a_listener_that_exceeds_the_memory(world: World) -> None:
    stage = Stage(world, limits=EngineLimits(memory_bytes=8 * MEBIBYTE))
    stage.run(
        "listen('*', (e) => { seen.push(e.n);"
        "  if (e.n === 2) { const held = []; for (;;) held.push(new Array(1000).fill(0)) } });"
        "listen('*', (e) => { seen.push(-e.n); });"
    )
    stage.send(*numbered(1, 2, 3))
    stage.send(*numbered(4))
    assert stage.seen == [1, -1, 2, -2, 3, -3, 4, -4]
    assert stage.reports.limits == [("run", "memory")]


def test_a_scope_that_ends_hears_no_more_and_leaves_nothing(stage: Stage) -> None:
    scope = Scope("ended")
    stage.run(
        "listen('*', (e) => { seen.push(e.n); if (e.n === 2) { listen('x', Date); for (;;); } })",
        scope,
    )
    stage.run("listen('*', (e) => { seen.push('other ' + e.n) })")
    ended, other = stage.listeners
    stage.realm.deliver(packed(*numbered(1, 2, 3)), [ended])
    stage.realm.deliver(packed(*numbered(1, 2, 3)), [other])
    until(lambda: len(stage.listeners) > 2)
    scope.interrupt()
    stage.realm.end(scope, RuntimeError("over")).result(20)
    stage.world.settle(stage.realm)
    assert stage.seen == [1, 2, "other 1", "other 2", "other 3"]
    assert stage.reports.ends == []


def test_what_an_interrupted_script_throws_is_not_told(stage: Stage) -> None:
    scope = Scope("ended")
    stage.run("listen('*', async () => { await new Promise(() => 0); throw 1 })", scope)
    stage.send({}, {})
    scope.interrupt()
    stage.realm.end(scope, RuntimeError("over")).result(20)
    assert stage.told == []


def test_a_realm_that_is_closed_by_a_listener_delivers_no_more(world: World) -> None:
    stage = Stage(world)

    stage.run("listen('*', (e) => { seen.push(e.n); wait('gone') })")
    stage.send(*numbered(1, 2), settle=False)
    until(lambda: "gone" in stage.futures)
    world.on_loop(stage.realm.close)
    stage.send(*numbered(3), settle=False)
    until(lambda: world.loop.statistics().realms == 0)
    assert stage.reports.ends == ["closed"]
    assert isinstance(outcome(stage.realm.evaluate("1")), Exception)
