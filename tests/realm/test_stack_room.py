"""What runs on top of a script that waits has stack of its own, however deep that script stands."""

from __future__ import annotations

import logging
from concurrent.futures import Future

import pytest
from tests.realm.engine_isolation import isolated
from tests.realm.realm_support import SECONDS, World, running_loop

from marotte.realm import Callback, Caller, EngineLimits, Realm, ScriptRoot, host_function
from marotte.realm.loop import MAX_PARKED, MAX_PREEMPTED

FILLING = """
let waited = 0;
(function deeper() {
  try { deeper() } catch {} finally { if (waited < 3) ACTION, waited++ }
})();
waited
"""
ROOM = "(function down(n) { return n === 0 ? 'down' : down(n - 1) })(50)"


@host_function
def rest(caller: Caller) -> None:
    """Park the script for a moment, in which others run."""
    realm, future = caller.realm.realm, Future[None]()
    realm.call_later(0.005, lambda: future.set_result(None), scope=caller.scope)
    realm.park(future)


@host_function
def call(caller: Caller, callback: Callback) -> object:
    """Call a function and wait for what it answers."""
    realm = caller.realm.realm
    answer: object = realm.park(realm.invoke(callback, scope=caller.scope))
    return answer if isinstance(answer, str | int) else None


@pytest.fixture
def realm(world: World) -> Realm:
    """A realm whose scripts can wait."""
    return world.realm(rest, call)


CASES = {
    "jobs": (f"Promise.resolve().then(() => seen.push({ROOM})), rest()", {"down"}),
    "rejections": ("Promise.reject(new TypeError('x')), rest()", set()),
    "released callbacks": ("setTimeout(() => {}, 1), rest()", set()),
    "timers": (f"setTimeout(() => seen.push({ROOM})), rest()", {"down"}),
    "calls": (f"seen.push(call(() => {ROOM}))", {"down"}),
    "promises": (f"seen.push(call(async () => {{ await null; return {ROOM} }}))", {"down"}),
}


@pytest.mark.parametrize("case", CASES)
def test_a_script_that_waits_with_its_stack_full_leaves_room_for_others(
    world: World, realm: Realm, caplog: pytest.LogCaptureFixture, case: str
) -> None:
    action, seen = CASES[case]
    with caplog.at_level(logging.ERROR):
        world.value(realm, "globalThis.seen = []; 0")
        assert world.value(realm, FILLING.replace("ACTION", action)) == 3
        world.settle(realm)
        assert set(world.value(realm, "seen")) == seen
    assert caplog.records == []


def test_waiting_again_and_again_gives_a_script_no_more_stack(world: World, realm: Realm) -> None:
    deepest = "let n = 0; try { (function f() { n++; WAIT; f() })() } catch {} n"
    plain = world.value(realm, deepest.replace("WAIT", "0"))
    waiting = world.value(realm, deepest.replace("WAIT", "n % 200 === 0 && rest()"))
    assert 0.8 * plain < waiting < 1.2 * plain


def test_frames_of_another_realm_take_nothing_from_a_script_that_waits(world: World) -> None:
    realms: list[Realm] = []
    limits = EngineLimits(stack_bytes=256 * 1024)

    @host_function
    def hop(caller: Caller) -> object:
        """Wait for a script that stands deep in the next realm; the last one calls the first."""
        realm = caller.realm.realm
        number = realms.index(realm) + 1
        source = "(function f(n) { return n ? f(n - 1) : hop() })(200)"
        if number == len(realms):
            source, number = ROOM, 0
        answer: object = realm.park(realms[number].evaluate(source))
        return str(answer)

    realms += [world.realm(hop, limits=limits) for _ in range(MAX_PARKED)]
    assert realms[0].evaluate("hop()").result(SECONDS) == "down"


def test_a_script_that_waits_at_the_end_of_all_nesting_is_served(world: World) -> None:
    @host_function
    def down(caller: Caller, callback: Callback) -> int:
        """Call the script from the host, deeper and deeper, and wait at the end."""
        realm = caller.realm.realm
        try:
            return int(realm.exported("./main.mjs", "deeper"))
        except RecursionError:
            return int(realm.park(realm.invoke(callback, scope=caller.scope)))

    source = """
    globalThis.wait = async () => { await null; return 7 };
    export const deeper = { toJSON: () => down(wait) };
    """
    root = ScriptRoot(texts={"./main.mjs": source})
    realm = world.realm(down, root=root)
    realm.run_file("./main.mjs").result(SECONDS)
    assert world.value(realm, "down(wait)") == 7


FULL = """
let reached = false;
globalThis.fill = () => {
  (function deeper() {
    try { deeper() } catch {} finally { if (!reached) { hop(); reached = true } }
  })();
  return 1;
};
globalThis.measure = () => { let n = 0; try { (function f() { n++; f() })() } catch {} return n };
"""


@pytest.mark.parametrize("waiting", [True, False], ids=["waiting", "inline"])
@isolated
def test_the_thread_has_room_for_all_that_may_stand_on_it(waiting: bool) -> None:
    realms: list[Realm] = []
    measured: list[int] = []

    def hop_to(realm: Realm, number: int) -> None:
        last = number == len(realms)
        source = "measure()" if last else "fill()"
        above = realms[0 if last else number]
        if waiting:
            answer = realm.park(above.evaluate(source))
        else:
            answer = above.exported("./main.mjs", "measure" if last else "fill")
        if last:
            measured.append(int(answer))

    @host_function
    def hop(caller: Caller) -> None:
        """Run the next realm, on top of this one, whose stack is full."""
        realm = caller.realm.realm
        hop_to(realm, realms.index(realm) + 1)

    module = FULL + (
        "export const fill = { toJSON: () => globalThis.fill() };"
        "export const measure = { toJSON: () => globalThis.measure() };"
    )
    count = MAX_PARKED if waiting else MAX_PARKED + MAX_PREEMPTED
    with running_loop() as loop:
        for _ in range(count):
            root = ScriptRoot(texts={"./main.mjs": module})
            realms.append(World(loop).realm(hop, root=root))
            realms[-1].run_file("./main.mjs").result(SECONDS)
        assert realms[0].evaluate("fill()").result(SECONDS) == 1
    assert len(measured) == 1
    assert measured[0] > 50
