"""Middleware around engine calls: functions of a script, and what the host provides."""

from __future__ import annotations

import logging

import pytest
from tests.bindings.agent_support import PRELUDE, evaluate
from tests.bindings.script_support import run_script

from marotte import Binding, Runtime
from marotte.host import load_bindings
from marotte_js.core.middlewares import from_js_


class TestFunctions:
    @pytest.mark.parametrize("kind", ["", "async"])
    async def test_the_first_registered_is_outermost_and_wraps_each_call(self, kind: str) -> None:
        told = await evaluate(
            f"""
            const seen = [];
            const mark = (name) => {kind} function (turn, next) {{
              seen.push(`${{name}}<`);
              return next(turn).then((answer) => {{ seen.push(`>${{name}}`); return answer; }});
            }};
            const session = createSession({{
              engine: asking(call("t")), tools: registryOf({{ t: () => {{ seen.push("tool"); }} }}),
              middlewares: [mark("a"), middlewares.fromJS(mark("b")), mark("c")],
            }});
            const turn = await session.runAsync("x");
            export default [seen.join(" "), turn.text];
            """
        )
        once = "a< b< c< >c >b >a"
        assert told == [f"{once} tool {once}", "done"]

    async def test_it_may_change_what_goes_in_and_what_comes_out(self) -> None:
        told = await evaluate(
            """
            const engine = engines.fromFunction((turn) => { turn.blocks.push(turns.newAssistantBlock(turn.blocks.map((b) => b.payload.text).join("+"))); });
            const session = createSession({ engine, middlewares: [
              async (turn, next) => {
                turn.blocks.unshift(turns.newSystemBlock("be kind"));
                const answer = await next(turn);
                answer.blocks.at(-1).payload.text += "!";
                return { ...answer, id: "other" };
              },
            ] });
            const run = session.start("hi");
            const turn = await run.promise;
            export default [turn.text, turn.blocks.length, turn.id === "other", session.turnCount()];
            """
        )
        assert told == ["be kind+hi!", 3, False, 1]

    async def test_next_without_an_argument_passes_the_original_turn(self) -> None:
        told = await evaluate(
            """
            const session = createSession({ engine: engines.echo(), middlewares: [
              async (turn, next) => { turn.blocks[0].payload.text = "changed"; return await next(); },
            ] });
            export default session.run("original").text;
            """
        )
        assert told == "original"

    @pytest.mark.parametrize(
        "middleware",
        [
            "async (turn, next) => { await next(); }",
            "async (turn, next) => { await next(); return null; }",
            "(turn, next) => { next(turn); }",
            "async (turn, next) => { const answer = await next(); answer.blocks = []; }",
        ],
    )
    async def test_returning_nothing_keeps_what_next_answered(self, middleware: str) -> None:
        told = await evaluate(
            f"""
            const session = createSession({{ engine: engines.echo({{ reply: "kept", delayMs: 1 }}), middlewares: [{middleware}] }});
            const turn = await session.runAsync("x");
            export default [turn.text, kinds(turn)];
            """
        )
        assert told == ["kept", ["user", "llm_text"]]

    async def test_it_may_answer_without_the_engine_and_ask_it_twice(self) -> None:
        told = await evaluate(
            """
            let asked = 0;
            const engine = engines.fromFunction((turn) => { turn.blocks.push(turns.newAssistantBlock(`answer ${++asked}`)); });
            const cached = createSession({ engine, middlewares: [(turn) => turns.appendBlock(turn, turns.newAssistantBlock("cached"))] });
            const twice = createSession({ engine, middlewares: [async (turn, next) => { const first = await next(); return (await next()).text > first.text ? await next() : first; }] });
            export default [(await cached.runAsync("x")).text, asked, (await twice.runAsync("x")).text, asked];
            """
        )
        assert told == ["cached", 0, "answer 3", 3]

    async def test_turns_in_its_hands_have_their_text(self) -> None:
        told = await evaluate(
            """
            const seen = [];
            const session = createSession({ engine: engines.echo({ reply: "pong" }), middlewares: [
              async (turn, next, ctx) => { seen.push(turn.text); const answer = await next(); seen.push(answer.text); },
            ] });
            session.run("ping");
            session.run();
            export default seen;
            """
        )
        assert told == ["", "pong", "pong", "pongpong"]

    async def test_the_context_tells_of_the_run(self) -> None:
        told = await evaluate(
            """
            let told;
            const session = createSession({ engine: engines.echo(), middlewares: [(turn, next, ctx) => { told = ctx; return next(); }] });
            const run = session.start("x", { tags: { a: "b" }, timeoutMs: 60000 });
            const turn = await run.promise;
            export default [told.runId === run.id, told.sessionId === session.id, told.turnId === turn.id, told.tags, told.deadlineMs > Date.now(),
                            told.signal instanceof AbortSignal, told.signal.aborted, "callId" in told];
            """
        )
        assert told == [True, True, True, {"a": "b"}, True, True, False, False]

    async def test_what_it_throws_ends_the_run_under_its_name(self) -> None:
        told = await evaluate(
            """
            const tell = async (...given) => {
              const session = createSession({ engine: engines.echo(), middlewares: given });
              let error;
              try { await session.runAsync("x"); } catch (e) { error = e; }
              return [error.name, error.message, error.cause?.name ?? null, session.turnCount()];
            };
            const clumsy = () => { throw new RangeError("out of luck"); };
            export default [await tell(middlewares.fromJS(clumsy)), await tell(middlewares.fromJS(async () => { throw new RangeError("out of luck"); }, "guard")),
                            await tell(clumsy), await tell(() => 5), await tell(middlewares.fromJS(() => ({ blocks: 5 }), "odd"))];
            """
        )
        names = ["clumsy", "guard", "middleware", "middleware", "odd"]
        for name, (kind, message, _, turns) in zip(names, told, strict=True):
            assert kind == "ScriptError"
            assert message.startswith(f"{name}: ")
            assert turns == 0
        assert "out of luck" in told[0][1]
        assert "out of luck" in told[2][1]
        assert "blocks" in told[4][1]

    async def test_what_the_engine_throws_can_be_caught(self) -> None:
        told = await evaluate(
            """
            let tries = 0;
            const engine = engines.fromFunction((turn) => {
              if (++tries < 3) throw new Error(`failure ${tries}`);
              turn.blocks.push(turns.newAssistantBlock("at last"));
            });
            const retry = async (turn, next) => {
              for (;;) { try { return await next(); } catch (error) { if (tries > 5) throw error; } }
            };
            const turn = await createSession({ engine, middlewares: [retry] }).runAsync("x");
            export default [turn.text, tries, kinds(turn)];
            """
        )
        assert told == ["at last", 3, ["user", "llm_text"]]

    async def test_next_is_refused_once_the_middleware_has_returned(self) -> None:
        told = await evaluate(
            """
            let kept;
            const session = createSession({ engine: engines.echo({ reply: "pong" }), middlewares: [(turn, next) => { kept = next; return next(); }] });
            const turn = await session.runAsync("x");
            export default [await later(kept()), session.latest().text];
            """
        )
        assert told[0][0] != "fine"
        assert "has returned already" in told[0][2]
        assert told[1] == "pong"

    async def test_a_next_that_nobody_awaits_and_that_fails_ends_the_run(self) -> None:
        outcome = await run_script(
            PRELUDE
            + """
            const engine = engines.fromFunction(async () => { await pause(1); throw new Error("out of luck"); });
            const session = createSession({ engine, middlewares: [(turn, next) => { next(); }] });
            console.log(JSON.stringify(await later(session.runAsync("x"))));
            """
        )
        assert outcome.output == ['["EngineError","provider_error","Error: out of luck"]']
        assert outcome.record.status == "completed"

    async def test_two_runs_share_one_middleware(self) -> None:
        told = await evaluate(
            """
            const seen = new Map();
            let gate = Promise.withResolvers();
            let waiting = 0;
            const shared = middlewares.fromJS(async (turn, next, ctx) => {
              if (++waiting === 2) gate.resolve();
              await gate.promise;
              const answer = await next();
              seen.set(ctx.runId, answer.text);
              return answer;
            });
            const make = () => createSession({ engine: engines.echo(), middlewares: [shared] });
            const runs = [make().start("one"), make().start("two")];
            await Promise.all(runs.map((run) => run.promise));
            export default runs.map((run) => [seen.get(run.id), run.status]);
            """
        )
        assert told == [["one", "completed"], ["two", "completed"]]


class TestObjects:
    async def test_a_middleware_is_opaque_and_has_a_name(self) -> None:
        told = await evaluate(
            """
            const tell = (mw) => [mw.name, Object.keys(mw), JSON.stringify(mw), `${mw}`];
            export default [tell(middlewares.fromJS(function guard() {})), tell(middlewares.fromJS(() => {}, "named")),
                            tell(middlewares.fromJS(() => {})), tell(middlewares.host("systemPrompt", { prompt: "x" }))];
            """
        )
        opaque = [[], "{}", "[object Middleware]"]
        names = ["guard", "named", "middleware", "systemPrompt"]
        assert told == [[name, *opaque] for name in names]

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            ("middlewares.fromJS(5)", "middlewares.fromJS(): fn must be a function, got number"),
            ("middlewares.fromJS()", "middlewares.fromJS(): fn must be a function, got undefined"),
            ("middlewares.host('nowhere')", "unknown host middleware: nowhere; known are "),
            ("createBuilder().useHostMiddleware('nowhere')", "unknown host middleware: nowhere"),
            ("middlewares.host('systemPrompt')", "prompt"),
            ("middlewares.host('systemPrompt', { prompt: 5 })", "prompt"),
            ("middlewares.host('systemPrompt', { prompt: 'x', foo: 1 })", "foo"),
            ("middlewares.host(5)", "middlewares.host(): name"),
            ("createBuilder().useMiddleware(5)", "Builder.useMiddleware(): middleware"),
            ("createBuilder().useMiddleware({})", "Builder.useMiddleware(): middleware"),
            ("createSession({ engine: engines.echo(), middlewares: [5] })", "middlewares"),
            ("createSession({ engine: engines.echo(), middlewares: () => {} })", "middlewares"),
        ],
    )
    async def test_a_bad_call_is_refused(self, call: str, message: str) -> None:
        told = await evaluate(f"export default attempt(() => {call});")
        assert told[0] != "fine"
        assert message in told[1]


class TestHost:
    async def test_the_system_prompt_is_put_first_once(self) -> None:
        told = await evaluate(
            """
            const seen = [];
            const engine = engines.fromFunction((turn) => { seen.push(turn.blocks.map((b) => [b.kind, b.payload.text])); });
            const prompt = middlewares.host("systemPrompt", { prompt: "be kind" });
            createSession({ engine, middlewares: [prompt] }).run("hi");
            createSession({ engine, middlewares: [prompt] }).run({ blocks: [turns.newSystemBlock("be rude"), turns.newUserBlock("hi")] });
            createBuilder({ engine }).useHostMiddleware("systemPrompt", { prompt: "be brief" }).buildSession().run("hi");
            export default seen;
            """
        )
        kind = [["system", "be kind"], ["user", "hi"]]
        assert told == [kind, kind, [["system", "be brief"], ["user", "hi"]]]

    async def test_tool_results_are_put_behind_their_calls(self) -> None:
        told = await evaluate(
            """
            const seen = [];
            const engine = engines.fromFunction((turn) => { seen.push(turn.blocks.map((b) => b.payload.id ?? b.kind)); });
            const blocks = [turns.newUserBlock("x"), turns.newToolCallBlock("a", "t"), turns.newToolCallBlock("b", "t"),
                            turns.newAssistantBlock("between"), turns.newToolUseBlock("b", 1), turns.newToolUseBlock("a", 2)];
            createSession({ engine, middlewares: [middlewares.host("reorderToolResults")] }).run({ blocks });
            export default seen[0];
            """
        )
        assert told[0] == "user"
        assert sorted(told[1:5]) == ["a", "a", "b", "b"]
        assert told[5] == "llm_text"

    async def test_turns_are_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG, "marotte"):
            told = await evaluate(
                """
                const session = createSession({ engine: engines.echo(), middlewares: [middlewares.host("turnLogging")] });
                export default [session.id, session.run("a secret of mine").text];
                """
            )
        assert told[1] == "a secret of mine"
        text = "\n".join(record.getMessage() for record in caplog.records)
        assert "llm_text" in text
        assert "secret" not in text

    async def test_what_the_host_has_added_is_there_too(self) -> None:
        from marotte.conversation import JsonObject, Turn, new_system_block
        from marotte.inference import FunctionMiddleware, Middleware, MiddlewareContext, Next

        def stamp(options: JsonObject | None) -> Middleware:
            async def apply(turn: Turn, next: Next, ctx: MiddlewareContext) -> Turn:
                turn.blocks.insert(0, new_system_block(str((options or {}).get("text"))))
                return await next(turn)

            return FunctionMiddleware(apply, "stamp")

        async with Runtime(middlewares={"stamp": stamp}) as runtime:
            told = await runtime.run_source(
                PRELUDE
                + """
                const session = createBuilder({ engine: engines.echo() }).useHostMiddleware("stamp", { text: "seen" }).buildSession();
                export default session.run("x").blocks.map((b) => b.payload.text);
                """
            )
        assert told == ["seen", "x", "x"]


class TestBuilder:
    async def test_every_method_answers_the_builder_and_has_its_effect(self) -> None:
        told = await evaluate(
            """
            const seen = [];
            const builder = createBuilder();
            const steps = [
              builder.withEngine(asking(call("t"))), builder.useMiddleware((turn, next) => { seen.push("fn"); return next(); }),
              builder.useMiddleware(middlewares.fromJS((turn, next) => { seen.push("object"); return next(); })),
              builder.useHostMiddleware("systemPrompt", { prompt: "p" }),
              builder.withTools(registryOf({ t: () => "result" }), { maxParallelTools: 1 }), builder.withToolLoop({ maxIterations: 5 }),
              builder.withToolHooks({ beforeToolCall: () => { seen.push("hook"); } }), builder.withHistory("none"),
            ];
            const turn = builder.buildSession().run("x");
            export default [steps.every((step) => step === builder), seen, outcomes(turn), turn.text];
            """
        )
        assert told == [
            True,
            ["fn", "object", "hook", "fn", "object"],
            ["result"],
            "done",
        ]

    async def test_a_session_keeps_what_the_builder_had(self) -> None:
        told = await evaluate(
            """
            const seen = [];
            const builder = createBuilder({ engine: engines.echo(), middlewares: [(turn, next) => { seen.push("first"); return next(); }] });
            const session = builder.buildSession();
            builder.useMiddleware((turn, next) => { seen.push("second"); return next(); });
            session.run("x");
            const before = seen.splice(0);
            builder.buildSession().run("x");
            export default [before, seen];
            """
        )
        assert told == [["first"], ["first", "second"]]

    async def test_run_inference_takes_it_all_and_the_options_of_a_run(self) -> None:
        told = await evaluate(
            """
            const seen = [];
            const turn = runInference(asking(call("t")), "x", {
              tools: registryOf({ t: (args, ctx) => ctx.tags }), toolLoop: { maxIterations: 2 },
              toolHooks: { afterToolCall: ({ result }) => { seen.push(result); } }, middlewares: [(turn, next) => { seen.push("mw"); return next(); }],
              tags: { a: "b" }, timeoutMs: 60000,
            });
            export default [seen, outcomes(turn), attempt(() => runInference(engines.echo(), "x", { foo: 1 })),
                            attempt(() => runInference(engines.echo(), "x", { timeoutMs: -1 })), attempt(() => runInference(engines.echo(), "x", 5)),
                            attempt(() => runInference(engines.echo({ reply: "a b c", delayMs: 50 }), "x", { signal: AbortSignal.timeout(10) }))[0]];
            """
        )
        assert told[:2] == [["mw", {"a": "b"}, "mw"], [{"a": "b"}]]
        assert told[2][0] == "TypeError"
        assert "unknown option foo" in told[2][1]
        assert told[3] == ["TypeError", "timeoutMs must be >= 0"]
        assert told[4] == ["TypeError", "run options must be an object"]
        assert told[5] == "RunStoppedError"


class TestParkedNext:
    """For faces that offer a `next` which answers at once, as older scripts expect it."""

    BINDING = Binding(
        name="parked",
        module="parked",
        functions=[from_js_],
        face="(host) => ({ parked: (fn, name) => host._fromJS(fn, name, true) })",
        declared_values={"parked": object},
    )

    async def test_next_answers_at_once_while_everybody_is_served(self) -> None:
        async with Runtime(bindings=[*load_bindings(), self.BINDING]) as runtime:
            told = await runtime.run_source(
                PRELUDE
                + """
                import { parked } from "parked";
                const seen = [];
                const outer = parked((turn, next) => { const answer = next(turn); seen.push(["outer", answer.text]); return answer; }, "outer");
                const inner = parked((turn, next) => {
                  const first = next();
                  const answer = next({ ...first, blocks: [...first.blocks, turns.newUserBlock("again")] });
                  seen.push(["inner", answer.text]);
                  return answer;
                }, "inner");
                const engine = engines.fromFunction(async (turn) => { await pause(1); turn.blocks.push(turns.newAssistantBlock(`[${turn.blocks.length}]`)); });
                const make = () => createSession({ engine, middlewares: [outer, inner] });
                const background = make().start("x");
                const turn = make().run("x");
                const failing = createSession({ engine: engines.fromFunction(() => { throw new Error("no luck"); }), middlewares: [outer] });
                export default [turn.text, (await background.promise).text, seen.length, seen[0], outer.name, (await later(failing.runAsync("x"))).slice(0, 2)];
                """
            )
        assert told == [
            "[1][3]",
            "[1][3]",
            4,
            ["inner", "[1][3]"],
            "outer",
            ["EngineError", "provider_error"],
        ]

    async def test_a_parked_next_is_cancelled_with_its_run(self) -> None:
        async with Runtime(bindings=[*load_bindings(), self.BINDING]) as runtime:
            told = await runtime.run_source(
                PRELUDE
                + """
                import { parked } from "parked";
                const engine = engines.fromFunction(() => new Promise(() => {}));
                const session = createSession({ engine, middlewares: [parked((turn, next) => next(), "p")] });
                const run = session.start("x", { cancelGraceMs: 10 });
                setTimeout(() => run.cancel(), 20);
                export default [(await later(run.promise))[0], session.run === undefined, 1 + 1];
                """
            )
        assert told == ["RunStoppedError", False, 2]
