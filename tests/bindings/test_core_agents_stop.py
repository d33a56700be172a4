"""A stop holds between any two steps of a script's tools, hooks and middleware."""

from __future__ import annotations

import anyio
import pytest
from tests.bindings.agent_support import PRELUDE, evaluate

from marotte import Runtime

STEPS = """
const steps = [];
let run, stopAt = Infinity, how = "stop";
const step = (name) => { if (steps.push(name) === stopAt) run[how]("enough"); };
const loud = (name) => async (turn, next) => { step(`${name}<`); const answer = await next(turn); return answer; };
const registry = registryOf({
  sync: () => { step("sync"); return 1; },
  async: async () => { step("async"); await pause(1); return 2; },
  failing: () => { step("failing"); throw new Error("no luck"); },
});
let asked = 0;
const engine = engines.fromFunction(async (turn) => {
  step("engine");
  if (++asked > 1) return void turn.blocks.push(turns.newAssistantBlock("done"));
  for (const name of ["sync", "async", "failing"]) turn.blocks.push(turns.newToolCallBlock(name, name, {}));
});
const session = createSession({
  engine, tools: registry, middlewares: [loud("a"), loud("b")], toolLoop: { maxParallelTools: 1, retryBackoffMs: 0 },
  toolHooks: {
    beforeToolCall: () => { step("before"); },
    afterToolCall: async () => { step("after"); },
    onToolError: () => { step("error"); return { action: steps.includes("again") ? "continue" : (steps.push("again"), "retry"), backoffMs: 0 }; },
  },
});
const begin = (k, mode) => { stopAt = k; how = mode; run = session.start("x"); return run; };
"""
"""Everything that starts says so; the `stopAt`-th one stops the run."""

ALL = [
    *["a<", "b<", "engine", "before", "sync", "after", "before", "async", "after"],
    *["before", "failing", "error", "again", "failing", "error", "after", "a<", "b<", "engine"],
]


async def test_undisturbed_all_steps_are_taken() -> None:
    told = await evaluate(STEPS + "await begin(Infinity).promise; export default steps;")
    assert told == ALL


@pytest.mark.parametrize("mode", ["stop", "cancel"])
@pytest.mark.parametrize("at", range(1, len(ALL) + 1))
async def test_after_a_stop_no_further_step_starts(at: int, mode: str) -> None:
    if ALL[at - 1] == "again":
        at += 1  # That is no step of its own.
    told = await evaluate(
        STEPS
        + f"""
        const ended = await later(begin({at}, "{mode}").promise);
        await pause(5);
        export default [ended.slice(0, 2), steps.filter((name) => name !== "again"), run.status, session.turnCount()];
        """
    )
    (name, code), steps, status, turns = told
    assert steps == [step for step in ALL[:at] if step != "again"]
    assert (name, code) == ("RunStoppedError", f"user_{mode}")
    assert (status, turns) == ("stopped", 0)


async def test_after_a_deadline_no_further_step_starts() -> None:
    told = await evaluate(
        """
        const steps = [];
        const registry = registryOf({ slow: async () => { steps.push("slow"); await pause(60); steps.push("late"); } });
        const session = createSession({
          engine: asking(call("slow"), call("slow", {}, "two")), tools: registry, toolLoop: { maxParallelTools: 1 },
          toolHooks: { afterToolCall: () => { steps.push("after"); } },
        });
        const run = session.start("x", { timeoutMs: 30, cancelGraceMs: 10 });
        const ended = await later(run.promise);
        await pause(80);
        export default [ended.slice(0, 2), steps, run.status];
        """
    )
    assert told == [["RunTimeoutError", "deadline"], ["slow"], "timed_out"]


@pytest.mark.parametrize(
    "place",
    [
        "engine: engines.fromFunction(hang)",
        "engine: asking(call('t')), tools: registryOf({ t: hang })",
        "engine: asking(call('t')), tools: registryOf({ t: () => 1 }), toolHooks: { beforeToolCall: hang }",
        "engine: asking(call('t')), tools: registryOf({ t: () => 1 }), toolHooks: { afterToolCall: hang }",
        "engine: asking(call('t')), tools: registryOf({ t: () => { throw 1; } }), toolHooks: { onToolError: hang }",
        "engine: engines.echo(), middlewares: [hang]",
        "engine: engines.fromFunction(hang), middlewares: [(turn, next) => next()]",
        "engine: engines.fromFunction(hang), middlewares: [(turn, next) => { next(); }]",
    ],
)
@pytest.mark.parametrize(
    "hang",
    [
        "() => { ready(); return new Promise(() => {}); }",
        "async () => { ready(); for (;;) { try { await pause(1); } catch {} } }",
        "() => { ready(); createSession({ engine: engines.fromFunction(() => new Promise(() => {})) }).run('x'); }",
        "async () => { ready(); await agents.call('never'); }",
    ],
)
async def test_what_never_returns_is_ended_wherever_it_stands(place: str, hang: str) -> None:
    told = await evaluate(
        f"""
        agents.define("never", () => new Promise(() => {{}}));
        let isReady = false;
        const ready = () => {{ isReady = true; }};
        const hang = {hang};
        const session = createSession({{ {place} }});
        const run = session.start("x", {{ cancelGraceMs: 10, graceMs: 10 }});
        while (!isReady) await pause(1);
        run.cancel();
        const ended = await later(run.promise);
        export default [ended.slice(0, 2), run.status, await session.isRunning(), 1 + 1];
        """
    )
    assert told == [["RunStoppedError", "user_cancel"], "stopped", False, 2]


SPINS = ["() => { for (;;); }", "async () => { for (;;) await null; }"]


@pytest.mark.parametrize("hang", SPINS)
@pytest.mark.parametrize(
    "place",
    [
        "engine: engines.fromFunction(hang)",
        "engine: asking(call('t')), tools: registryOf({ t: hang })",
        "engine: asking(call('t')), tools: registryOf({ t: () => 1 }), toolHooks: { beforeToolCall: hang }",
        "engine: engines.echo(), middlewares: [hang]",
    ],
)
async def test_what_spins_is_ended_by_the_deadline(place: str, hang: str) -> None:
    told = await evaluate(
        f"""
        const hang = {hang};
        const run = createSession({{ {place} }}).start("x", {{ timeoutMs: 30, cancelGraceMs: 10 }});
        const ended = await later(run.promise);
        export default [ended.slice(0, 2), run.status];
        """
    )
    assert told == [["RunTimeoutError", "deadline"], "timed_out"]


@pytest.mark.parametrize(
    ("place", "time_ms"),
    [
        ("engine: asking(call('t')), tools: one, toolHooks: { beforeToolCall: hang }", 600_000),
        ("engine: asking(call('t')), tools: one, toolHooks: { afterToolCall: hang }", 600_000),
        ("engine: engines.fromFunction(hang), middlewares: [(turn, next) => next()]", 600_000),
        ("engine: asking(call('t')), tools: registryOf({ t: hang })", 100),
        ("engine: asking(call('t')), tools: registryOf({ t: () => inner.call('hang') })", 100),
        ("engine: asking(call('t')), tools: registryOf({ t: () => inner.callAsync('hang') })", 100),
    ],
)
async def test_a_stop_waits_for_tools_within_their_time_and_for_nothing_else(
    place: str, time_ms: int
) -> None:
    source = f"""
    let isReady = false;
    const hang = () => {{ isReady = true; return new Promise(() => {{}}); }};
    const inner = registryOf({{ hang }}), one = registryOf({{ t: () => 1 }});
    const session = createSession({{ {place}, toolLoop: {{ executionTimeoutMs: {time_ms} }} }});
    const run = session.start("x", {{ graceMs: 30, cancelGraceMs: 10 }});
    while (!isReady) await pause(1);
    run.stop();
    export default await later(run.promise);
    """
    with anyio.fail_after(10):
        async with Runtime() as runtime:
            told = await runtime.run_source(PRELUDE + source)
    assert told[:2] == ["RunStoppedError", "user_stop"]


async def test_a_signal_fires_in_every_function_on_stop() -> None:
    told = await evaluate(
        """
        const aborts = {};
        const watch = (name, { signal }) => {
          aborts[name] = new Promise((resolve) => signal.addEventListener("abort", () => resolve([name, signal.reason.name])));
        };
        let fired;
        const session = createSession({
          engine: asking(call("t")),
          tools: registryOf({ t: async (args, ctx) => { watch("tool", ctx); run.stop(); fired = await Promise.all(Object.values(aborts)); } }),
          middlewares: [async (turn, next, ctx) => { watch("middleware", ctx); return await next(); }],
          toolHooks: { beforeToolCall: (payload, ctx) => watch("hook", ctx) },
        });
        const run = session.start("x");
        const ended = await later(run.promise);
        export default [ended[0], fired];
        """
    )
    names = ["middleware", "hook", "tool"]
    assert told == ["RunStoppedError", [[name, "RunStoppedError"] for name in names]]
