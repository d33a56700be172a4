"""Hooks around tool calls, as functions of a script."""

from __future__ import annotations

import pytest
from tests.bindings.agent_support import PRELUDE, evaluate
from tests.bindings.script_support import run_script

HOOKED = """
const ran = [];
const registry = registryOf({
  add: ({ a, b }) => { ran.push(["add", a, b]); return a + b; },
  shout: ({ text }) => { ran.push(["shout", text]); return text.toUpperCase(); },
  fail: ({ why = "no luck" }) => { ran.push(["fail"]); throw new Error(why); },
});
const hooked = (toolHooks, calls, toolLoop = { retryBackoffMs: 1 }) =>
  createSession({ engine: asking(...calls), tools: registry, toolHooks, toolLoop });
const tell = async (toolHooks, ...calls) => outcomes(await hooked(toolHooks, calls).runAsync("x"));
const add = call("add", { a: 1, b: 2 });
"""


async def hooked(body: str) -> object:
    return await evaluate(HOOKED + body)


class TestBefore:
    @pytest.mark.parametrize("kind", ["", "async"])
    async def test_it_may_change_the_arguments_or_the_tool(self, kind: str) -> None:
        told = await hooked(
            f"""
            export default [
              await tell({{ beforeToolCall: {kind} ({{ call }}) => ({{ call: {{ args: {{ ...call.args, b: 40 }} }} }}) }}, add),
              await tell({{ beforeToolCall: {kind} ({{ call }}) => {{ call.args.b = 5; return {{ call }}; }} }}, add),
              await tell({{ beforeToolCall: {kind} () => ({{ call: {{ name: "shout", args: {{ text: "hi" }} }} }}) }}, add),
              ran,
            ];
            """
        )
        assert told == [[41], [6], ["HI"], [["add", 1, 40], ["add", 1, 5], ["shout", "hi"]]]

    async def test_saying_nothing_and_changing_its_copy_changes_nothing(self) -> None:
        told = await hooked(
            """
            export default [await tell({ beforeToolCall({ call }) { call.args.b = 100; } }, add), await tell({ beforeToolCall: () => null }, add),
                            await tell({ beforeToolCall: () => ({}) }, add), await tell({ beforeToolCall: () => ({ call: {} }) }, add),
                            await tell({ beforeToolCall: () => ({ call: { name: null } }) }, add)];
            """
        )
        assert told == [[3]] * 5

    async def test_the_call_keeps_its_id_whatever_the_hook_says(self) -> None:
        told = await hooked(
            """
            const session = hooked({ beforeToolCall: ({ call }) => ({ call: { ...call, id: "other" } }) }, [add]);
            export default uses(await session.runAsync("x")).map((use) => use.id);
            """
        )
        assert told == ["add"]

    async def test_it_may_abort_and_the_model_is_told(self) -> None:
        told = await hooked(
            """
            const first = await tell({ beforeToolCall: () => ({ action: "abort", error: "not today" }) }, add);
            const second = await tell({ beforeToolCall: async () => ({ action: "abort" }) }, add);
            export default [first, second, ran];
            """
        )
        assert told == [["not today"], ["aborted by beforeToolCall"], []]

    async def test_changed_arguments_are_checked_too(self) -> None:
        told = await evaluate(
            """
            let runs = 0;
            const registry = tools.createRegistry().register({
              name: "n", parameters: { type: "object", properties: { n: { type: "number" } } }, handler: () => { runs++; },
            });
            const toolHooks = { beforeToolCall: () => ({ call: { args: { n: "five" } } }) };
            const turn = await createSession({ engine: asking(call("n", { n: 5 })), tools: registry, toolHooks }).runAsync("x");
            export default [typeof uses(turn)[0].error, runs];
            """
        )
        assert told == ["string", 0]


class TestAfter:
    @pytest.mark.parametrize("kind", ["", "async"])
    async def test_it_may_change_result_or_error(self, kind: str) -> None:
        told = await hooked(
            f"""
            const seen = [];
            const hook = (reply) => ({{ afterToolCall: {kind} (payload) => {{ seen.push(payload); return reply; }} }});
            export default [await tell(hook({{ result: {{ sum: 3 }} }}), add), await tell(hook({{ error: "withheld" }}), add),
                            await tell(hook({{ result: "saved" }}), call("fail")), await tell(hook({{ error: "other words" }}), call("fail")),
                            await tell(hook(undefined), add),
                            seen.map(({{ call, result, error, durationMs }}) => [call.name, result ?? null, typeof error, durationMs >= 0])];
            """
        )
        assert told == [
            [{"sum": 3}],
            ["withheld"],
            ["saved"],
            ["other words"],
            [3],
            [
                ["add", 3, "undefined", True],
                ["add", 3, "undefined", True],
                ["fail", None, "string", True],
                ["fail", None, "string", True],
                ["add", 3, "undefined", True],
            ],
        ]


class TestOnError:
    async def test_it_may_have_the_call_tried_again(self) -> None:
        told = await evaluate(
            """
            let tries = 0;
            const seen = [];
            const registry = registryOf({ flaky: () => { if (++tries < 4) throw new Error(`failure ${tries}`); return tries; } });
            const toolHooks = { onToolError: async (payload) => { seen.push(payload); return { action: "retry", backoffMs: 1 }; } };
            const turn = await createSession({ engine: asking(call("flaky")), tools: registry, toolHooks }).runAsync("x");
            export default [outcomes(turn), seen.map((p) => [p.call.name, p.attempt, p.defaultRetry, typeof p.defaultBackoffMs, p.error.includes(`failure ${p.attempt + 1}`)])];
            """
        )
        assert told == [[4], [["flaky", n, False, "number", True] for n in range(3)]]

    async def test_it_may_end_the_run_or_let_it_go_on(self) -> None:
        told = await hooked(
            """
            const abort = hooked({ onToolError: () => ({ action: "abort" }) }, [call("fail")]);
            const loop = { toolErrorHandling: "abort" };
            const onwards = hooked({ onToolError: () => ({ action: "continue" }) }, [call("fail")], loop);
            const byDefault = hooked({ onToolError: () => {} }, [call("fail")], loop);
            export default [(await later(abort.runAsync("x"))).slice(0, 2), outcomes(await onwards.runAsync("x"))[0].includes("no luck"),
                            (await later(byDefault.runAsync("x"))).slice(0, 2)];
            """
        )
        assert told == [["ToolError", "tool_error"], True, ["ToolError", "tool_error"]]

    @pytest.mark.parametrize(("option", "tries"), [("", 11), ("maxHookRetries: 2,", 3)])
    async def test_it_cannot_retry_for_ever(self, option: str, tries: int) -> None:
        told = await hooked(
            f"""
            const toolHooks = {{ {option} onToolError: () => ({{ action: "retry", backoffMs: 0 }}) }};
            const ended = await later(hooked(toolHooks, [call("fail")]).runAsync("x").then(outcomes));
            export default [ended[0], ran.length];
            """
        )
        assert told == ["fine", tries]


class TestFailures:
    @pytest.mark.parametrize("hook", ["beforeToolCall", "afterToolCall", "onToolError"])
    @pytest.mark.parametrize(
        "body",
        [
            'throw new Error("clumsy")',
            'return Promise.reject(new Error("clumsy"))',
            "return 5",
            "return { clumsy: 1 }",
            "return { action: 'clumsy' }",
            "return () => {}",
        ],
    )
    async def test_a_hook_that_fails_fails_the_call_and_open_goes_on(
        self, hook: str, body: str
    ) -> None:
        told = await hooked(
            f"""
            const calls = [{'call("fail")' if hook == "onToolError" else "add"}];
            const hooks = {{ {hook}() {{ {body}; }} }};
            const closed = await hooked(hooks, calls).runAsync("x");
            const run = hooked({{ ...hooks, failOpen: true }}, calls).start("x");
            const codes = [];
            run.on("diagnostic", (e) => codes.push(e.message));
            const open = await run.promise;
            await pause(5);
            export default [uses(closed).map((use) => use.error), outcomes(open), codes.length];
            """
        )
        assert isinstance(told, list)
        closed, opened, diagnostics = told
        assert f"{hook} hook: " in closed[0]
        if hook == "onToolError":
            assert "no luck" in opened[0]
        else:
            assert opened == [3]
        assert diagnostics == 1

    async def test_a_tool_does_not_run_where_its_hook_has_failed(self) -> None:
        told = await hooked(
            """
            await tell({ beforeToolCall() { throw new Error("clumsy"); } }, add);
            export default ran;
            """
        )
        assert told == []

    @pytest.mark.parametrize(
        ("hooks", "message"),
        [
            ("{ beforeToolCall: 5 }", "toolHooks.beforeToolCall: expected a function, got 5"),
            ("{ failOpen: 1 }", "toolHooks.failOpen"),
            ("{ maxHookRetries: -1 }", "toolHooks.maxHookRetries"),
            ("{ maxHookRetries: 1.5 }", "toolHooks.maxHookRetries"),
            ("{ before() {} }", "toolHooks.before: unknown option"),
            ("{ before_tool_call() {} }", "toolHooks.before_tool_call: unknown option"),
            ("() => {}", "toolHooks"),
        ],
    )
    async def test_bad_hooks_are_refused(self, hooks: str, message: str) -> None:
        told = await hooked(
            f"""
            const engine = engines.echo();
            export default [attempt(() => createSession({{ engine, toolHooks: {hooks} }})), attempt(() => createBuilder({{ toolHooks: {hooks} }})),
                            attempt(() => runInference(engine, "x", {{ toolHooks: {hooks} }})), attempt(() => createBuilder().withToolHooks({hooks}))];
            """
        )
        assert isinstance(told, list)
        assert [name for name, _ in told] == ["TypeError"] * 4
        for _, text in told[:3]:
            assert message in text
        assert "withToolHooks(): " in told[3][1]


async def test_hooks_are_told_of_call_and_run() -> None:
    told = await hooked(
        """
        const seen = [];
        const look = (name) => (payload, ctx) => { seen.push([name, ctx.callId, ctx.toolName, ctx.tags, ctx.signal.aborted, ctx]); };
        const toolHooks = { beforeToolCall: look("before"), afterToolCall: look("after"), onToolError: look("error") };
        const session = hooked(toolHooks, [call("fail", {}, "c1")]);
        const run = session.start("x", { tags: { a: "b" }, timeoutMs: 60000 });
        const turn = await run.promise;
        export default seen.map(([...rest]) => {
          const ctx = rest.pop();
          return [...rest, ctx.runId === run.id, ctx.sessionId === session.id, ctx.turnId === turn.id, ctx.deadlineMs > Date.now()];
        });
        """
    )
    rest = ["c1", "fail", {"a": "b"}, False, True, True, True, True]
    assert told == [["before", *rest], ["error", *rest], ["after", *rest]]


async def test_hooks_without_a_function_are_none() -> None:
    told = await hooked(
        """
        const builder = createBuilder({ engine: asking(add), tools: registry, toolHooks: { beforeToolCall: () => ({ action: "abort" }) } });
        export default outcomes(builder.withToolHooks({}).buildSession().run("x"));
        """
    )
    assert told == [3]


async def test_a_failing_hook_leaves_no_unhandled_rejection() -> None:
    outcome = await run_script(
        PRELUDE
        + HOOKED
        + "await tell({ async beforeToolCall() { throw new Error('clumsy'); } }, add);"
    )
    assert outcome.record.status == "completed"
