"""Whose run is it? Two and three runs in one realm, interleaved at every ``await``."""

from __future__ import annotations

import contextvars
import random
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from tests.realm.realm_support import (
    SECONDS,
    Reports,
    World,
    binding,
    outcome,
    packed,
    running_loop,
)

from marotte.realm import (
    Callback,
    Caller,
    HostFunction,
    HostLoop,
    Realm,
    Registry,
    Scope,
    ScriptInterrupted,
    ScriptListener,
    host_function,
)

CURRENT = contextvars.ContextVar("CURRENT", default="nobody")
BLOCKS, SEEDS = 8, 25


class Refusal(Exception):
    """An effect of a run that was interrupted."""


class StoppingGate:
    """Refuses what is called for an interrupted scope, as a run's entry check does."""

    def check(self, function: HostFunction[..., Any], scope: Scope) -> None:
        if scope.interrupted:
            raise Refusal(scope.name)

    def call(
        self, function: HostFunction[..., Any], scope: Scope
    ) -> AbstractAsyncContextManager[object]:
        return nullcontext()


@dataclass
class Stage:
    """One realm, the runs in it, and what their host calls saw."""

    host: HostLoop
    loop_world: World
    reports: Reports = field(default_factory=Reports)
    marks: list[tuple[str, str, str, str, int]] = field(default_factory=list)
    listeners: list[tuple[Callback, Scope]] = field(default_factory=list)
    scopes: dict[str, Scope] = field(default_factory=dict)
    on_mark: Callable[[], object] = bool

    def __post_init__(self) -> None:
        self.realm: Realm = self.loop_world.realm(
            registry=self._registry(), host=self.host, observer=self.reports, gate=StoppingGate()
        )

    def _registry(self) -> Registry:
        @host_function
        def mark(caller: Caller, run: str, kind: str, number: int = -1) -> None:
            """Note for whom a host call was made."""
            self.marks.append((run, caller.scope.name, CURRENT.get(), kind, number))
            self.on_mark()

        @host_function
        async def pause(caller: Caller, run: str, turns: int) -> int:
            """Come back after some turns of the host loop."""
            for _ in range(turns):
                await anyio.lowlevel.checkpoint()
            self.marks.append((run, caller.scope.name, CURRENT.get(), "async", -1))
            return turns

        @host_function
        async def fail(caller: Caller, run: str) -> None:
            """Reject after a turn of the host loop."""
            await anyio.lowlevel.checkpoint()
            self.marks.append((run, caller.scope.name, CURRENT.get(), "failing", -1))
            raise ValueError(run)

        @host_function
        def listen(caller: Caller, callback: Callback) -> None:
            """Have events."""
            self.listeners.append((callback, caller.scope))

        @host_function
        def emit(caller: Caller) -> None:
            """Send an event to the listeners of all runs."""
            for callback, scope in self.listeners:
                self.realm.deliver(packed({}), [ScriptListener("*", callback, scope)])

        return Registry([binding(mark, pause, fail, listen, emit)])

    def start(self, name: str, source: str) -> Future[Any]:
        """Begin a run."""
        scope = self.scopes[name] = Scope(name)
        scope.context.run(CURRENT.set, name)
        return self.realm.evaluate(source, scope=scope)

    def numbers(self, name: str) -> list[int]:
        """The numbered marks of a run."""
        return [number for run, _, _, _, number in self.marks if run == name and number >= 0]

    def strayed(self) -> list[tuple[str, str, str, str, int]]:
        """Host calls that were charged to another run than theirs."""
        return [mark for mark in self.marks if not mark[0] == mark[1] == mark[2]]


STEPS = [
    "await null;",
    "await Promise.all([null, Promise.resolve(1), pause('{run}', 1)]);",
    "await pause('{run}', {n});",
    "await new Promise((resolve) => setTimeout(resolve, {n} / 4));",
    "emit();",
    "setTimeout(() => mark('{run}', 'timer'), {n} / 4);",
    "setTimeout(async () => {{ await pause('{run}', 1); mark('{run}', 'timer+'); }}, 0);",
    "Promise.resolve().then(() => mark('{run}', 'job')).then(() => mark('{run}', 'job'));",
    "(async () => {{ await null; mark('{run}', 'aside'); await pause('{run}', {n}); "
    "mark('{run}', 'aside'); }})();",
    "try {{ await fail('{run}'); }} catch (error) {{ mark('{run}', error.message); }}",
    "for await (const v of (async function* () {{ yield 1; await null; yield 2; }})()) "
    "mark('{run}', 'generator');",
    "await {{ then(resolve) {{ mark('{run}', 'thenable'); resolve(); }} }};",
    "queue('{run}');",
]
PROLOGUE = """
globalThis.queue = (run) => Promise.resolve().then(async () => {
  mark(run, "queued"); await null; mark(run, "queued");
});
0
"""


def script(name: str, dice: random.Random, steps: int) -> str:
    """A run that marks after each of its steps, and at odd times in between."""
    lines = [
        f"listen(() => {{ mark('{name}', 'listener');"
        f" Promise.resolve().then(() => mark('{name}', 'listener job')); }});",
        f"listen(async () => {{ await pause('{name}', 1); mark('{name}', 'async listener'); }});",
    ]
    for number in range(steps):
        step = dice.choice(STEPS)
        lines.append(step.format(run=name, n=dice.randrange(1, 5)))
        lines.append(f"mark('{name}', 'step', {number});")
    return f"(async () => {{ {' '.join(lines)} return '{name} done'; }})()"


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """A realm for some runs; it is still whole at the end."""
    async with HostLoop() as host:
        with running_loop() as loop:
            made = Stage(host, World(loop))
            await host.wait(made.realm.evaluate(PROLOGUE))
            yield made
            assert not made.realm.closed, made.reports.ends


async def idle(made: Stage) -> None:
    """Wait until nothing is left to run."""
    idle = anyio.Event()
    made.reports.on_idle = lambda: made.host.post(idle.set)
    made.realm.hold()
    made.realm.unhold()
    with anyio.fail_after(SECONDS):
        await idle.wait()


@pytest.mark.parametrize("block", range(BLOCKS))
@pytest.mark.parametrize("runs", [2, 3])
async def test_each_host_call_is_charged_to_its_own_run(block: int, runs: int) -> None:
    for seed in range(block * SEEDS, (block + 1) * SEEDS):
        dice = random.Random(seed * 10 + runs)
        async with stage() as made:
            names = "ABC"[:runs]
            done = {name: made.start(name, script(name, dice, 8)) for name in names}
            for name, future in done.items():
                assert await made.host.wait(future) == f"{name} done", f"seed {seed}"
            await idle(made)
            assert made.strayed() == [], f"seed {seed}"
            assert all(made.numbers(name) == list(range(8)) for name in names), f"seed {seed}"
            assert made.reports.errors == [], f"seed {seed}"


@pytest.mark.parametrize("block", range(BLOCKS))
async def test_interrupting_one_run_never_disturbs_the_other(block: int) -> None:
    for seed in range(block * SEEDS, (block + 1) * SEEDS):
        dice = random.Random(seed)
        async with stage() as made:
            ended = Interruption(made, after=dice.randrange(1, 20))
            stopped = made.start("A", script("A", dice, 12) if seed % 5 else SPINNING)
            other = made.start("B", script("B", dice, 8))
            assert await made.host.wait(other) == "B done", f"seed {seed}"
            if ended.marks is not None:
                await made.host.wait(ended.finished)
            await idle(made)
            assert made.strayed() == [], f"seed {seed}"
            assert made.numbers("B") == list(range(8)), f"seed {seed}"
            if ended.marks is not None:
                assert str(outcome(stopped)) in ENDS, f"seed {seed}"
                late = [mark for mark in made.marks[ended.marks :] if mark[0] == "A"]
                assert [mark for mark in late if mark[3] not in ("async", "failing")] == []
            assert {scope for scope, _ in made.reports.errors} <= {"A"}, f"seed {seed}"


# Run A may have been done, be ended by the host, or by what its next call or promise threw.
ENDS = (
    "A done",
    "A was cancelled",
    "realm: JavaScript was interrupted",
    "JavaScript was interrupted",
    "Refusal: A",
    "ScriptInterrupted: A was cancelled",
)
SPINNING = """
(async () => {
  for (let i = 0; ; i++) { mark('A', 'step', i); await pause('A', 1); if (i === 3) emit();
    if (i === 5) setTimeout(() => { for (;;) mark('A', 'spin'); }); }
})()
"""


class Interruption:
    """Interrupts run A as soon as there have been enough marks, on the loop thread itself."""

    def __init__(self, made: Stage, after: int) -> None:
        self._made = made
        self._after = after
        self.marks: int | None = None
        self.finished: Future[None] = Future()
        made.on_mark = self

    def __call__(self) -> None:
        if self.marks is not None or len(self._made.marks) < self._after:
            return
        self.marks = len(self._made.marks)
        scope = self._made.scopes["A"]
        scope.interrupt()
        self.finished = self._made.realm.end(scope, ScriptInterrupted("A was cancelled"))
