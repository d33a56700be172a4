"""Parked runs with an engine, tools, hooks, middleware and listeners of the very script that waits."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import anyio
import pytest
from tests.bindings.agent_support import PRELUDE, evaluate

from marotte import Runtime

WORLD = """
const seen = [];
let asked = 0;
const script = (kind) => {
  const enter = kind === "async" ? async (name) => { seen.push(name); await pause(1); } : (name) => { seen.push(name); };
  const tool = (name) => kind === "async" ? async ({ n }) => { await enter(name); return n; } : ({ n }) => { enter(name); return n; };
  const engine = engines.fromFunction(kind === "async"
    ? async (turn, ctx) => { await enter("engine"); answer(turn, ctx); }
    : (turn, ctx) => { enter("engine"); answer(turn, ctx); });
  const hook = (name) => () => enter(name);
  const middleware = kind === "async"
    ? async (turn, next) => { await enter("middleware"); return await next(turn); }
    : (turn, next) => { enter("middleware"); return next(turn); };
  return {
    engine, tools: registryOf({ one: tool("one"), two: tool("two"), three: tool("three") }), middlewares: [middleware],
    toolHooks: { beforeToolCall: hook("before"), afterToolCall: hook("after") },
  };
};
function answer(turn, ctx) {
  ctx.emit({ type: "text-delta", delta: "…" });
  if (turn.blocks.some((b) => b.kind === "tool_use")) turn.blocks.push(turns.newAssistantBlock("done"));
  else for (const [n, name] of ["one", "two", "three"].entries()) turn.blocks.push(turns.newToolCallBlock(name, name, { n }));
}
"""


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_everything_at_once_neither_deadlocks_nor_is_left_out(kind: str) -> None:
    told = await evaluate(
        WORLD
        + f"""
        const heard = [];
        let ticks = 0;
        const ticker = setInterval(() => ticks++, 1);
        const session = createSession(script("{kind}"));
        const background = createSession(script("{kind}")).start("y");
        background.on("*", (e) => heard.push(e.type)).on("*", async () => {{ await null; heard.push("async"); }});
        const turn = session.run("x");
        const inner = createSession(script("{kind}"));
        setTimeout(() => heard.push(inner.run("on top").text), 1);
        const again = session.run("z");
        await background.promise;
        while (!heard.includes("done")) await pause(1);
        clearInterval(ticker);
        export default [outcomes(turn), turn.text, again.text, heard.includes("tool-execution-finished"), heard.includes("async"),
                        heard.at(-1), background.status, seen.filter((s) => s === "two").length];
        """
    )
    assert told[:3] == [[0, 1, 2], "done", "done"]
    assert told[3:5] == [True, True]
    assert told[6:] == ["completed", 4]


@pytest.mark.parametrize(
    "handler", ["({ n }) => inner(n)", "async ({ n }) => { await pause(n); return inner(n); }"]
)
async def test_parallel_tools_may_each_park_a_run_of_their_own(handler: str) -> None:
    told = await evaluate(
        f"""
        const inner = (n) => {{
          const nested = createSession({{
            engine: asking(call("deep", {{ n }})), tools: registryOf({{ deep: async ({{ n }}) => {{ await pause(5 - n); return n * 10; }} }}),
          }});
          return outcomes(nested.run("x"))[0];
        }};
        const calls = [0, 1, 2, 3].map((n) => call("park", {{ n }}, `c${{n}}`));
        const session = createSession({{
          engine: asking(...calls), tools: registryOf({{ park: {handler} }}), toolLoop: {{ maxParallelTools: 4 }},
        }});
        export default [outcomes(session.run("x")), outcomes(await createSession({{
          engine: asking(...calls), tools: registryOf({{ park: {handler} }}), toolLoop: {{ maxParallelTools: 4 }},
        }}).runAsync("x"))];
        """
    )
    assert told == [[0, 10, 20, 30], [0, 10, 20, 30]]


PARKING = {
    "engine": "engine: engines.fromFunction((turn) => { inner(); turn.blocks.push(turns.newAssistantBlock('done')); })",
    "tool": "engine: asking(call('t')), tools: registryOf({ t: inner })",
    "before": "engine: asking(call('t')), tools: registryOf({ t: () => 1 }), toolHooks: { beforeToolCall: () => { inner(); } }",
    "after": "engine: asking(call('t')), tools: registryOf({ t: () => 1 }), toolHooks: { afterToolCall: () => { inner(); } }",
    "error": "engine: asking(call('t')), tools: registryOf({ t: () => { throw 1; } }), toolHooks: { onToolError: () => { inner(); } }",
    "middleware": "engine: engines.echo({ reply: 'done' }), middlewares: [async (turn, next) => { inner(); const answer = await next(); inner(); return answer; }]",
    "listener": "engine: engines.echo({ reply: 'done' })",
}


@pytest.mark.parametrize("place", PARKING)
async def test_every_function_may_park_a_run_of_its_own(place: str) -> None:
    told = await evaluate(
        f"""
        let parked = 0;
        const inner = () => {{
          const nested = createSession({{ engine: asking(call("u")), tools: registryOf({{ u: async () => {{ await pause(2); return ++parked; }} }}) }});
          return nested.run("y").text;
        }};
        const make = () => createSession({{ {PARKING[place]} }});
        const background = make().start("x");
        if ({"true" if place == "listener" else "false"}) background.on("text-finished", inner).on("*", async () => {{ await null; }});
        const turn = make().run("x");
        await background.promise;
        while (parked === 0) await pause(1); // A listener that waits lets others go on.
        export default [turn.text, background.status];
        """
    )
    assert told == ["done", "completed"]


async def test_too_many_parked_runs_are_an_error_of_the_tool() -> None:
    told = await evaluate(
        """
        let deepest = 0;
        const nest = (depth) => {
          deepest = Math.max(deepest, depth);
          const session = createSession({ engine: asking(call("down")), tools: registryOf({ down: () => nest(depth + 1) }) });
          return outcomes(session.run("x"))[0];
        };
        export default [nest(1), deepest];
        """
    )
    assert "parked" in told[0] or "8" in told[0]
    assert told[1] == 9


HANGING = {
    "engine": "engine: engines.fromFunction(hang)",
    "tool": "engine: asking(call('t')), tools: registryOf({ t: hang })",
    "parallel tools": "engine: asking(call('t'), call('t', {}, 'u')), tools: registryOf({ t: hang })",
    "hook": "engine: asking(call('t')), tools: registryOf({ t: () => 1 }), toolHooks: { beforeToolCall: hang }",
    "middleware": "engine: engines.echo(), middlewares: [hang]",
    "inner run": "engine: asking(call('t')), tools: registryOf({ t: () => createSession({ engine: engines.fromFunction(hang) }).run('y') })",
    "inner tool": "engine: asking(call('t')), tools: registryOf({ t: () => registryOf({ u: hang }).call('u') })",
}
HANGS = {
    "promise": "() => { console.log('ready'); return new Promise(() => {}); }",
    "loop": "() => { console.log('ready'); for (;;); }",
    "jobs": "async () => { console.log('ready'); for (;;) await null; }",
}


@pytest.mark.parametrize("hang", HANGS.values(), ids=HANGS)
@pytest.mark.parametrize("place", HANGING.values(), ids=HANGING)
async def test_it_is_cancelled_from_python_wherever_it_hangs(place: str, hang: str) -> None:
    source = f"{PRELUDE} const hang = {hang}; createSession({{ {place} }}).run('x'); export default 'late';"
    async with Runtime() as runtime:
        handle = runtime.run_source(source, cancel_grace_ms=20)
        ready = anyio.Event()
        _ = handle.on("output", lambda _: ready.set())
        with anyio.fail_after(20):
            await ready.wait()
            handle.cancel()
            record = await handle.wait()
            assert (record.status, record.stop_reason) == ("stopped", "user_cancel")
            assert await runtime.run_source("export default 1;") == 1


async def test_two_scripts_park_with_tools_and_a_third_goes_on() -> None:
    source = PRELUDE + WORLD + 'export default outcomes(createSession(script("async")).run("x"));'
    async with Runtime() as runtime:
        runs = [runtime.run_source(source) for _ in range(4)]
        third = runtime.run_source(
            "let n = 0; while (n < 30) { await new Promise((r) => setTimeout(r, 1)); n++; } export default n;"
        )
        with anyio.fail_after(20):
            assert await third == 30
            for run in runs:
                assert await run == [0, 1, 2]


@pytest.mark.parametrize("place", ["parallel tools", "inner run", "middleware"])
def test_ctrl_c_ends_it(tmp_path: Path, place: str) -> None:
    script = tmp_path / "parked.mjs"
    source = f"const hang = {HANGS['promise']}; createSession({{ {HANGING[place]} }}).run('x');"
    script.write_text(PRELUDE + source, encoding="utf-8")
    process = subprocess.Popen(
        [Path(sys.executable).with_name("marotte"), "run", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    assert "stopping" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
