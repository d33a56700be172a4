"""One engine's life: scripts, and a host that interferes at odd moments."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.realm.engine_support import (
    Deferred,
    HostObject,
    ScriptedHost,
    install_spec,
)
from tests.realm.fuzz.engine_grammar import Grammar

from marotte.realm.engine import (
    Engine,
    EngineError,
    EngineFactory,
    EngineInterrupted,
    EngineLimits,
    Scalar,
)

__all__ = ["play"]

LIMITS = EngineLimits(memory_bytes=4 << 20, value_chars=1 << 20)
POLLS = 400
VALUES: tuple[Scalar, ...] = (
    *(None, True, 0, -1, 2**53 - 1, 0.5, float("nan"), "u", "s", "stext", "s\ud800", "j[]", "j{"),
    *('j{"a":{"b":[1,2,{}]}}', "o0:3", "f1", "x", "", 'e{"name":"HostError","message":"m"}'),
    *("j" + "[" * 2000 + "]" * 2000, "s" + "x" * 20_000, 'e{"name":"E","message":"\\ud800"}'),
)


class HostError(Exception):
    """Raised by host functions."""


@dataclass
class MeddlingHost(ScriptedHost):
    """A host whose functions call back, settle, release, collect, interrupt and close."""

    chance: random.Random = field(default_factory=random.Random)
    engine: Engine | None = None
    patience: int = POLLS
    deferred: int = 0
    batches: int = 0
    kept: list[int] = field(default_factory=list)
    depth: int = 0
    happened: Counter[str] = field(default_factory=Counter)

    def poll(self) -> bool:
        self.patience -= 1
        if self.engine is not None and self.chance.random() < 0.002:
            self.meddle()
        return self.patience <= 0

    def error_text(self, error: BaseException, /) -> str:
        if self.chance.random() < 0.01:
            raise HostError("cannot tell")
        return super().error_text(error)

    def module_source(self, name: str, /) -> str:
        self.chance_to_meddle()
        if self.chance.random() < 0.2:
            raise FileNotFoundError("x" * self.chance.choice((1, 400)))
        return Grammar(self.chance).module()

    def resolve(self, base: str, specifier: str, /) -> str:
        if self.chance.random() < 0.3:
            raise FileNotFoundError(specifier)
        return "s" + specifier

    def classic_source(self, path: str, /) -> tuple[str, str] | str:
        self.chance_to_meddle()
        source = Grammar(self.chance).script()
        return f"(function (exports, require, module) {{{source}\n}})", path

    def chance_to_meddle(self) -> None:
        if self.chance.random() < 0.05:
            self.meddle()

    def meddle(self) -> None:
        """Do to the engine, from within, what only a rude host would do."""
        engine = self.engine
        if engine is None or self.depth > 3:
            return
        self.depth += 1
        try:
            self.chance.choice(self._deeds(engine))()
        except (EngineError, RecursionError) as error:
            self.happened[type(error).__name__] += 1
        finally:
            self.depth -= 1

    def _deeds(self, engine: Engine) -> list[Callable[[], object]]:
        chance = self.chance
        return [
            engine.collect,
            engine.statistics,
            engine.take_unhandled,
            lambda: engine.run_jobs(chance.choice((1, 5, 1000))),
            lambda: engine.settle(chance.randint(1, self.deferred + 1), chance.choice(VALUES)),
            lambda: engine.invoke(self.some_callback(), *chance.sample(VALUES, 2)),
            lambda: engine.fire(self.some_callback(), chance.choice(VALUES)),
            lambda: self.deliver(engine),
            lambda: engine.resume(chance.randint(1, self.batches + 1)),
            lambda: engine.forget(chance.randint(1, self.batches + 1)),
            lambda: engine.dismiss(chance.randrange(3)),
            lambda: engine.release(self.some_callback()),
            lambda: engine.evaluate(Grammar(chance).script()),
            lambda: engine.run_module(f"./m{chance.randrange(9)}.mjs"),
            lambda: engine.run_script(f"./s{chance.randrange(9)}.js"),
            lambda: engine.retain_export(f"./m{chance.randrange(9)}.mjs", "default"),
            lambda: engine.exported(f"./m{chance.randrange(9)}.mjs", "x"),
            lambda: engine.is_classic(Grammar(chance).module()),
            lambda: self.close() if chance.random() < 0.1 else None,
        ]

    def deliver(self, engine: Engine) -> None:
        self.batches += 1
        listeners = [
            (number, self.some_callback(), "*", number == 2)
            for number in range(self.chance.randint(1, 3))
        ]
        some: list[object] = [{"type": "x"}, {"a": {"b": [1]}}]
        bodies = some * self.chance.choice((1, 20))
        events = [[{"seq": 5}, [1] * len(bodies), [2] * len(bodies), [0], bodies]]
        engine.deliver(self.batches, json.dumps(listeners), json.dumps(events))

    def some_callback(self) -> int:
        return self.chance.choice(self.kept or [1])

    def close(self) -> None:
        self.happened["closed"] += 1
        if self.engine is not None:
            self.engine.close()


def _functions(host: MeddlingHost) -> dict[str, Callable[..., object]]:
    def keep(function: object = None, *_: object) -> object:
        if isinstance(function, dict) and "$function" in function:
            host.kept.append(function["$function"])
        return len(host.kept)

    def ask(*_: object) -> object:
        host.chance_to_meddle()
        host.deferred += 1
        return Deferred(host.deferred)

    def fail(*values: object) -> None:
        error = HostError(*values[:1])
        raise error from (ValueError("\ud800") if host.chance.random() < 0.5 else None)

    def exit_(*_: object) -> None:
        raise SystemExit(1)

    def interrupt(polls: object = 0, *_: object) -> None:
        host.patience = polls if isinstance(polls, int) else 0

    def meddled(*_: object) -> None:
        host.meddle()

    def same(value: object = None, *_: object) -> object:
        host.chance_to_meddle()
        return value if not isinstance(value, dict) or len(json.dumps(value)) < 10_000 else None

    return {
        "see": lambda *_: host.chance_to_meddle(),
        "same": same,
        "keep": keep,
        "ask": ask,
        "fail": fail,
        "thing": lambda number=0, *_: HostObject(int(number)),
        "exit": exit_,
        "interrupt": interrupt,
        "close": lambda *_: host.close(),
        "back": meddled,
        "call": meddled,
        "settle": meddled,
        "release": meddled,
        "collect": meddled,
    }


def play(factory: EngineFactory, seed: str, scripts: int) -> Counter[str]:
    """Live through `scripts` scripts of one engine; all follows from the seed.

    Returns:
        How often what happened.
    """
    chance = random.Random(seed)
    host = MeddlingHost(chance=chance)
    host.functions = _functions(host)
    host.methods = {"name": lambda _ident, *values: values[0] if values else None}
    engine = host.engine = factory(host, LIMITS)
    try:
        engine.install(install_spec(host.functions))
        for _ in range(scripts):
            host.happened["scripts"] += 1
            host.patience = chance.choice((POLLS, POLLS, POLLS, 1, 3))
            _attempt(host, lambda: engine.evaluate(Grammar(chance).script()))
            for _ in range(chance.randrange(5)):
                host.patience = POLLS
                _attempt(host, chance.choice(host._deeds(engine)))
            _attempt(host, lambda: _drain(host, engine))
    finally:
        host.engine = None
        engine.close()
    return host.happened


def _drain(host: MeddlingHost, engine: Engine) -> None:
    for _ in range(20):
        host.patience = POLLS
        try:
            if engine.run_jobs(200):
                break
        except EngineInterrupted:
            host.happened["EngineInterrupted"] += 1
    engine.take_unhandled()


def _attempt(host: MeddlingHost, deed: Callable[[], object]) -> None:
    """Engine errors and exits are to be expected; anything else is a defect."""
    try:
        answer = deed()
        host.happened["error" if isinstance(answer, str) and answer[:1] == "e" else "answer"] += 1
    except (EngineError, RecursionError, SystemExit) as error:
        host.happened[type(error).__name__] += 1
