"""Listeners of scripts against a model: whatever they do within a batch, everyone hears right."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from marotte import Binding, FunctionEngine, Runtime, ScriptError, Turn, host_function
from marotte.events import Body, PluginBody
from marotte.host import load_bindings
from marotte.inference import EngineContext
from marotte_js.core.engines import EngineObject

TYPES = ("test.a", "test.b", "*")
DEEDS = ("off", "on", "throw", "reject", "nothing")
NEWCOMER = 100
"""A listener that joins on behalf of listener n has this number more."""


@dataclass(frozen=True)
class Actor:
    """A listener, and what it does when it is called.

    Attributes:
        type: What it listens to.
        once: Whether for one event only.
        deeds: By the number of its call: what it does, and to whom.
    """

    type: str
    once: bool
    deeds: dict[int, tuple[str, int]]


actors = st.lists(
    st.builds(
        Actor,
        st.sampled_from(TYPES),
        st.booleans(),
        st.dictionaries(
            st.integers(1, 12), st.tuples(st.sampled_from(DEEDS), st.integers(0, 5)), max_size=3
        ),
    ),
    min_size=1,
    max_size=6,
)
sequences = st.lists(st.sampled_from(TYPES[:2]), max_size=40)

SCRIPT = """
import { createSession } from "marotte";
const { actors, late } = setting();
const run = createSession({ engine: play() }).start("go");
const heard = [], joined = [], log = [];
const hear = (index) => (event) => {
  if (event.type.startsWith("test.")) heard.push([index, event.seq]);
};
const listeners = actors.map((actor, index) => {
  const note = hear(index);
  let calls = 0;
  return (event) => {
    note(event);
    if (!event.type.startsWith("test.")) return;
    const [deed, whom] = actor.deeds[++calls] ?? [];
    if (deed === "off") run.off(actors[whom % actors.length].type, listeners[whom % actors.length]);
    if (deed === "on" && joined.push(index)) run.on("*", hear(index + 100));
    if (deed === "throw") throw new Error("thrown by " + index);
    if (deed === "reject") return Promise.reject(new Error("rejected by " + index));
  };
});
if (late) begin(), await run.promise;
actors.forEach((actor, index) => run[actor.once ? "once" : "on"](actor.type, listeners[index]));
if (!late) begin(), await run.promise;
for await (const event of run) log.push([event.seq, event.type]);
// Who joined may have yet to catch up.
await new Promise((over) => run.on("run-finished", over));
report([heard, joined, log]);
"""


class Model:
    """Who hears what, by the rules."""

    def __init__(self, cast: Sequence[Actor]) -> None:
        self._cast = cast
        self._active = dict.fromkeys(range(len(cast)), True)
        self._calls = dict.fromkeys(range(len(cast)), 0)
        self.heard: list[list[int]] = []

    def run(self, log: Sequence[tuple[int, str]]) -> list[list[int]]:
        """All calls for events of the test, as `[listener, seq]`."""
        order = sorted(range(len(self._cast)), key=lambda index: self._cast[index].type == "*")
        for seq, type in log:
            for index in order:
                if self._active[index] and self._cast[index].type in (type, "*"):
                    self._call(index, seq, type)
        return self.heard

    def _call(self, index: int, seq: int, type: str) -> None:
        actor = self._cast[index]
        self._active[index] = not actor.once
        if not type.startswith("test."):
            return
        self._calls[index] += 1
        self.heard.append([index, seq])
        deed, whom = actor.deeds.get(self._calls[index], ("nothing", 0))
        if deed == "off":
            self._active[whom % len(self._cast)] = False


def play(
    bodies: Sequence[Body], cast: Sequence[Actor], *, late: bool
) -> tuple[list[list[int]], list[int], list[tuple[int, str]]]:
    """Have an engine emit `bodies`: what was heard, who had others join, and the log."""
    setting = {
        "late": late,
        "actors": [{"type": each.type, "once": each.once, "deeds": each.deeds} for each in cast],
    }

    reported: list[Any] = []

    async def run() -> None:
        begun = asyncio.Event()
        loop = asyncio.get_running_loop()

        async def emit(turn: Turn, ctx: EngineContext) -> None:
            await begun.wait()
            for body in bodies:
                ctx.run.emit_nowait(body)

        @host_function(name="play")
        def engine() -> EngineObject:
            """The engine."""
            return EngineObject(FunctionEngine(emit))

        @host_function(name="setting")
        def told() -> dict[str, JsonValue]:
            """What the script is to do."""
            copied: dict[str, JsonValue] = json.loads(json.dumps(setting))
            return copied

        @host_function(effect="cleanup")
        def report(seen: list[JsonValue]) -> None:
            """What the script has seen."""
            reported.append(seen)

        @host_function
        def begin() -> None:
            """Let the engine begin."""
            loop.call_soon_threadsafe(begun.set)

        binding = Binding(
            name="stage",
            functions=[engine, told, begin, report],
            global_names=["play", "setting", "begin", "report"],
        )
        async with Runtime(bindings=[*load_bindings(), binding]) as runtime:
            # What a listener throws and nobody handles fails the script in the end.
            with suppress(ScriptError):
                await runtime.run_source(SCRIPT)

    asyncio.run(run())
    heard, joined, log = reported[0]
    return heard, joined, [(seq, type) for seq, type in log]


@given(actors, sequences)
@settings(max_examples=60)
def test_whatever_listeners_do_within_a_batch_everyone_hears_right(
    cast: list[Actor], sequence: list[str]
) -> None:
    bodies = [PluginBody(type=type, data={"n": n}) for n, type in enumerate(sequence)]
    heard, joined, log = play(bodies, cast, late=False)
    assert [each for each in heard if each[0] < NEWCOMER] == Model(cast).run(log)
    events = [seq for seq, type in log if type.startswith("test.")]
    for index in range(len(cast)):
        newcomers = [seq for who, seq in heard if who == index + NEWCOMER]
        assert sorted(newcomers) == sorted(events * joined.count(index))


@given(actors, sequences)
@settings(max_examples=40)
def test_whoever_comes_late_hears_the_same_as_long_as_nobody_objects(
    cast: list[Actor], sequence: list[str]
) -> None:
    bodies = [PluginBody(type=type, data={"n": n}) for n, type in enumerate(sequence)]
    heard, _, log = play(bodies, cast, late=True)
    deeds = [deed for actor in cast for deed in actor.deeds.values()]
    for index, actor in enumerate(cast):
        alone = Model([Actor(actor.type, actor.once, {})]).run(log)
        due = [seq for _, seq in alone]
        had = [seq for who, seq in heard if who == index]
        assert had == due[: len(had)]
        if not any(deed == "off" and whom % len(cast) == index for deed, whom in deeds):
            assert had == due
