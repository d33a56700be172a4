"""Timers that come due while their scope is being ended."""

from __future__ import annotations

from functools import partial

from tests.realm.realm_support import World

from marotte.realm import RealmError, Scope


def test_no_timer_outlives_the_interrupt_that_it_races_with(world: World) -> None:
    realm, seen = world.realm(), list[str]()

    def race() -> None:
        realm.call_later(0.0, lambda: seen.append("due"), scope=Scope("any"))
        realm.call_later(0.01, lambda: seen.append("soon"), scope=Scope("any"))
        future = realm.interrupt()
        future.add_done_callback(lambda _: seen.append("interrupted"))
        realm.call_later(0.02, lambda: seen.append("too early"), scope=Scope("any"))

    world.on_loop(race)
    world.settle(realm)
    assert seen == ["interrupted"]
    assert world.on_loop(lambda: realm.statistics().timers) == 0
    world.on_loop(lambda: realm.call_later(0.0, lambda: seen.append("later"), scope=realm.scope))
    world.settle(realm)
    assert seen == ["interrupted", "later"]


def test_the_end_of_a_scope_silences_its_own_timers_only(world: World) -> None:
    realm, seen = world.realm(), list[str]()
    ended, other = Scope("ended"), Scope("other")
    child = Scope("child", parent=ended)

    def race() -> None:
        for scope in (child, other, ended):
            realm.call_later(0.0, partial(seen.append, scope.name), scope=scope)
        realm.end(ended, RealmError("over"))

    world.on_loop(race)
    world.settle(realm)
    assert seen == ["other"]


def test_a_realm_that_is_closed_while_it_is_interrupted_completes_the_interrupt(
    world: World,
) -> None:
    realm = world.realm()

    def race() -> object:
        future = realm.interrupt()
        realm.close()
        return future.done()

    assert world.on_loop(race) is True
