"""The end of a realm: nothing is left behind, and nobody waits for it any more."""

from __future__ import annotations

import gc
import resource
import time
import weakref
from concurrent.futures import Future
from typing import Any

import pytest
from tests.realm.realm_support import (
    Heard,
    Reports,
    World,
    outcome,
    packed,
    registry,
    running_loop,
    until,
)

from marotte.realm import (
    Callback,
    Caller,
    HostObject,
    JavaScriptError,
    Realm,
    RealmClosedError,
    RealmError,
    Scope,
    host_function,
    host_method,
)
from marotte.realm.adapter import QuickJSEngine
from marotte.realm.engine import EngineError


class Thing(HostObject):
    """Something that a script holds."""

    @host_method()
    def touch(self) -> Thing:
        """Answer itself."""
        return self


HELD: list[Callback] = []


@host_function
def make() -> Thing:
    """Make one."""
    return Thing()


@host_function
def hold(callback: Callback) -> None:
    """Hold a function of the script."""
    HELD.append(callback)


@host_function
def close(caller: Caller) -> str:
    """Close the realm from within."""
    caller.realm.realm.close("closed from within")
    return "closed"


OFFERED = registry(make, hold, close)
SCRIPT = """
globalThis.kept = [make(), make().touch()];
globalThis.cycle = { kept }; cycle.cycle = cycle; cycle.f = () => cycle;
hold(cycle.f); hold(async () => { await null });
setTimeout(() => kept, 1e6);
const pending = new Promise(() => {});
pending.then(() => cycle);
(async () => { await pending })();
Promise.reject(new Error("unhandled"));
0
"""


def test_every_future_ends_with_the_realm(world: World) -> None:
    realm, reports = world.reported(registry=OFFERED)
    world.value(realm, SCRIPT)
    callback = HELD.pop()
    running = realm.evaluate("for (let i = 0; i < 1e5; i++) {} new Promise(() => {})")
    futures: list[Future[Any]] = [
        running,
        realm.evaluate("1"),
        realm.run_file("./nope.js"),
        realm.run_module("./nope.mjs"),
        realm.run_script("./nope.js"),
        realm.invoke(callback),
        realm.end(Scope("run"), RuntimeError("ended")),
        realm.interrupt(),
    ]
    world.on_loop(realm.close)
    late: list[Future[Any]] = [realm.evaluate("1"), realm.invoke(callback), realm.interrupt()]
    for future in futures + late:
        future.exception(20)
    assert isinstance(outcome(late[0]), RealmClosedError)
    assert reports.ends == ["closed"]
    with pytest.raises(RealmClosedError, match="realm is closed"):
        world.on_loop(realm.statistics)
    with pytest.raises(RealmClosedError, match="realm is closed"):
        world.on_loop(lambda: realm.call_later(0, lambda: None, scope=Scope()))
    HELD.clear()


def test_what_comes_after_the_close_is_harmless(world: World) -> None:
    realm = world.realm(registry=OFFERED)
    world.value(realm, SCRIPT)
    callback, scope = HELD.pop(), Scope("run")
    timer = world.on_loop(lambda: realm.call_later(1e6, lambda: None, scope=scope))
    world.on_loop(realm.close)
    world.on_loop(realm.close)
    world.on_loop(lambda: realm.cancel_timer(timer))
    realm.fire(callback, scope=scope)
    realm.deliver(packed({}), [Heard(callback, scope)])
    realm.abort(None, RuntimeError("late"))
    realm.hold()
    realm.unhold()
    realm.end(scope, RuntimeError("late")).result(20)
    HELD.clear()
    gc.collect()
    assert world.on_loop(realm.step) is False
    assert repr(realm) == "<Realm realm closed>"


def test_a_realm_closed_by_its_own_script_goes_when_that_has_left(world: World) -> None:
    realm, reports = world.reported(registry=OFFERED)
    ends = outcome(realm.evaluate("const answer = close(); try { make() } catch {} ; answer"))
    assert isinstance(ends, RealmClosedError) or ends == "closed"
    world.on_loop(lambda: None)
    assert reports.ends == ["closed from within"]
    assert world.loop.statistics().realms == 0


def test_a_closed_realm_calls_nothing_in_python_any_more(world: World) -> None:
    seen: list[str] = []

    @host_function
    def see() -> None:
        """Note a call."""
        seen.append("call")

    realm = world.realm(registry=registry(close, see))
    outcome(realm.evaluate("close(); for (let i = 0; i < 100; i++) try { see() } catch {}"))
    assert seen == []


def test_objects_callbacks_and_realms_go_when_a_realm_is_closed(world: World) -> None:
    def remains() -> list[weakref.ref[Any]]:
        realm = world.realm(registry=OFFERED, observer=Reports())
        world.value(realm, SCRIPT)
        engine = realm._execution.engine
        thing = world.value(realm, "kept[0]")
        callback = HELD[0]
        world.on_loop(realm.close)
        HELD.clear()
        return [weakref.ref(found) for found in (realm, engine, thing, callback)]

    found = remains()
    gc.collect()
    world.on_loop(gc.collect)
    assert [reference() for reference in found] == [None] * len(found)


def test_memory_is_flat_over_a_thousand_realms(world: World) -> None:
    def many(count: int) -> int:
        for _ in range(count):
            realm = world.realm(registry=OFFERED, observer=Reports())
            world.value(realm, SCRIPT)
            world.on_loop(realm.close)
            HELD.clear()
        gc.collect()
        return len(gc.get_objects())

    many(100)
    before, size = many(100), resident_bytes()
    after = many(1000)
    assert after - before < 500
    assert resident_bytes() - size < 16 * 1024 * 1024
    assert world.loop.statistics().realms == 0
    assert world.loop.statistics().timers == 0


def resident_bytes() -> int:
    """What this process has of the machine's memory now."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def test_a_loop_thread_closes_the_realms_it_has() -> None:
    with running_loop() as loop:
        world = World(loop)
        made = [world.reported(registry=OFFERED) for _ in range(3)]
        waiting = [realm.evaluate("new Promise(() => {})") for realm, _ in made]
        world.value(made[0][0], "1")
    for realm, reports in made:
        assert realm.closed
        assert reports.ends == ["closed: the loop thread was shut down"]
    assert all("shut down" in str(outcome(future)) for future in waiting)


def test_a_cancelled_future_is_not_run(world: World) -> None:
    seen: list[str] = []

    @host_function
    def see() -> None:
        """Note a call."""
        seen.append("call")

    realm = world.realm(see)
    busy = realm.evaluate("for (let i = 0; i < 3e5; i++) {}")
    cancelled = realm.evaluate("see()")
    assert cancelled.cancel()
    assert outcome(busy) is None
    world.settle(realm)
    assert seen == []


def test_an_observer_that_fails_disturbs_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(Reports):
        def unhandled(self, scope: Scope, error: JavaScriptError) -> None:
            raise RuntimeError("observer")

        def idle(self) -> None:
            raise RuntimeError("observer")

        def closed(self, reason: str) -> None:
            raise RuntimeError("observer")

    realm = world.realm(registry=OFFERED, observer=Failing())
    assert world.value(realm, SCRIPT) == 0
    assert world.value(realm, "1") == 1
    world.on_loop(realm.close)
    assert world.loop.statistics().realms == 0
    assert "an observer of a realm failed" in caplog.text
    HELD.clear()


def test_an_engine_that_cannot_start_is_an_error_of_the_creation(world: World) -> None:
    def broken(*_: object) -> Any:
        raise EngineError("no engine")

    with pytest.raises(RealmError, match="realm: the engine cannot start: no engine"):
        world.realm(engine=broken)
    assert world.loop.statistics().realms == 0


def test_an_engine_that_fails_is_the_end_of_its_realm_only(world: World) -> None:
    class Brittle(QuickJSEngine):
        def evaluate(self, source: str, filename: str = "<input>") -> Any:
            if source == "break":
                raise EngineError("broken")
            return super().evaluate(source, filename)

    realm, reports = world.reported(engine=Brittle)
    assert world.value(realm, "1") == 1
    waiting = realm.evaluate("new Promise(() => {})")
    assert "the engine failed: broken" in str(outcome(realm.evaluate("break")))
    assert "discarded: the engine failed" in str(outcome(waiting))
    world.on_loop(lambda: None)
    assert reports.ends == ["discarded: the engine failed: broken"]
    assert world.value(world.realm(), "1") == 1


@pytest.mark.parametrize("moment", range(12))
def test_closing_at_any_moment_is_clean(world: World, moment: int) -> None:
    realm: Realm = world.realm(registry=OFFERED)
    future = realm.evaluate(SCRIPT + "; for (let i = 0; i < 1e5; i++) make(); kept.length")
    time.sleep(moment * 0.002)
    world.on_loop(realm.close)
    assert future.exception(20) is None or isinstance(future.exception(), Exception)
    HELD.clear()
    world.on_loop(gc.collect)
    until(lambda: world.loop.statistics().realms == 0)
