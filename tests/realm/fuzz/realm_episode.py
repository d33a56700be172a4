"""One episode of the fuzz: a few scripts, their disturbances, an end, and what must hold then."""

from __future__ import annotations

import gc
import random
import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import anyio
from tests.realm.fuzz.realm_disturbances import PAUSE_SECONDS, Disturber
from tests.realm.fuzz.realm_stage import Stage

from marotte.realm import (
    HostLoop,
    InvalidValueError,
    LoopThread,
    Realm,
    RealmError,
    Scope,
)

__all__ = ["SCRIPTS", "Outcome", "Player"]

SCRIPTS = 4
"""How many scripts an episode has."""
PATIENCE = 20.0
ENDS = ("close", "close", "scopes", "interrupt", "interrupt", "discard", "loop", "host first")
# Host and scripts may call each other only so deep, wherever that is met.
ERRORS = (RealmError, InvalidValueError, RecursionError)
UNSOUND = "the engine failed"


@dataclass
class Outcome:
    """What an episode came to: its scripts, how often what happened, and what must not have."""

    scripts: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


class Player:
    """Plays episodes one after the other; most of them on the same loop thread."""

    def __init__(self) -> None:
        self._loop: LoopThread | None = None

    async def play(self, dice: random.Random) -> Outcome:
        """Play one episode; the same dice give the same scripts and decisions."""
        loop = self._loop = self._loop or LoopThread().start()
        how = dice.choice(ENDS)
        stage = await self._perform(loop, how, dice)
        outcome = await self._judge(stage, how)
        tracked = stage.tracked
        del stage
        outcome.failures += await _leaks(tracked)
        return outcome

    def close(self) -> bool:
        """End the loop thread; answers whether it ended."""
        loop, self._loop = self._loop, None
        return loop is None or loop.close(PATIENCE)

    async def _perform(self, loop: LoopThread, how: str, dice: random.Random) -> Stage:
        async with HostLoop() as host:
            inside = Disturber(random.Random(dice.random()))
            stage = Stage(loop, host, random.Random(dice.random()), inside)
            for _ in range(dice.choice((1, 1, 2, 3))):
                stage.make_realm()
            scripts = [stage.script() for _ in range(SCRIPTS)]
            outside = Disturber(random.Random(dice.random()))
            thread = threading.Thread(target=outside.run, args=(stage,))
            for script in scripts:
                scope = dice.choice((*stage.scopes, None))
                stage.start(dice.choice(stage.realms), scope, dice.randrange(10), script)
            thread.start()
            await _linger(stage, Disturber(random.Random(dice.random())), dice.randrange(4))
            thread.join()
            if how != "host first":
                await self._end(stage, how)
        if how == "host first":
            await self._end(stage, how)
        return stage

    async def _end(self, stage: Stage, how: str) -> None:
        """End all that the stage has; in most cases there is much left."""
        stage.quiet = True
        stage.seen[f"ended by {how}"] += 1
        if how == "loop":
            await anyio.to_thread.run_sync(self._end_loop, stage)
            return
        if how == "scopes":
            await _end_scopes(stage)
        elif how == "interrupt":
            await _interrupt_all(stage)
        await _close_realms(stage, _discard if how == "discard" else Realm.close)

    def _end_loop(self, stage: Stage) -> None:
        if not self.close():
            stage.failures.append("the loop thread did not end")

    # -- what must hold -------------------------------------------------------------------------

    async def _judge(self, stage: Stage, how: str) -> Outcome:
        outcome = Outcome(list(stage.files.values()), stage.seen, stage.failures)
        for what, future in stage.futures:
            outcome.scripts.append(what)
            outcome.failures += await _completed(what, future, outcome.seen)
        if how != "loop":
            outcome.failures += await self._rest(stage.loop)
        for realm, reports in zip(stage.realms, stage.reports, strict=True):
            if len(reports.ends) != 1 or UNSOUND in reports.ends[0]:
                outcome.failures.append(f"{realm!r} ended as {reports.ends}")
            outcome.seen.update(f"limit {limit}" for _, limit in reports.limits)
            outcome.seen.update(end for end in reports.ends if end.startswith("discarded"))
            outcome.seen["unhandled"] += len(reports.errors)
        return outcome

    async def _rest(self, loop: LoopThread) -> list[str]:
        """What a loop thread still has that should have nothing."""

        def left() -> list[str]:
            now = loop.statistics()
            states = {
                "realms": now.realms,
                "runnable": now.runnable,
                "timers": now.timers,
                "parked": now.parked,
                "preempted": now.preempted,
            }
            return [
                f"the loop thread has {count} {what}" for what, count in states.items() if count
            ]

        return await _soon(left)


async def _linger(stage: Stage, disturber: Disturber, times: int) -> None:
    for _ in range(times):
        await anyio.sleep(stage.dice.random() * PAUSE_SECONDS)
        disturber(stage)
    await _until(lambda: all(future.done() for _, future in stage.futures), 4 * PAUSE_SECONDS)


async def _end_scopes(stage: Stage) -> None:
    for scope in stage.scopes:
        scope.interrupt()
        for realm in stage.realms:
            stage.expect("last end", realm.end(scope, RealmError("the fuzz ends")))
    await anyio.sleep(PAUSE_SECONDS)


async def _interrupt_all(stage: Stage) -> None:
    """Interrupt all realms; those that are not closed are usable then."""
    interrupts: list[Future[None]] = []

    def interrupted() -> bool:
        # What spins on top of another realm's frames keeps them there, also what a script was just
        # making, so all are interrupted at once.
        interrupts.extend(realm.interrupt() for realm in stage.realms[len(interrupts) :])
        return all(future.done() for future in interrupts)

    if not await _until(interrupted):
        stage.failures.append("an interrupt was never done")
    for realm in stage.realms[: len(interrupts)]:
        realm.scope.resume()
        future = realm.evaluate("6 * 7", scope=Scope("last"))
        done = await _done(future)
        if not done or (
            not realm.closed and (future.exception() is not None or future.result() != 42)
        ):
            stage.failures.append(f"after an interrupt, {realm!r} is not usable: {future!r}")


async def _close_realms(stage: Stage, end: Callable[[Realm], object]) -> None:
    """Close all realms, and those that a script was just making."""
    closed = 0
    while closed < len(stage.realms):
        realms = stage.realms[closed:]
        closed += len(realms)
        for future in [stage.loop.submit(partial(end, realm)) for realm in realms]:
            if not await _done(future):
                stage.failures.append("a realm was never closed")


def _discard(realm: Realm) -> None:
    if not realm.closed:
        realm.discard("the fuzz ends")


async def _done(future: Future[Any]) -> bool:
    """Wait for a future that should be done soon; answers whether it is."""
    return await _until(future.done)


async def _completed(what: str, future: Future[Any], seen: Counter[str]) -> list[str]:
    """What is wrong with a future that must be done by now."""
    if not await _done(future):
        return [f"{what} was never done"]
    error = future.exception()
    seen[f"outcome {type(error).__name__}"] += 1
    if error is None or isinstance(error, ERRORS):
        return []
    return [f"{what} ended with {error!r}"]


async def _leaks(tracked: Sequence[weakref.ref[Any]]) -> list[str]:
    """What is still there though nobody should hold it."""

    def alive() -> list[str]:
        gc.collect()
        return [f"leaked: {found!r}" for ref in tracked if (found := ref()) is not None]

    return await _soon(alive)


async def _soon(wrong: Callable[[], list[str]]) -> list[str]:
    """What is wrong, and stays so for long."""
    return [] if await _until(lambda: not wrong()) else wrong()


async def _until(condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Wait for what other threads do; answers whether they did."""
    deadline = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < deadline:  # noqa: ASYNC110  # threads
        await anyio.sleep(PAUSE_SECONDS / 3)
    return met
