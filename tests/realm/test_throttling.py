"""Back-pressure: a script that gives too much is held in its host call; others are served."""

from __future__ import annotations

import time
from concurrent.futures import Future
from typing import Any

import pytest
from tests.realm.realm_support import World, outcome

from marotte.realm import (
    Caller,
    HostFunction,
    Realm,
    Scope,
    ScriptInterrupted,
    host_function,
)
from marotte.realm.loop import MAX_PREEMPTED


class Holds:
    """What scripts are held for."""

    def __init__(self) -> None:
        self.room: Future[None] = Future()
        self.held = 0

    def functions(self) -> list[HostFunction[..., Any]]:
        """What scripts call."""

        @host_function
        def hold(caller: Caller, seconds: float) -> str:
            """Wait until there is room."""
            self.held += 1
            caller.realm.realm.throttle(self.room, seconds)
            return "held"

        return [hold]

    def wait(self, number: int) -> None:
        """Wait until so many scripts are held."""
        while self.held < number:
            time.sleep(0.001)


@pytest.fixture
def holds() -> Holds:
    """There is no room yet."""
    return Holds()


def timed_out(realm: Realm, seconds: float) -> float:
    begun = time.monotonic()
    assert outcome(realm.evaluate(f"hold({seconds})")) == "held"
    return time.monotonic() - begun


def test_a_script_is_held_until_there_is_room(world: World, holds: Holds) -> None:
    answer = world.realm(*holds.functions()).evaluate("hold(30)")
    holds.wait(1)
    assert not answer.done()
    holds.room.set_result(None)
    assert outcome(answer) == "held"


def test_a_script_is_held_no_longer_than_it_says(world: World, holds: Holds) -> None:
    assert timed_out(world.realm(*holds.functions()), 0.05) >= 0.05


def test_other_realms_are_served_meanwhile(world: World, holds: Holds) -> None:
    answer = world.realm(*holds.functions()).evaluate("hold(30)")
    holds.wait(1)
    other = world.realm()
    assert world.value(other, "new Promise((r) => setTimeout(() => r(3), 2))") == 3
    assert not answer.done()
    holds.room.set_result(None)
    assert outcome(answer) == "held"


def test_nothing_of_its_own_realm_runs_meanwhile(world: World, holds: Holds) -> None:
    realm = world.realm(*holds.functions())
    answer = realm.evaluate(
        """
        globalThis.log = [];
        Promise.resolve().then(() => log.push("job"));
        setTimeout(() => log.push("timer"), 0);
        hold(30);
        log.push("after");
        new Promise((settle) => setTimeout(() => settle(log.join()), 5));
        """
    )
    holds.wait(1)
    second = realm.evaluate("log.push('evaluated')", scope=Scope("second"))
    assert world.value(world.realm(), "1") == 1
    assert not second.done()
    holds.room.set_result(None)
    assert str(outcome(answer)).startswith("after,job")
    outcome(second)


@pytest.mark.parametrize("whose", ["scope", "realm", "loop"])
def test_a_script_that_is_held_is_interrupted(world: World, holds: Holds, whose: str) -> None:
    own, scope = Scope("own"), Scope("scope")
    realm = world.realm(*holds.functions(), scope=own)
    answer = realm.evaluate("hold(30); for (;;) {}", scope=scope)
    holds.wait(1)
    if whose == "loop":
        assert world.loop.close()
    else:
        (scope if whose == "scope" else own).interrupt()
    assert isinstance(outcome(answer), ScriptInterrupted)


def test_many_are_held_at_once(world: World, holds: Holds) -> None:
    """Those beyond the number that may have others served on top of them just wait."""
    answers = []
    for number in range(MAX_PREEMPTED + 1):
        answers.append(world.realm(*holds.functions()).evaluate("hold(30)"))
        holds.wait(number + 1)
    assert world.loop.statistics().preempted == MAX_PREEMPTED + 1
    holds.room.set_result(None)
    assert [outcome(answer) for answer in answers] == ["held"] * len(answers)
    assert world.loop.statistics().preempted == 0


def test_time_that_a_script_is_held_is_not_charged(world: World, holds: Holds) -> None:
    scope = Scope("held")
    assert outcome(world.realm(*holds.functions()).evaluate("hold(0.1)", scope=scope)) == "held"
    assert scope.cpu_seconds < 0.05
