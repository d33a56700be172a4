"""A script that spins lets other threads have their turn."""

from __future__ import annotations

import threading
import time

from tests.realm.realm_support import World

from marotte.realm import Scope

ROUNDS = 40
BETWEEN_SECONDS = 0.001
BOUND_SECONDS = 0.05


def test_another_thread_never_waits_long_for_its_turn(world: World) -> None:
    realm, scope = world.realm(), Scope("spins")
    spinning = realm.evaluate("for (;;);", scope=scope)
    latest = 0.0
    for _ in range(ROUNDS):
        due = time.perf_counter() + BETWEEN_SECONDS
        time.sleep(BETWEEN_SECONDS)
        latest = max(latest, time.perf_counter() - due)
    scope.interrupt()
    assert spinning.exception(20) is not None
    assert latest < 4 * BOUND_SECONDS


def test_a_script_and_a_thread_that_compute_take_turns(world: World) -> None:
    realm, over, turns = world.realm(), threading.Event(), 0

    def compute() -> None:
        nonlocal turns
        while not over.is_set():
            turns += 1

    thread = threading.Thread(target=compute)
    thread.start()
    try:
        steps = world.value(
            realm, "const end = Date.now() + 200; let n = 0; while (Date.now() < end) n++; n"
        )
    finally:
        over.set()
        thread.join()
    assert steps > 1_000
    assert turns > 1_000
