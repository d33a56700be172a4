"""Tools, the settings of their loop, hooks and middlewares, with what their functions are told."""

from __future__ import annotations

from typing import Any

import pytest
from tests.bindings.geppetto.support import evaluate, evaluate_with

from marotte import tool


@tool
def double(n: int) -> dict[str, int]:
    """Double a number.

    Args:
        n: Which.
    """
    return {"value": 2 * n}


async def one_call(handler: str, around: str = "{}", reads: str = "use(turn)") -> Any:
    """What a script reads of a turn in which the tool `t` was called once."""
    return await evaluate(f"""
        const seen = [];
        const tools = registryOf("t", {handler});
        const session = gp.createSession({{ engine: asking("t"), tools, ...{around} }});
        const turn = session.run("go", {{ timeoutMs: 60000, tags: {{ ticket: "T-1", number: 1 }} }});
        export default {reads};
    """)


class TestRegistry:
    async def test_a_result_is_json_text(self) -> None:
        assert await one_call("({ value }) => ({ sum: value + 1 })") == {
            "id": "call-1",
            "result": '{"sum":2}',
        }

    @pytest.mark.parametrize(
        ("answer", "text"), [("'a'", '"a"'), ("undefined", "null"), ("[1, 2]", "[1,2]")]
    )
    async def test_so_is_every_other(self, answer: str, text: str) -> None:
        assert (await one_call(f"() => {answer}"))["result"] == text

    async def test_a_call_answers_the_result_itself(self) -> None:
        assert await evaluate("""
            const contexts = [];
            const registry = registryOf("t", ({ a }, ctx) => { contexts.push(ctx.callId); return { a }; });
            export default [registry.call("t", { a: [1] }), registry.call("t"), contexts];
        """) == [{"a": [1]}, {}, ["js-call", "js-call"]]

    async def test_it_throws_what_the_tool_throws(self) -> None:
        assert await evaluate("""
            const registry = registryOf("t", () => { throw new Error("boom"); });
            export default [attempt(() => registry.call("t")), attempt(() => registry.call("no"))];
        """) == [["Error", "boom"], ["ToolNotFoundError", "tool not found: no"]]

    async def test_host_tools_stand_beside_those_of_the_script(self) -> None:
        found = await evaluate_with(
            """
            const registry = registryOf("t", () => 1).useGoTools(["double"]);
            const session = gp.createBuilder().withEngine(asking("double", { n: 5 })).withTools(registry).buildSession();
            export default [registry.list().map((tool) => tool.name), registry.call("double", { n: 21 }),
              use(session.run("go")).result, gp.tools.createRegistry().useHostTools().list().length,
              attempt(() => gp.tools.createRegistry().useGoTools(["no"]))[1]];
            """,
            tools=[double],
        )
        assert found == [["t", "double"], {"value": 42}, '{"value":10}', 1, "tool not found: no"]


class TestLoop:
    @pytest.mark.parametrize(("settings", "most"), [("{}", 5), ("{ maxIterations: 2 }", 2)])
    async def test_it_ends_after_so_many_iterations(self, settings: str, most: int) -> None:
        name, message = await evaluate(f"""
            let calls = 0;
            const engine = gp.engines.fromFunction((turn) => {{ turn.blocks.push(gp.turns.newToolCallBlock("c" + calls++, "t", {{}})); }});
            const session = gp.createSession({{ engine, tools: registryOf("t", () => 1), toolLoop: {settings} }});
            export default attempt(() => session.run("go"));
        """)
        assert (name, message) == ("RunLimitError", f"max iterations ({most}) reached")

    @pytest.mark.parametrize(
        ("loop", "most"), [("", 3), (", {}", 1), (", { maxParallelTools: 2 }", 2)]
    )
    async def test_so_many_tools_execute_at_a_time(self, loop: str, most: int) -> None:
        assert (
            await evaluate(f"""
            let running = 0, highest = 0;
            const pause = () => new Promise((resolve) => setTimeout(resolve, 20));
            const tools = registryOf("t", async () => {{ highest = Math.max(highest, ++running); await pause(); running--; }});
            const engine = gp.engines.fromFunction((turn) => {{
              if (turn.blocks.length === 1) for (const id of "abcde") turn.blocks.push(gp.turns.newToolCallBlock(id, "t", {{}}));
            }});
            await gp.createBuilder().withEngine(engine).withTools(tools{loop}).buildSession().runAsync("go");
            export default highest;
        """)
            == most
        )

    async def test_one_that_is_not_enabled_drops_the_registry(self) -> None:
        turn = await one_call("() => 1", "{ toolLoop: { enabled: false } }", "turn.blocks")
        assert [block["kind"] for block in turn] == ["user", "tool_call", "tool_use"]
        error = "not executed: the tool loop is not enabled"
        assert turn[2]["payload"] == {"id": "call-1", "result": None, "error": error}

    async def test_a_registry_that_comes_later_is_used(self) -> None:
        assert await evaluate("""
            const builder = gp.createBuilder().withEngine(asking("t")).withToolLoop({ enabled: false });
            export default use(builder.withTools(registryOf("t", () => 7)).buildSession().run("go")).result;
        """) == ("7")

    async def test_its_settings_may_bring_hooks(self) -> None:
        around = "{ toolLoop: { hooks: { afterToolCall: () => ({ result: 9 }) } } }"
        assert (await one_call("() => 1", around))["result"] == "9"


class TestHooks:
    async def test_what_before_tool_call_is_told(self) -> None:
        seen = await one_call(
            "() => 1", "{ toolHooks: { beforeToolCall: (p) => { seen.push(p); } } }", "seen[0]"
        )
        assert seen.pop("timestampMs") > 0
        assert len(seen.pop("sessionId")) == len(seen.pop("inferenceId")) == 36
        assert seen == {
            "phase": "beforeToolCall",
            "call": {"id": "call-1", "name": "t", "args": {"value": 1}},
            "tags": {"ticket": "T-1", "number": "1"},
        }

    async def test_what_after_tool_call_is_told(self) -> None:
        seen = await one_call(
            "() => ({ a: 1 })",
            "{ toolHooks: { afterToolCall: (p) => { seen.push(p); } } }",
            "seen[0]",
        )
        assert seen["phase"] == "afterToolCall"
        assert seen["result"].pop("durationMs") >= 0
        assert seen["result"] == {"value": {"a": 1}}

    async def test_it_is_told_of_a_failure_too(self) -> None:
        seen = await one_call(
            "() => { throw new Error('no'); }",
            "{ toolHooks: { afterToolCall: (p) => { seen.push(p); } } }",
            "seen[0]",
        )
        assert seen["result"].pop("durationMs") >= 0
        assert seen["result"] == {"value": None, "error": "Error: no"}

    @pytest.mark.parametrize("hook", ["beforeToolCall", "afterToolCall", "onToolError"])
    async def test_each_knows_call_session_and_run(self, hook: str) -> None:
        seen, session, run = await one_call(
            "() => { throw new Error('no'); }",
            f"{{ toolHooks: {{ {hook}: (p) => {{ seen.push(p); }} }} }}",
            "[seen[0], session.id, turn.metadata.inference_id]",
        )
        assert seen["call"] == {"id": "call-1", "name": "t", "args": {"value": 1}}
        assert (seen["sessionId"], seen["inferenceId"]) == (session, run)
        assert seen["tags"] == {"ticket": "T-1", "number": "1"}
        assert seen["timestampMs"] > 0

    async def test_what_on_tool_error_is_told(self) -> None:
        seen = await one_call(
            "() => { throw new Error('no'); }",
            "{ toolLoop: { toolErrorHandling: 'retry', retryMaxRetries: 1, retryBackoffMs: 1 },"
            "  toolHooks: { onToolError: (p) => { seen.push(p); } } }",
            "seen",
        )
        told = ("attempt", "error", "defaultRetry", "defaultBackoffMs")
        assert [[each[name] for name in told] for each in seen] == [
            [0, "Error: no", True, 1],
            [1, "Error: no", False, 2],
        ]
        assert seen[0]["phase"] == "onToolError"

    @pytest.mark.parametrize(
        ("hooks", "payload"),
        [
            ("beforeToolCall: () => ({ call: { args: { value: 2 } } })", {"result": "2"}),
            ("beforeToolCall: () => ({ args: { value: 3 } })", {"result": "3"}),
            (
                "beforeToolCall: () => ({ action: 'abort', error: 'no' })",
                {"result": None, "error": "no"},
            ),
            (
                "beforeToolCall: () => ({ abort: true })",
                {"result": None, "error": "aborted by beforeToolCall"},
            ),
            (
                "beforeToolCall: () => { throw new Error('x'); }",
                {"result": None, "error": "beforeToolCall hook: Error: x"},
            ),
            ("failOpen: true, beforeToolCall: () => { throw new Error('x'); }", {"result": "1"}),
            ("afterToolCall: async () => ({ result: { b: 1 } })", {"result": '{"b":1}'}),
            ("afterToolCall: () => ({ error: 'bad' })", {"result": None, "error": "bad"}),
            ("afterToolCall: () => {}", {"result": "1"}),
        ],
    )
    async def test_what_they_reply_is_done(self, hooks: str, payload: dict[str, Any]) -> None:
        found = await one_call("({ value }) => value", f"{{ toolHooks: {{ {hooks} }} }}")
        assert found == {"id": "call-1", **payload}

    @pytest.mark.parametrize(
        ("reply", "attempts"),
        [
            ("{ retry: true, backoffMs: 0 }", 3),
            ("{ action: 'retry', backoffMs: 0 }", 3),
            ("{ retry: false }", 1),
            ("{ action: 'abort' }", 1),
            ("{ abort: true }", 1),
            ("{ action: 'continue' }", 1),
        ],
    )
    async def test_a_failed_call_is_made_again_if_they_say_so(
        self, reply: str, attempts: int
    ) -> None:
        found = await one_call(
            "() => { seen.push(1); throw new Error('no'); }",
            "{ toolLoop: { toolErrorHandling: 'retry', retryBackoffMs: 1 },"
            f"  toolHooks: {{ maxHookRetries: 2, onToolError: () => ({reply}) }} }}",
            "[seen.length, use(turn).error]",
        )
        assert found == [attempts, "Error: no"]

    async def test_without_any_they_are_removed(self) -> None:
        assert await evaluate("""
            const builder = gp.createBuilder({ engine: asking("t"), tools: registryOf("t", () => 1) });
            builder.withToolHooks({ afterToolCall: () => ({ result: 2 }) }).withToolHooks({ failOpen: true });
            export default use(builder.buildSession().run("go")).result;
        """) == ("1")


class TestContexts:
    async def test_what_a_handler_is_told(self) -> None:
        ctx = await one_call("(_, ctx) => { seen.push(ctx); }", "{}", "seen[0]")
        assert ctx.pop("timestampMs") > 0
        assert ctx.pop("deadlineMs") > 0
        assert len(ctx.pop("sessionId")) == len(ctx.pop("inferenceId")) == 36
        assert ctx == {
            "toolName": "t",
            "callName": "t",
            "callId": "call-1",
            "tags": {"ticket": "T-1", "number": "1"},
        }

    async def test_what_a_middleware_is_told(self) -> None:
        ctx, session, run = await evaluate("""
            const seen = [];
            const middleware = gp.middlewares.fromJS((turn, next, ctx) => { seen.push(ctx); return next(turn); }, "mine");
            const session = gp.createSession({ engine: gp.engines.echo(), middlewares: [middleware] });
            const seed = { id: "t1", blocks: [gp.turns.newUserBlock("x")], metadata: { trace_id: "trace" } };
            const run = session.start(seed, { timeoutMs: 60000, tags: { a: "b" } });
            await run.promise;
            export default [seen[0], session.id, run.id];
        """)
        assert ctx.pop("timestampMs") > 0
        assert ctx.pop("deadlineMs") > 0
        assert ctx == {
            "middlewareName": "mine",
            "turnId": "t1",
            "sessionId": session,
            "inferenceId": run,
            "traceId": "trace",
            "tags": {"a": "b"},
        }


class TestMiddlewares:
    async def test_references_say_what_they_are(self) -> None:
        assert await evaluate("""
            export default [gp.middlewares.fromJS(() => {}, "mine"), gp.middlewares.go("x"), gp.middlewares.go("x", { a: 1 }), gp.middlewares.host("y")];
        """) == [
            {"type": "js", "name": "mine"},
            {"type": "go", "name": "x"},
            {"type": "go", "name": "x", "options": {"a": 1}},
            {"type": "go", "name": "y"},
        ]

    async def test_one_of_the_host_is_looked_for_when_it_is_used(self) -> None:
        assert await evaluate("""
            const reference = gp.middlewares.go("zz");
            export default attempt(() => gp.createBuilder().useMiddleware(reference));
        """) == ["TypeError", "unknown go middleware: zz"]

    async def test_next_answers_at_once_and_the_first_is_outermost(self) -> None:
        assert await evaluate("""
            const order = [];
            const around = (name) => gp.middlewares.fromJS((turn, next) => {
              order.push(name + " in");
              const out = next(turn);
              order.push(name + " " + out.blocks.length);
              return out;
            }, name);
            const session = gp.createSession({ engine: gp.engines.echo(), middlewares: [around("a"), around("b")] });
            session.run("hi");
            export default order;
        """) == ["a in", "b in", "b 2", "a 2"]

    async def test_next_without_an_argument_passes_the_original_turn(self) -> None:
        assert await evaluate("""
            const session = gp.createSession({ engine: gp.engines.echo(), middlewares: [(turn, next) => { turn.blocks = []; return next(); }] });
            export default session.run("hi").blocks.length;
        """) == (2)

    async def test_an_exception_names_the_middleware(self) -> None:
        _, message = await evaluate("""
            const failing = gp.middlewares.fromJS(() => { throw new Error("boom"); }, "mine");
            export default attempt(() => gp.createSession({ engine: gp.engines.echo(), middlewares: [failing] }).run("x"));
        """)
        assert message.startswith("mine: ")
        assert message.endswith("boom")

    async def test_the_host_s_system_prompt(self) -> None:
        first, second = await evaluate("""
            const of = (blocks) => gp.createBuilder({ engine: gp.engines.echo() }).useGoMiddleware("systemPrompt", { prompt: "S" })
              .buildSession().run({ blocks }).blocks.filter((block) => block.kind === "system");
            export default [of([gp.turns.newUserBlock("x")]), of([gp.turns.newSystemBlock("old"), gp.turns.newUserBlock("x")])];
        """)
        for blocks in (first, second):
            assert [block["payload"] for block in blocks] == [{"text": "S"}]
            assert blocks[0]["metadata"] == {"middleware": "systemprompt"}

    async def test_the_host_puts_results_behind_their_calls(self) -> None:
        assert await evaluate("""
            const { newToolCallBlock: call, newToolUseBlock: result, newUserBlock: said } = gp.turns;
            const blocks = [said("x"), call("a", "t"), said("y"), result("a", "1")];
            let seen;
            const engine = gp.engines.fromFunction((turn) => { seen = turn.blocks.map((block) => block.kind); });
            gp.createBuilder({ engine }).useGoMiddleware("reorderToolResults").buildSession().run({ blocks });
            export default seen;
        """) == ["user", "tool_call", "tool_use", "user"]
