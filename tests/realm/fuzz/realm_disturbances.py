"""What happens to realms at odd moments: from inside a host call, and from other threads."""

from __future__ import annotations

import gc
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from tests.realm.fuzz.realm_stage import MAX_REALMS, Stage

from marotte.realm import JavaScriptError, Realm, Scope, ScriptInterrupted, ScriptListener

__all__ = ["PAUSE_SECONDS", "Disturber"]

PAUSE_SECONDS = 0.0015


class Disturber:
    """Does one odd thing after the other; there is one a thread.

    Args:
        dice: Decides which.
    """

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice

    def __call__(self, stage: Stage) -> None:
        """Do an odd thing."""
        action = self._dice.choice(ACTIONS)
        realm, scope = self._dice.choice(stage.realms), self._dice.choice(stage.scopes)
        stage.seen[action.__name__] += 1
        with stage.watched(action.__name__):
            action(stage, self._dice, realm, scope)

    def run(self, stage: Stage) -> None:
        """Do odd things at odd times, on a thread of their own."""
        for _ in range(self._dice.randrange(6)):
            time.sleep(self._dice.random() * PAUSE_SECONDS)
            self(stage)


def _on_loop(stage: Stage, action: Callable[[], object]) -> None:
    """Do on the loop thread what is for it alone; at once where that is the caller."""

    def contained() -> None:
        with stage.watched("on the loop"):
            action()

    if stage.loop.is_current:
        contained()
    else:
        stage.loop.post(contained)


# -- ending things ---------------------------------------------------------------------------------


def _interrupt_scope(stage: Stage, dice: random.Random, realm: Realm, scope: Scope) -> None:
    scope.interrupt()


def _resume_scope(stage: Stage, dice: random.Random, realm: Realm, scope: Scope) -> None:
    scope.resume()


def _end_scope(stage: Stage, dice: random.Random, realm: Realm, scope: Scope) -> None:
    scope.interrupt()
    future = realm.end(scope, ScriptInterrupted(f"{scope.name} was ended"))
    stage.expect("end", future).add_done_callback(lambda _: scope.resume())


def _interrupt_own_scope(stage: Stage, dice: random.Random, realm: Realm, scope: Scope) -> None:
    realm.scope.interrupt()
    future = realm.end(realm.scope, ScriptInterrupted("the realm's scope was ended"))
    stage.expect("end of own", future).add_done_callback(lambda _: realm.scope.resume())


def _interrupt_realm(stage: Stage, dice: random.Random, realm: Realm, scope: Scope) -> None:
    stage.expect("interrupt", realm.interrupt())


def _abort(stage: Stage, dice: random.Random, realm: Realm, scope: Scope) -> None:
    realm.abort(dice.choice((scope, None)), RuntimeError("aborted \ud800"))


def _close(stage: Stage, dice: random.Random, realm: Realm, scope: Scope) -> None:
    if dice.random() < 0.25:
        _on_loop(stage, realm.close)
    elif dice.random() < 0.1:
        _on_loop(stage, lambda: realm.discard("at an odd moment"))


# -- calling into scripts --------------------------------------------------------------------------


def _invoke(stage: Stage, dice: random.Random, realm: Realm, scope: Scope) -> None:
    if stage.callbacks and not stage.crowded:
        callback = dice.choice(stage.callbacks[-8:])
        argument = dice.choice(([1, {"a": None}], "text \udc00", 0.5, None, callback.ident))
        home: Realm = callback.realm.realm
        stage.expect("invoke", home.invoke(callback, argument, scope=scope))


def _fire(stage: Stage, dice: random.Random, realm: Realm, scope: Scope) -> None:
    for callback in stage.callbacks[-dice.randrange(1, 5) :]:
        home: Realm = callback.realm.realm
        home.fire(callback, dice.random(), scope=scope)


class _Listener(ScriptListener):
    """Counts its failures."""

    stage: Stage

    def failed(self, error: JavaScriptError) -> bool:
        self.stage.seen["a listener failed"] += 1
        return True


def _deliver(stage: Stage, dice: random.Random, realm: Realm, scope: Scope) -> None:
    events = dice.choice((1, 3, 30))
    text = f"[[{{}},null,null,[],[{','.join(['{}'] * events)}]]]"
    for callback in stage.callbacks[-dice.randrange(1, 5) :]:
        home: Realm = callback.realm.realm
        kind = dice.choice((ScriptListener, _Listener))
        listener = kind("*", callback, scope, once=dice.random() < 0.2)
        if isinstance(listener, _Listener):
            listener.stage = stage
        home.deliver(text, [listener] * dice.randrange(1, 3))
        if dice.random() < 0.2:
            _on_loop(stage, partial(home.dismiss, listener))


def _evaluate(stage: Stage, dice: random.Random, realm: Realm, scope: Scope) -> None:
    if not stage.crowded:
        stage.start(realm, dice.choice((scope, None)), dice.randrange(8), stage.script())


def _read_export(stage: Stage, dice: random.Random, realm: Realm, scope: Scope) -> None:
    def read() -> None:
        found = realm.call_exported(f"./m{dice.randrange(4)}.mjs", "default")
        if found is not None:
            stage.callbacks.append(found)
        realm.exported(f"./m{dice.randrange(4)}.mjs", "a")

    _on_loop(stage, read)


# -- memory, timers, reports -----------------------------------------------------------------------


def _drop_callbacks(stage: Stage, dice: random.Random, realm: Realm, scope: Scope) -> None:
    with suppress(IndexError):
        for _ in range(dice.randrange(1, 8)):
            stage.callbacks.pop()
    if dice.random() < 0.2:
        threading.Thread(target=gc.collect, args=(1,)).start()


def _collect(stage: Stage, dice: random.Random, realm: Realm, scope: Scope) -> None:
    _on_loop(stage, lambda: None if realm.closed else realm._execution.engine.collect())


def _timer(stage: Stage, dice: random.Random, realm: Realm, scope: Scope) -> None:
    def begin() -> None:
        callbacks = stage.callbacks[-1:]
        seconds, kept = dice.random() / 1000, dice.random() < 0.5

        def fire() -> None:
            with stage.watched("timer"):
                for callback in callbacks:
                    callback.realm.realm.fire(callback, scope=scope)

        timer = realm.call_later(seconds, fire, scope=scope, keep_alive=kept)
        if dice.random() < 0.3:
            realm.cancel_timer(timer)

    _on_loop(stage, begin)


def _soon(stage: Stage, dice: random.Random, realm: Realm, scope: Scope) -> None:
    def note() -> None:
        stage.seen["soon"] += 1

    realm.hold()
    realm.call_soon(note, note, scope=scope)
    realm.unhold()


def _statistics(stage: Stage, dice: random.Random, realm: Realm, scope: Scope) -> None:
    stage.loop.statistics()
    _on_loop(stage, realm.statistics)


def _make(stage: Stage, dice: random.Random, realm: Realm, scope: Scope) -> None:
    if stage.loop.is_current and len(stage.realms) < MAX_REALMS:
        stage.start(stage.make_realm(), scope, dice.randrange(8), stage.script())


def _call(stage: Stage, dice: random.Random, realm: Realm, scope: Scope) -> None:
    """A call from a thread: it waits until what runs there lets it in, or not long."""
    with suppress(TimeoutError):
        stage.loop.call(lambda: realm.idle, 0.001)


ACTIONS: list[Callable[[Stage, random.Random, Realm, Scope], object]] = [
    _interrupt_scope,
    _resume_scope,
    _end_scope,
    _interrupt_own_scope,
    _interrupt_realm,
    _abort,
    _close,
    _invoke,
    _invoke,
    _fire,
    _fire,
    _deliver,
    _deliver,
    _evaluate,
    _evaluate,
    _read_export,
    _drop_callbacks,
    _collect,
    _timer,
    _soon,
    _statistics,
    _make,
    _call,
]
