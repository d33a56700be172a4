"""What the older module did wrong: a test for each row of the table in `docs/geppetto.md`."""

from __future__ import annotations

import pytest
from tests.bindings.geppetto.support import evaluate
from tests.bindings.script_support import run_script

SPINNING = "gp.engines.fromFunction(() => { for (;;); })"
WAITING = "gp.engines.fromFunction(forever)"


class TestCancel:
    async def test_it_works_without_a_timeout(self) -> None:
        assert await evaluate(f"""
            const run = gp.createSession({{ engine: {WAITING} }}).start("x");
            run.on("start", () => setTimeout(() => run.cancel(), 5));
            export default [await later(run.promise), run.status];
        """) == [["RunStoppedError", "context canceled"], "stopped"]

    async def test_it_works_in_the_tick_of_the_start(self) -> None:
        assert await evaluate("""
            let called = 0;
            const engine = gp.engines.fromFunction(() => { called++; });
            const run = gp.createSession({ engine }).start("x");
            run.cancel();
            export default [(await later(run.promise))[0], called];
        """) == ["RunStoppedError", 0]


class TestDeadline:
    @pytest.mark.parametrize("engine", [SPINNING, WAITING])
    async def test_it_stops_an_engine_of_the_script(self, engine: str) -> None:
        assert await evaluate(f"""
            const session = gp.createSession({{ engine: {engine} }});
            const run = session.start("x", {{ timeoutMs: 50 }});
            export default [await later(run.promise), run.status, session.turnCount()];
        """) == [["RunTimeoutError", "context deadline exceeded"], "timed_out", 0]

    async def test_it_stops_a_tool(self) -> None:
        assert await evaluate("""
            const session = gp.createSession({ engine: asking("t"), tools: registryOf("t", forever) });
            export default attempt(() => session.run("x", { timeoutMs: 50 }))[0];
        """) == ("RunTimeoutError")

    async def test_it_stops_a_loop(self) -> None:
        assert await evaluate("""
            let n = 0;
            const engine = gp.engines.fromFunction((turn) => { turn.blocks.push(gp.turns.newToolCallBlock("c" + n++, "t", {})); });
            const toolLoop = { maxIterations: 1000000 };
            const session = gp.createSession({ engine, tools: registryOf("t", () => 1), toolLoop });
            export default attempt(() => session.run("x", { timeoutMs: 100 }))[0];
        """) == ("RunTimeoutError")


@pytest.mark.parametrize(
    ("engine", "options", "then", "older"),
    [
        ("gp.engines.echo()", "{}", "", None),
        ("gp.engines.fromFunction(() => { throw new Error('x'); })", "{}", "", "error"),
        (WAITING, "{ timeoutMs: 30 }", "", "error"),
        (WAITING, "{}", "run.cancel();", "interrupt"),
    ],
)
async def test_there_is_one_terminal_event_and_it_is_last(
    engine: str, options: str, then: str, older: str | None
) -> None:
    types, terminal = await evaluate(f"""
        const run = gp.createSession({{ engine: {engine} }}).start("x", {options});
        const types = [], terminal = [];
        run.on("*", (event) => types.push(event.type)).on("run-finished", (event) => terminal.push(event.status));
        {then}
        await later(run.promise);
        export default [types, terminal];
    """)
    assert len(terminal) == 1
    last = older or "run-finished"
    assert types[-1] == last
    assert types.count(last) == 1


async def test_a_refused_start_leaves_no_trace() -> None:
    assert await evaluate("""
        const session = echoing();
        const first = session.start("one");
        const refused = await later(session.start("two").promise);
        await first.promise;
        export default [refused[0], session.turnCount(), session.latest().blocks.length];
    """) == ["SessionBusyError", 1, 2]


async def test_a_failed_run_leaves_history_as_it_was() -> None:
    before, after, partial = await evaluate("""
        let calls = 0;
        const engine = gp.engines.fromFunction((turn, ctx) => {
          if (calls++ === 0) return gp.turns.appendBlock(turn, gp.turns.newAssistantBlock("fine"));
          turn.blocks.push(gp.turns.newToolCallBlock("c", "t", {}));
          if (calls === 2) return turn;
          throw new Error("broken");
        });
        const session = gp.createSession({ engine, tools: registryOf("t", () => 1) });
        session.run("one");
        const before = session.turns();
        let partial;
        try { session.run("two"); } catch (error) { partial = error.partialTurn; }
        export default [before, session.turns(), partial];
    """)
    assert before == after
    assert [block["kind"] for block in partial["blocks"]] == ["user", "tool_call", "tool_use"]
    assert "data" not in partial


async def test_rejections_are_errors_with_the_same_texts() -> None:
    assert await evaluate("""
        const error = await echoing().runAsync().catch((reason) => reason);
        export default [error instanceof Error, error.name, error.message];
    """) == [True, "EmptyTurnError", "session has no seed turn (or seed turn is empty)"]


async def test_run_async_takes_options() -> None:
    assert await evaluate(f"""
        const session = gp.createSession({{ engine: {WAITING} }});
        export default (await later(session.runAsync("x", {{ timeoutMs: 30 }})))[0];
    """) == ("RunTimeoutError")


class TestTools:
    async def test_async_handlers_are_awaited(self) -> None:
        assert await evaluate("""
            const tools = registryOf("t", async () => { await null; return { late: true }; });
            export default use(gp.createSession({ engine: asking("t"), tools }).run("x")).result;
        """) == ('{"late":true}')

    async def test_an_error_that_there_is_not_is_absent(self) -> None:
        assert await evaluate("""
            const tools = registryOf("t", () => 1);
            export default "error" in use(gp.createSession({ engine: asking("t"), tools }).run("x"));
        """) is (False)

    async def test_error_handling_abort_ends_the_run_and_keeps_good_results(self) -> None:
        assert await evaluate("""
            const tools = registryOf("bad", () => { throw new Error("no"); });
            tools.register({ name: "good", handler: () => 1 });
            const toolLoop = { toolErrorHandling: "abort" };
            const of = (engine) => gp.createSession({ engine, tools, toolLoop });
            export default [attempt(() => of(asking("bad")).run("x")), use(of(asking("good")).run("x")).result];
        """) == [["ToolError", "tool bad: Error: no"], "1"]

    async def test_the_execution_timeout_is_enforced(self) -> None:
        payload = await evaluate("""
            const tools = registryOf("t", forever);
            const toolLoop = { executionTimeoutMs: 30 };
            export default use(gp.createSession({ engine: asking("t"), tools, toolLoop }).run("x"));
        """)
        assert "took longer than 30 ms" in payload["error"]


async def test_unknown_metadata_and_kinds_are_kept() -> None:
    assert await evaluate("""
        const session = echoing();
        const blocks = [{ kind: "strange", payload: { a: 1 }, metadata: { own: 1 } }];
        const turn = session.run({ blocks, metadata: { own: 2 }, data: { own: 3 } });
        export default [turn.blocks[0].kind, turn.blocks[0].metadata, turn.metadata.own, turn.data];
    """) == ["strange", {"own": 1}, 2, {"own": 3}]


async def test_a_late_listener_hears_what_it_missed() -> None:
    assert await evaluate("""
        const run = echoing("x y").start("hi");
        await run.promise;
        const heard = [];
        run.on("partial", (event) => heard.push(event.completion));
        await new Promise((resolve) => run.on("run-finished", resolve));
        export default heard.at(-1);
    """) == ("x y")


async def test_append_is_refused_in_mid_run() -> None:
    assert await evaluate("""
        const session = echoing();
        const run = session.start("one");
        const refused = attempt(() => session.append(user("two")));
        await run.promise;
        export default [refused, session.turnCount()];
    """) == [["SessionBusyError", "session already has an active inference"], 1]


class TestNothingReturned:
    async def test_what_an_engine_changed_is_kept(self) -> None:
        assert await evaluate("""
            const engine = gp.engines.fromFunction((turn) => { turn.blocks.push(gp.turns.newAssistantBlock("kept")); });
            export default texts(gp.createSession({ engine }).run("x"));
        """) == ["kept"]

    async def test_so_is_what_next_answered(self) -> None:
        assert await evaluate("""
            const middlewares = [(turn, next) => { next(turn); }];
            export default texts(gp.createSession({ engine: gp.engines.echo({ reply: "kept" }), middlewares }).run("x"));
        """) == ["kept"]


async def test_the_end_of_a_script_drains_pending_runs() -> None:
    source = """
        import gp from "geppetto";
        const engine = (reply, error) => gp.engines.fromFunction(async (turn) => {
          await new Promise((resolve) => setTimeout(resolve, 20));
          if (error) throw new Error(error);
          return gp.turns.appendBlock(turn, gp.turns.newAssistantBlock(reply));
        });
        gp.createSession({ engine: engine("late") }).start("x").on("final", (event) => console.log(event.text));
    """
    outcome = await run_script(source)
    assert outcome.output == ["late"]
    failing = source + 'gp.createSession({ engine: engine("", "broken") }).runAsync("x");'
    assert (await run_script(failing)).record.status == "failed"
