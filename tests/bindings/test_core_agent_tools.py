"""Agents as tools of others, trees of runs, and structured results, from a script's side."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.bindings.agent_support import PRELUDE, evaluate

from marotte import Runtime, ToolContext, tool


class TestNamedAgents:
    async def test_each_call_is_a_child_run(self) -> None:
        told = await evaluate(
            """
            const seen = [];
            agents.define("researcher", async (question, ctx) => { seen.push([question, ctx.tags, ctx.runId]); return `on ${question}`; });
            const registry = tools.createRegistry().registerAgent("researcher", { description: "Finds out", run: { tags: { depth: "1" } } });
            const session = createSession({ engine: asking(call("researcher", { input: "ships" })), tools: registry });
            const run = session.start("x", { tags: { a: "b" } });
            const children = [];
            run.on("child-started", (e) => children.push([e.name, e.childRunId])).on("child-finished", (e) => children.push([e.name, e.status]));
            const turn = await run.promise;
            export default [outcomes(turn), seen.map(([question, tags]) => [question, tags]), children[0][1] === seen[0][2], children[1], registry.list()];
            """
        )
        assert told[:4] == [
            ["on ships"],
            [["ships", {"a": "b", "depth": "1"}]],
            True,
            ["researcher", "completed"],
        ]
        assert told[4] == [
            {
                "name": "researcher",
                "description": "Finds out",
                "parameters": {
                    "type": "object",
                    "properties": {"input": {"type": "string", "description": "What to do."}},
                    "required": ["input"],
                    "additionalProperties": False,
                },
            }
        ]

    async def test_with_parameters_of_its_own_it_gets_the_arguments(self) -> None:
        told = await evaluate(
            """
            agents.define("adder", ({ a, b }) => ({ sum: a + b }));
            const parameters = { type: "object", properties: { a: { type: "number" }, b: { type: "number" } }, required: ["a", "b"] };
            const registry = tools.createRegistry().registerAgent("adder", { name: "add", parameters });
            const engine = asking(call("add", { a: 1, b: 2 }), call("add", { a: 1 }, "wrong"));
            const turn = await createSession({ engine, tools: registry }).runAsync("x");
            export default [outcomes(turn)[0], typeof uses(turn)[1].error];
            """
        )
        assert told == [{"sum": 3}, "string"]

    async def test_an_agent_file_may_be_a_tool(self, tmp_path: Path) -> None:
        agent = tmp_path / "shout.mjs"
        agent.write_text("export default async (text) => text.toUpperCase();", encoding="utf-8")
        script = tmp_path / "main.mjs"
        script.write_text(
            PRELUDE
            + """
            agents.define("shout", "./shout.mjs");
            const registry = tools.createRegistry().registerAgent("shout");
            export default outcomes(createSession({ engine: asking(call("shout", { input: "hi" })), tools: registry }).run("x"));
            """,
            encoding="utf-8",
        )
        async with Runtime() as runtime:
            assert await runtime.run_script(script) == ["HI"]

    async def test_what_it_throws_is_the_tools_error_and_its_time_is_the_tools(self) -> None:
        told = await evaluate(
            """
            const marks = [];
            agents.define("clumsy", () => { throw new RangeError("out of luck"); });
            agents.define("slow", async (text, ctx) => { ctx.signal.addEventListener("abort", () => marks.push("aborted")); await pause(800); marks.push("late"); });
            const registry = tools.createRegistry().registerAgent("clumsy").registerAgent("slow");
            const session = createSession({
              engine: asking(call("clumsy", { input: "" }), call("slow", { input: "" })), tools: registry, toolLoop: { executionTimeoutMs: 400, maxParallelTools: 1 },
            });
            const run = session.start("x");
            const statuses = [];
            run.on("child-finished", (e) => statuses.push([e.name, e.status]));
            const turn = await run.promise;
            export default [uses(turn).map((use) => use.error), statuses, run.status, marks.includes("late")];
            """
        )
        (first, second), statuses, status, late = told
        assert "out of luck" in first
        assert "longer than 400 ms" in second
        assert statuses == [["clumsy", "failed"], ["slow", "stopped"]]
        assert (status, late) == ("completed", False)

    async def test_stopping_the_caller_stops_it(self) -> None:
        told = await evaluate(
            """
            let childEnded;
            agents.define("worker", async (text, ctx) => {
              childEnded = new Promise((resolve) => ctx.signal.addEventListener("abort", () => resolve(ctx.signal.reason.name)));
              run.stop();
              await childEnded;
            });
            const registry = tools.createRegistry().registerAgent("worker");
            const session = createSession({ engine: asking(call("worker", { input: "" })), tools: registry });
            const run = session.start("x");
            const statuses = [];
            run.on("child-finished", (e) => statuses.push(e.status));
            const ended = await later(run.promise);
            export default [ended[0], statuses, await childEnded, session.turnCount()];
            """
        )
        assert told == ["RunStoppedError", ["stopped"], "RunStoppedError", 0]

    @pytest.mark.parametrize(
        ("call", "name", "message"),
        [
            ("registerAgent('nobody')", "UnknownAgentError", "unknown agent 'nobody'"),
            ("registerAgent()", "TypeError", "agent: is required"),
            ("registerAgent(5)", "TypeError", "ToolRegistry.registerAgent(): agent"),
            ("registerAgent('known', { name: '' })", "TypeError", "options.name"),
            ("registerAgent('known', { parameters: { type: 5 } })", "TypeError", "parameters"),
            ("registerAgent('known', { run: { timeoutMs: -1 } })", "TypeError", "timeoutMs must"),
            ("registerAgent('known', { foo: 1 })", "TypeError", "options.foo: unknown option"),
            ("registerAgent('known').registerAgent('known')", "DuplicateToolError", "known"),
            ("registerAgent(createSession({ engine: engines.echo() }))", "TypeError", "name"),
        ],
    )
    async def test_a_bad_call_is_refused(self, call: str, name: str, message: str) -> None:
        told = await evaluate(
            f"""
            agents.define("known", () => 1);
            export default attempt(() => tools.createRegistry().{call});
            """
        )
        assert told[0] == name
        assert message in told[1]


class TestSessions:
    async def test_a_session_answers_each_call_in_a_conversation_of_its_own(self) -> None:
        told = await evaluate(
            """
            const seen = [];
            const engine = engines.fromFunction((turn, ctx) => {
              seen.push([ctx.history.length, turn.blocks.at(-1).payload.text]);
              turn.blocks.push(turns.newAssistantBlock(`on ${turn.blocks.at(-1).payload.text}`));
            });
            const expert = createSession({ engine });
            expert.append("you know ships");
            const registry = tools.createRegistry().registerAgent(expert, { name: "expert", description: "Knows" });
            const session = createSession({ engine: asking(call("expert", { input: "masts" }), call("expert", { input: "sails" }, "two")), tools: registry });
            const turn = await session.runAsync("x");
            export default [outcomes(turn), seen.sort(), expert.turnCount(), registry.list()[0].description];
            """
        )
        assert told == [["on masts", "on sails"], [[1, "masts"], [1, "sails"]], 1, "Knows"]

    async def test_with_a_schema_its_result_is_structured(self) -> None:
        told = await evaluate(
            """
            const expert = createSession({ engine: engines.scripted(['{"mast": 3}']) });
            const outputSchema = { type: "object", properties: { mast: { type: "number" } }, required: ["mast"] };
            const registry = tools.createRegistry().registerAgent(expert, { name: "expert", run: { outputSchema } });
            export default outcomes(createSession({ engine: asking(call("expert", { input: "?" })), tools: registry }).run("x"));
            """
        )
        assert told == [{"mast": 3}]


class TestTrees:
    async def test_depth_and_width_are_limited(self) -> None:
        told = await evaluate(
            """
            agents.define("deep", async () => outcomes(createSession({
              engine: asking(call("deep", { input: "" })), tools: tools.createRegistry().registerAgent("deep"),
            }).run("x"))[0]);
            const registry = tools.createRegistry().registerAgent("deep");
            const session = createSession({ engine: asking(call("deep", { input: "" })), tools: registry });
            const deep = outcomes(await session.runAsync("x", { limits: { depth: 3 } }))[0];
            agents.define("wide", async () => { await pause(10); return "fine"; });
            const wide = createSession({
              engine: asking(...["a", "b", "c"].map((id) => call("wide", { input: "" }, id))), tools: tools.createRegistry().registerAgent("wide"),
            });
            export default [deep, outcomes(await wide.runAsync("x", { limits: { children: 2 } }))];
            """
        )
        deep, wide = told
        assert "max depth (3) reached" in deep
        assert sorted(text == "fine" for text in wide) == [False, True, True]
        assert any("max children (2) reached" in text for text in wide)

    async def test_a_budget_covers_the_runs_below(self) -> None:
        told = await evaluate(
            """
            const usage = { inputTokens: 100, outputTokens: 200 };
            agents.define("writer", () => createSession({ engine: engines.scripted([{ text: "words", usage }]) }).runAsync("w").then((turn) => turn.text));
            const ask = async (limits) => {
              const session = createSession({ engine: asking(call("writer", { input: "" })), tools: tools.createRegistry().registerAgent("writer") });
              const run = session.start("x", { limits });
              const below = [];
              const follow = (async () => { for await (const e of run.tree()) if (e.type === "run-finished") below.push(e.status); })();
              const error = await run.promise.then(() => null, (error) => [error.name, error.code, error.message, kinds(error.partialTurn)]);
              await follow;
              return [run.status, run.stopReason, run.usage.outputTokens, session.turnCount(), error, below];
            };
            export default [await ask({ tokens: 50 }), await ask({ tokens: 400 })];
            """
        )
        message = "max tokens (50) reached"
        error = ["RunLimitError", "max_budget", message, ["user", "tool_call"]]
        statuses = ["stopped", "stopped", "limit_reached"]
        assert told == [
            ["limit_reached", "max_budget", 0, 0, error, statuses],
            ["completed", "end_turn", 1, 1, None, ["completed"] * 3],
        ]

    async def test_its_events_are_one_stream(self) -> None:
        told = await evaluate(
            """
            agents.define("leaf", () => "leaf");
            agents.define("branch", async () => outcomes(await createSession({
              engine: asking(call("leaf", { input: "" })), tools: tools.createRegistry().registerAgent("leaf"),
            }).runAsync("y"))[0]);
            const session = createSession({ engine: asking(call("branch", { input: "" })), tools: tools.createRegistry().registerAgent("branch") });
            const run = session.start("x");
            const live = [];
            for await (const event of run.tree()) live.push([event.runId, event.seq, event.type]);
            const again = [];
            for await (const event of run.tree()) { again.push(event.type); if (again.length === 3) break; }
            export default [live, run.id, again.length, Object.keys(run.tree()), `${run.tree()}`];
            """
        )
        live, top, again, *opaque = told
        assert live[0][::2] == [top, "run-started"]
        assert live[-1][::2] == [top, "run-finished"]
        runs = {run for run, _, _ in live}
        assert len(runs) == 4
        for run in runs:
            assert [seq for of, seq, _ in live if of == run] == list(
                range(1, sum(of == run for of, _, _ in live) + 1)
            )
        assert again == 3
        assert opaque == [[], "[object RunTree]"]


class TestStructuredResults:
    SCHEMA = """
    const outputSchema = { type: "object", properties: { n: { type: "number" } }, required: ["n"] };
    """

    async def test_the_answer_is_checked_and_at_hand(self) -> None:
        told = await evaluate(
            self.SCHEMA
            + """
            const session = createSession({ engine: engines.scripted(['{"n": 5}', "plain"]) });
            const turn = await session.runAsync("x", { outputSchema });
            export default [turn.output, turn.data.output, session.latest().output, (await session.runAsync("y")).output ?? null];
            """
        )
        assert told == [{"n": 5}, {"n": 5}, {"n": 5}, None]

    async def test_there_is_one_round_of_repair(self) -> None:
        told = await evaluate(
            self.SCHEMA
            + """
            const good = createSession({ engine: engines.scripted(["five", '{"n": 5}']) });
            const bad = createSession({ engine: engines.scripted(["five", '{"n": "six"}', '{"n": 7}']) });
            export default [good.run("x", { outputSchema }).output, (await later(bad.runAsync("x", { outputSchema }))).slice(0, 2), bad.turnCount()];
            """
        )
        assert told == [{"n": 5}, ["EngineError", "provider_error"], 0]

    async def test_an_engine_function_is_told_of_the_schema(self) -> None:
        told = await evaluate(
            self.SCHEMA
            + """
            let seen;
            const engine = engines.fromFunction((turn, ctx) => { seen = ctx.outputSchema; turn.blocks.push(turns.newAssistantBlock('{"n": 1}')); });
            const turn = runInference(engine, "x", { outputSchema });
            export default [seen, turn.output, attempt(() => runInference(engine, "x", { outputSchema: { type: "objct" } }))[0]];
            """
        )
        assert told == [
            {"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]},
            {"n": 1},
            "TypeError",
        ]


class TestHostTools:
    async def test_they_stand_beside_those_of_the_script(self) -> None:
        @tool
        def word_count(text: str) -> int:
            """Count words.

            Args:
                text: What to count.
            """
            return len(text.split())

        @tool
        async def whose(ctx: ToolContext) -> dict[str, str]:
            """Tell whose run this is."""
            return {"run": ctx.run_id, "call": ctx.call_id}

        async with Runtime(tools=[word_count, whose]) as runtime:
            told = await runtime.run_source(
                PRELUDE
                + """
                const registry = registryOf({ first: () => 1 }).useHostTools(["whose", "word_count"]);
                registry.register({ name: "last", handler: () => 2 });
                const refused = attempt(() => registry.useHostTools(["word_count"]));
                const engine = asking(call("word_count", { text: "a b c" }), call("whose", {}, "c2"), call("word_count", { text: 5 }, "c3"), call("first"));
                const run = createSession({ engine, tools: registry }).start("x");
                const turn = await run.promise;
                const [count, who, wrong, first] = uses(turn);
                export default [registry.list().map((tool) => tool.name), refused[0], count.result, who.result.run === run.id, who.result.call, typeof wrong.error,
                                first.result, registry.call("word_count", { text: "x y" }), registry.list()[2].description];
                """
            )
        assert told == [
            ["first", "whose", "word_count", "last"],
            "DuplicateToolError",
            3,
            True,
            "c2",
            "string",
            1,
            2,
            "Count words.",
        ]

    async def test_of_several_names_all_are_added_or_none(self) -> None:
        @tool
        def known() -> int:
            """Known."""
            return 1

        async with Runtime(tools=[known]) as runtime:
            told = await runtime.run_source(
                PRELUDE
                + """
                const registry = tools.createRegistry();
                export default [attempt(() => registry.useHostTools(["known", "unknown"])), registry.list()];
                """
            )
        assert told == [["ToolNotFoundError", "tool not found: unknown"], []]
