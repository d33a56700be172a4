"""Tools as scripts register, list, call and offer them."""

from __future__ import annotations

import pytest
from tests.bindings.agent_support import PRELUDE, evaluate
from tests.bindings.script_support import run_script

from marotte import JavaScriptError, Runtime

SPEC = """{
  name: "add", description: "Add two numbers",
  parameters: {
    type: "object", properties: { a: { type: "number" }, b: { type: "number" } }, required: ["a", "b"],
  },
  handler: async ({ a, b }) => a + b,
}"""


class TestRegistry:
    @pytest.mark.parametrize(
        ("call", "name", "message"),
        [
            ("registry.register()", "TypeError", "ToolRegistry.register(): spec: is required"),
            ("registry.register(5)", "TypeError", "ToolRegistry.register(): spec: "),
            ("registry.register({ name: 'x' })", "TypeError", "tool x handler must be a function"),
            (
                "registry.register({ name: 'x', handler: 5 })",
                "TypeError",
                "tool x handler must be a function",
            ),
            ("registry.register({ handler() {} })", "TypeError", "spec.name: is required"),
            ("registry.register({ name: '', handler() {} })", "TypeError", "spec.name: "),
            (
                "registry.register({ name: 'x', handler() {}, foo: 1 })",
                "TypeError",
                "spec.foo: unknown option",
            ),
            (
                "registry.register({ name: 'x', handler() {}, parameters: { type: 'objct' } })",
                "TypeError",
                "objct",
            ),
            (
                "registry.register({ name: 'x', handler() {}, parameters: 5 })",
                "TypeError",
                "spec.parameters",
            ),
            (
                "registry.register({ name: 'known', handler() {} })",
                "DuplicateToolError",
                "known",
            ),
            ("registry.useHostTools(['nowhere'])", "ToolNotFoundError", "tool not found: nowhere"),
            ("registry.useHostTools('x')", "TypeError", "ToolRegistry.useHostTools(): names"),
            ("registry.call('nowhere')", "ToolNotFoundError", "tool not found: nowhere"),
            ("registry.call()", "TypeError", "ToolRegistry.call(): name: is required"),
            ("new registry.constructor()", "TypeError", "Illegal constructor"),
        ],
    )
    async def test_a_bad_call_is_refused_and_changes_nothing(
        self, call: str, name: str, message: str
    ) -> None:
        told = await evaluate(
            f"""
            const registry = registryOf({{ known: () => 1 }});
            const told = attempt(() => {call});
            export default [...told, registry.list().map((tool) => tool.name)];
            """
        )
        assert told[0] == name
        assert message in told[1]
        assert told[2] == ["known"]

    async def test_it_is_opaque_and_chains(self) -> None:
        told = await evaluate(
            f"""
            const registry = tools.createRegistry();
            export default [registry.register({SPEC}) === registry, registry.useHostTools([]) === registry,
                            Object.keys(registry), JSON.stringify(registry), `${{registry}}`];
            """
        )
        assert told == [True, True, [], "{}", "[object ToolRegistry]"]

    async def test_list_tells_what_a_model_is_told_in_registration_order(self) -> None:
        told = await evaluate(
            f"""
            const registry = registryOf({{ z: () => 1 }}).register({SPEC}).register({{ name: "b", handler() {{}} }});
            export default registry.list();
            """
        )
        assert [tool["name"] for tool in told] == ["z", "add", "b"]
        assert told[1]["description"] == "Add two numbers"
        assert told[1]["parameters"]["required"] == ["a", "b"]
        assert told[0] == {
            "name": "z",
            "description": "",
            "parameters": {"type": "object", "properties": {}},
        }

    async def test_what_was_listed_and_what_was_given_can_be_changed_without_effect(self) -> None:
        told = await evaluate(
            f"""
            const spec = {SPEC};
            const registry = tools.createRegistry().register(spec);
            spec.parameters.required = [];
            spec.handler = () => "changed";
            registry.list()[0].parameters.required = [];
            export default [registry.list()[0].parameters.required, registry.call("add", {{ a: 1, b: 2 }})];
            """
        )
        assert told == [["a", "b"], 3]


class TestCall:
    async def test_call_waits_and_call_async_promises(self) -> None:
        told = await evaluate(
            """
            const registry = registryOf({
              sync: ({ a }) => a + 1,
              async: async ({ a }) => { await pause(5); return { a: a + 1 }; },
              nothing: () => {},
              bare: (args) => args,
            });
            const promise = registry.callAsync("async", { a: 1 });
            export default [registry.call("sync", { a: 1 }), registry.call("async", { a: 1 }), promise instanceof Promise,
                            await promise, registry.call("nothing") ?? "nothing", registry.call("bare")];
            """
        )
        assert told == [2, {"a": 2}, True, {"a": 2}, "nothing", {}]

    async def test_the_model_is_told_what_is_thrown_that_is_no_error(self) -> None:
        told = await evaluate(
            """
            const registry = registryOf({
              text: () => { throw "no luck"; }, nothing: () => { throw undefined; },
              data: async () => { throw { a: 1 }; }, empty: () => { throw ""; },
            });
            const calls = ["text", "nothing", "data", "empty"].map((name) => call(name));
            const session = createSession({ engine: asking(...calls), tools: registry });
            export default outcomes(await session.runAsync("x"));
            """
        )
        assert told == ["no luck", "threw undefined", 'threw {"a":1}', 'threw ""']

    async def test_what_the_handler_throws_is_thrown(self) -> None:
        told = await evaluate(
            """
            class MyError extends Error { name = "MyError"; }
            const registry = registryOf({
              sync: () => { throw new MyError("out of luck"); },
              async: async () => { await null; throw new RangeError("far out"); },
              odd: () => () => {},
            });
            export default [attempt(() => registry.call("sync")), attempt(() => registry.call("async")),
                            (await later(registry.callAsync("async"))).at(-1), attempt(() => registry.call("odd"))[0]];
            """
        )
        assert "out of luck" in told[0][1]
        assert "far out" in told[1][1]
        assert "far out" in told[2]
        assert told[3] != "fine"

    async def test_arguments_are_checked_before_the_handler_runs(self) -> None:
        told = await evaluate(
            f"""
            let runs = 0;
            const spec = {SPEC};
            const handler = spec.handler;
            spec.handler = (...given) => {{ runs++; return handler(...given); }};
            const registry = tools.createRegistry().register(spec);
            export default [attempt(() => registry.call("add", {{ a: 1 }})), attempt(() => registry.call("add")),
                            attempt(() => registry.call("add", {{ a: 1, b: "2" }})), attempt(() => registry.call("add", 5)), runs];
            """
        )
        assert [name for name, _ in told[:4]].count("fine") == 0
        assert "b" in told[0][1]
        assert told[4] == 0

    async def test_the_context_tells_of_run_and_call(self) -> None:
        outcome = await run_script(
            PRELUDE
            + """
            const registry = registryOf({
              look: (args, ctx) => [Object.keys(ctx).sort(), ctx.runId, ctx.toolName, typeof ctx.callId, ctx.tags,
                                    ctx.signal instanceof AbortSignal, ctx.signal.aborted, ctx.deadlineMs > Date.now()],
            });
            export default registry.call("look");
            """,
            tags={"a": "b"},
            timeout_ms=60_000,
        )
        keys, run_id, *rest = outcome.value
        assert keys == [
            *["callId", "deadlineMs", "emit", "runId", "sessionId", "signal", "tags"],
            "toolName",
        ]
        assert run_id == outcome.record.id
        assert rest == ["look", "string", {"a": "b"}, True, False, True]

    async def test_a_handler_may_call_other_tools_parked_or_not(self) -> None:
        told = await evaluate(
            """
            const registry = registryOf({
              one: () => 1,
              two: () => registry.call("one") + 1,
              three: async () => (await registry.callAsync("two")) + registry.call("one"),
            });
            export default [registry.call("three"), await registry.callAsync("three")];
            """
        )
        assert told == [3, 3]


class TestLoop:
    async def test_tool_calls_are_executed_and_the_engine_is_asked_again(self) -> None:
        told = await evaluate(
            f"""
            const registry = tools.createRegistry().register({SPEC});
            const session = createSession({{ engine: asking(call("add", {{ a: 19, b: 23 }}, "c1")), tools: registry }});
            const turn = await session.runAsync("What is 19 + 23?");
            export default [kinds(turn), uses(turn), turn.text];
            """
        )
        kinds, uses, text = told
        assert kinds == ["user", "tool_call", "tool_use", "llm_text"]
        assert [use["id"] for use in uses] == ["c1"]
        assert uses[0]["result"] == 42
        assert text == "done"

    async def test_an_engine_function_sees_the_tools_and_their_results(self) -> None:
        told = await evaluate(
            f"""
            const seen = [];
            const engine = engines.fromFunction((turn, ctx) => {{
              seen.push([ctx.tools.map((tool) => tool.name), ctx.toolChoice, outcomes(turn)]);
              turn.blocks.push(seen.length === 1 ? turns.newToolCallBlock("c1", "add", {{ a: 1, b: 2 }}) : turns.newAssistantBlock("3"));
            }});
            const session = createSession({{ engine, tools: tools.createRegistry().register({SPEC}) }});
            const turn = session.run("go");
            export default [seen, turn.text];
            """
        )
        assert told == [[[["add"], "auto", []], [["add"], "auto", [3]]], "3"]

    async def test_the_context_of_a_call_names_call_session_and_turn(self) -> None:
        told = await evaluate(
            """
            const seen = [];
            const registry = registryOf({ look: (args, ctx) => { seen.push(ctx); } });
            const session = createSession({ engine: asking(call("look", {}, "c7")), tools: registry });
            const run = session.start("x", { tags: { a: "b" }, timeoutMs: 60000 });
            const turn = await run.promise;
            const [ctx] = seen;
            export default [ctx.runId === run.id, ctx.sessionId === session.id, ctx.turnId === turn.id, ctx.callId, ctx.toolName,
                            ctx.tags, ctx.deadlineMs > Date.now()];
            """
        )
        assert told == [True, True, True, "c7", "look", {"a": "b"}, True]

    async def test_parallel_calls_answer_in_call_order(self) -> None:
        told = await evaluate(
            """
            let now = 0, most = 0;
            const registry = registryOf({
              wait: async ({ ms }) => {
                most = Math.max(most, ++now);
                await pause(ms);
                now--;
                return ms;
              },
            });
            const calls = [30, 1, 20, 5, 10].map((ms, i) => call("wait", { ms }, `c${i}`));
            const session = createSession({ engine: asking(...calls), tools: registry });
            const turn = await session.runAsync("x");
            export default [outcomes(turn), uses(turn).map((use) => use.id), most];
            """
        )
        assert told == [[30, 1, 20, 5, 10], ["c0", "c1", "c2", "c3", "c4"], 3]

    @pytest.mark.parametrize("most", [1, 2, 5])
    async def test_as_many_run_at_once_as_the_settings_say(self, most: int) -> None:
        told = await evaluate(
            f"""
            let now = 0, most = 0;
            const registry = registryOf({{
              wait: async () => {{ most = Math.max(most, ++now); await pause(10); now--; }},
            }});
            const calls = Array.from({{ length: 5 }}, (_, i) => call("wait", {{}}, `c${{i}}`));
            const session = createSession({{ engine: asking(...calls), tools: registry, toolLoop: {{ maxParallelTools: {most} }} }});
            await session.runAsync("x");
            export default most;
            """
        )
        assert told == most

    async def test_what_fails_goes_back_to_the_model(self) -> None:
        told = await evaluate(
            f"""
            const registry = tools.createRegistry().register({SPEC}).register({{ name: "fail", handler() {{ throw new Error("out of luck"); }} }});
            const engine = asking(call("fail"), call("add", {{ a: 1 }}), call("nowhere"), call("add", {{ a: 1, b: 2 }}, "fine"));
            const turn = await createSession({{ engine, tools: registry }}).runAsync("x");
            export default [uses(turn).map((use) => use.error ?? null), turn.text];
            """
        )
        errors, text = told
        assert "out of luck" in errors[0]
        assert "b" in errors[1]
        assert "tool not found: nowhere" in errors[2]
        assert errors[3] is None
        assert text == "done"

    async def test_over_the_limit_of_iterations_the_partial_turn_is_on_the_error(self) -> None:
        told = await evaluate(
            """
            const engine = engines.fromFunction((turn) => { turn.blocks.push(turns.newToolCallBlock(`c${turn.blocks.length}`, "again", {})); });
            const tell = async (toolLoop) => {
              const session = createSession({ engine, tools: registryOf({ again: () => 1 }), toolLoop });
              const run = session.start("x");
              let error;
              try { await run.promise; } catch (e) { error = e; }
              return [error.name, error.code, error.message, run.status, session.turnCount(),
                      error.partialTurn.blocks.filter((b) => b.kind === "tool_call").length];
            };
            export default [await tell({ maxIterations: 3 }), await tell(undefined)];
            """
        )
        assert told == [
            [
                "RunLimitError",
                "max_iterations",
                "max iterations (3) reached",
                "limit_reached",
                0,
                3,
            ],
            [
                *["RunLimitError", "max_iterations", "max iterations (20) reached"],
                *["limit_reached", 0, 20],
            ],
        ]

    async def test_a_loop_that_is_not_enabled_executes_nothing(self) -> None:
        told = await evaluate(
            """
            let runs = 0;
            const session = createSession({
              engine: asking(call("count")), tools: registryOf({ count: () => { runs++; } }), toolLoop: { enabled: false },
            });
            const turn = await session.runAsync("x");
            export default [kinds(turn), turn.blocks.at(-1).payload.error, runs];
            """
        )
        kinds = ["user", "tool_call", "tool_use"]
        assert told == [kinds, "not executed: the tool loop is not enabled", 0]

    async def test_a_script_may_execute_the_calls_itself(self) -> None:
        told = await evaluate(
            """
            const seen = [];
            const engine = engines.fromFunction((turn) => {
              seen.push(turn.blocks.filter(({ kind }) => kind === "tool_use").map(({ payload }) => payload));
              const asks = turn.blocks.length === 1;
              turn.blocks.push(asks ? turns.newToolCallBlock("1", "add", {}) : turns.newAssistantBlock("done"));
            });
            const session = createSession({ engine, history: "none" });
            const asked = await session.runAsync("x");
            const turn = await session.runAsync(turns.appendBlock(asked, turns.newToolUseBlock("1", 42)));
            export default [kinds(turn), turn.blocks[2].payload, seen];
            """
        )
        given = {"id": "1", "result": 42}
        kinds = ["user", "tool_call", "tool_use", "llm_text"]
        assert told == [kinds, given, [[], [given]]]

    async def test_a_tool_that_takes_too_long_is_ended(self) -> None:
        told = await evaluate(
            """
            const marks = [];
            const registry = registryOf({
              hang: () => new Promise(() => {}),
              spin: () => { for (;;); },
              wait: async () => { await pause(100); marks.push("late"); },
              child: () => createSession({ engine: engines.fromFunction(() => new Promise(() => {})) }).runAsync("x"),
              parked: () => createSession({ engine: engines.fromFunction(() => new Promise(() => {})) }).run("x"),
              fine: () => "fine",
            });
            const names = ["hang", "spin", "wait", "child", "parked", "fine"];
            const session = createSession({
              engine: asking(...names.map((name) => call(name))), tools: registry, toolLoop: { executionTimeoutMs: 40, maxParallelTools: 1 },
            });
            const run = session.start("x");
            const turn = await run.promise;
            await pause(120);
            export default [uses(turn).map((use) => typeof use.error), marks, run.status];
            """
        )
        assert told == [[*["string"] * 5, "undefined"], [], "completed"]

    async def test_a_failure_may_end_the_run_or_be_tried_again(self) -> None:
        told = await evaluate(
            """
            const tell = async (toolLoop, fails) => {
              let tries = 0, others = 0;
              const registry = registryOf({
                flaky: () => { if (++tries <= fails) throw new Error(`failure ${tries}`); return tries; },
                other: () => { others++; return "kept"; },
              });
              const session = createSession({ engine: asking(call("other"), call("flaky")), tools: registry, toolLoop });
              const ended = await later(session.runAsync("x").then(outcomes));
              return [ended, tries, others, session.turnCount()];
            };
            const retry = { toolErrorHandling: "retry", retryMaxRetries: 2, retryBackoffMs: 1 };
            export default [await tell({ toolErrorHandling: "abort" }, 1), await tell(retry, 2), await tell(retry, 3), await tell({}, 1)];
            """
        )
        aborted, retried, exhausted, continued = told
        assert aborted[0][:2] == ["ToolError", "tool_error"]
        assert "failure 1" in aborted[0][2]
        assert aborted[1:] == [1, 1, 0]
        assert retried == [["fine", ["kept", 3]], 3, 1, 1]
        assert exhausted[0][0] == "fine"
        assert "failure 3" in exhausted[0][1][1]
        assert exhausted[1:] == [3, 1, 1]
        assert "failure 1" in continued[0][1][1]

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            (
                '{ toolChoice: "x" }',
                'invalid toolChoice "x", expected one of: auto, none, required',
            ),
            ('{ toolErrorHandling: "x" }', 'invalid toolErrorHandling "x", expected one of: '),
            ("{ maxIterations: -1 }", "maxIterations"),
            ("{ maxIterations: 1.5 }", "maxIterations"),
            ("{ maxParallelTools: 0 }", "maxParallelTools"),
            ("{ executionTimeoutMs: 'soon' }", "executionTimeoutMs"),
            ("{ retryBackoffFactor: null }", "retryBackoffFactor"),
            ("{ enabled: 1 }", "enabled"),
            ("{ foo: 1 }", "toolLoop.foo: unknown, expected one of: enabled, "),
            ("{ max_iterations: 1 }", "toolLoop.max_iterations: unknown"),
            ("5", "toolLoop"),
        ],
    )
    async def test_bad_settings_are_refused_wherever_they_are_given(
        self, settings: str, message: str
    ) -> None:
        told = await evaluate(
            f"""
            const engine = engines.echo(), registry = registryOf({{ a: () => 1 }});
            export default [
              attempt(() => createSession({{ engine, tools: registry, toolLoop: {settings} }})),
              attempt(() => createBuilder({{ engine, tools: registry, toolLoop: {settings} }}).buildSession()),
              attempt(() => createBuilder({{ engine }}).withTools(registry, {settings}).buildSession()),
              attempt(() => createBuilder({{ engine }}).withTools(registry).withToolLoop({settings}).buildSession()),
              attempt(() => runInference(engine, "x", {{ tools: registry, toolLoop: {settings} }})),
            ];
            """
        )
        assert [name for name, _ in told] == ["TypeError"] * 5
        for _, text in told:
            assert message in text or (message == "toolLoop" and "loop" in text)

    async def test_a_choice_may_name_a_tool(self) -> None:
        told = await evaluate(
            """
            const seen = [];
            const engine = engines.fromFunction((turn, ctx) => { seen.push(ctx.toolChoice); });
            const registry = registryOf({ a: () => 1 });
            for (const toolChoice of ["auto", "none", "required", "a"]) {
              await createSession({ engine, tools: registry, toolLoop: { toolChoice } }).runAsync("x");
            }
            export default seen;
            """
        )
        assert told == ["auto", "none", "required", "a"]

    async def test_events_tell_of_every_call(self) -> None:
        told = await evaluate(
            """
            const registry = registryOf({ good: () => ({ a: 1 }), bad: () => { throw new Error("no"); } });
            const run = createSession({ engine: asking(call("good", { x: 1 }), call("bad")), tools: registry }).start("x");
            const seen = [];
            run.on("tool-call-requested", (e) => seen.push(["requested", e.toolCall.id, e.toolCall.args]))
               .on("tool-execution-started", (e) => seen.push(["started", e.toolCallId, e.name]))
               .on("tool-execution-finished", (e) => seen.push(["finished", e.toolCallId, e.result ?? typeof e.error]));
            await run.promise;
            export default seen;
            """
        )
        assert told[:2] == [["requested", "good", {"x": 1}], ["requested", "bad", {}]]
        assert sorted(told[2:]) == [
            ["finished", "bad", "string"],
            ["finished", "good", {"a": 1}],
            ["started", "bad", "bad"],
            ["started", "good", "good"],
        ]

    async def test_tools_registered_later_are_offered_too(self) -> None:
        told = await evaluate(
            """
            const registry = tools.createRegistry();
            const session = createSession({ engine: asking(call("late")), tools: registry });
            registry.register({ name: "late", handler: () => "in time" });
            export default outcomes(session.run("x"));
            """
        )
        assert told == ["in time"]

    async def test_limits_count_tool_calls(self) -> None:
        told = await evaluate(
            """
            let runs = 0;
            const calls = ["a", "b", "c"].map((id) => call("count", {}, id));
            const session = createSession({
              engine: asking(...calls), tools: registryOf({ count: () => { runs++; } }), toolLoop: { maxParallelTools: 1 },
            });
            const run = session.start("x", { limits: { toolCalls: 2 } });
            const ended = await later(run.promise);
            export default [...ended.slice(0, 2), runs, run.status];
            """
        )
        assert told == ["RunLimitError", "tool_calls", 2, "limit_reached"]


async def test_a_tool_is_called_within_a_run() -> None:
    async with Runtime() as runtime, await runtime.realm() as realm:
        with pytest.raises(JavaScriptError, match="tools are called within a run"):
            await realm.evaluate(
                "globalThis[Symbol.for('marotte.module')]('marotte').tools.createRegistry()"
                ".register({ name: 'x', handler() {} }).call('x')"
            )
