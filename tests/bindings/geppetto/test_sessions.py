"""Engines, sessions, builders and runs under the older names."""

from __future__ import annotations

import pytest
from tests.bindings.geppetto.support import evaluate


class TestEngines:
    @pytest.mark.parametrize("options", ["", "{}", "{ reply: '' }", "{ reply: '  ' }"])
    async def test_a_blank_echo_says_ready(self, options: str) -> None:
        assert await evaluate(f"""
            const session = gp.createSession({{ engine: gp.engines.echo({options}) }});
            export default texts(session.run("hi"));
        """) == ["READY"]

    async def test_echo_appends_one_assistant_block(self) -> None:
        turn = await evaluate("export default echoing('two words').run(user('hi'));")
        assert [block["kind"] for block in turn["blocks"]] == ["user", "llm_text"]
        assert turn["blocks"][1]["role"] == "assistant"

    async def test_a_function_may_change_its_turn_or_return_another(self) -> None:
        assert await evaluate("""
            const say = (turn, text) => ({ ...turn, blocks: [...turn.blocks, { kind: "llm_text", text }] });
            const changing = gp.engines.fromFunction((turn) => { turn.blocks.push(gp.turns.newAssistantBlock("a")); });
            const returning = gp.engines.fromFunction(async (turn) => say(turn, "b"));
            const of = (engine) => texts(gp.createSession({ engine }).run("hi"));
            export default [of(changing), of(returning), changing.name];
        """) == [["a"], ["b"], "function"]

    async def test_from_config_is_called_config(self) -> None:
        options = (
            "{ apiType: 'openai', model: 'gpt-4o-mini', apiKey: 'k', timeoutSeconds: 2, topP: 0.5 }"
        )
        assert await evaluate(f"export default gp.engines.fromConfig({options}).name;") == "config"

    async def test_an_unknown_provider_throws(self) -> None:
        name, message = await evaluate(
            "export default attempt(() => gp.engines.fromConfig({ provider: 'bogus', model: 'x', apiKey: 'k' }));"
        )
        assert name == "TypeError"
        assert "bogus" in message

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("'one', { profile: 'two', apiType: 'openai', apiKey: 'k' }", "profile:one"),
            ("undefined, { profile: 'two', apiType: 'openai', apiKey: 'k' }", "profile:two"),
            ("undefined, { apiType: 'openai', apiKey: 'k' }", "profile:three"),
        ],
    )
    async def test_a_profile_is_chosen_by_argument_options_environment(
        self, monkeypatch: pytest.MonkeyPatch, given: str, expected: str
    ) -> None:
        monkeypatch.setenv("PINOCCHIO_PROFILE", "three")
        assert await evaluate(f"export default gp.engines.fromProfile({given}).name;") == expected

    async def test_else_the_profile_is_4o_mini(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("PINOCCHIO_PROFILE", raising=False)
        source = "export default gp.engines.fromProfile(undefined, { apiKey: 'k' }).name;"
        assert await evaluate(source) == "profile:4o-mini"

    async def test_the_reference_is_hidden_and_cannot_be_overwritten(self) -> None:
        found = await evaluate("""
            const engine = gp.engines.echo({ reply: "still" });
            const session = gp.createSession({ engine });
            const objects = [engine, session, gp.createBuilder(), gp.tools.createRegistry(), gp.middlewares.go("x")];
            const hidden = objects.map((o) => "__geppetto_ref" in o && !Object.keys(o).includes("__geppetto_ref"));
            const before = engine.__geppetto_ref;
            const refused = attempt(() => { engine.__geppetto_ref = 42; })[0];
            export default [hidden, JSON.stringify(engine), refused, engine.__geppetto_ref === before, texts(gp.createSession({ engine }).run("x"))];
        """)
        assert found == [[True] * 5, '{"name":"echo"}', "TypeError", True, ["still"]]


class TestBuilder:
    async def test_its_methods_answer_the_builder(self) -> None:
        assert (
            await evaluate("""
            const builder = gp.createBuilder();
            const steps = [
              builder.withEngine(gp.engines.echo()), builder.useMiddleware((turn, next) => next(turn)),
              builder.useGoMiddleware("turnLogging"), builder.useHostMiddleware("turnLogging"),
              builder.withTools(gp.tools.createRegistry()), builder.withToolLoop({}), builder.withToolHooks({}),
            ];
            export default steps.map((step) => step === builder);
        """)
            == [True] * 7
        )

    @pytest.mark.parametrize("wrong", ["5", "{}", "null", "'x'", "gp.tools.createRegistry()"])
    async def test_a_wrong_engine_is_named(self, wrong: str) -> None:
        name, message = await evaluate(
            f"export default attempt(() => gp.createBuilder().withEngine({wrong}));"
        )
        assert name == "TypeError"
        assert message.startswith("expected engine reference, got ")

    async def test_an_engine_of_the_module_marotte_will_do(self) -> None:
        assert await evaluate("""
            import { engines } from "marotte";
            export default texts(gp.createSession({ engine: engines.scripted(["mine"]) }).run("hi"));
        """) == ["mine"]

    async def test_its_function_for_one_turn(self) -> None:
        assert await evaluate("""
            const around = { middlewares: [gp.middlewares.go("systemPrompt", { prompt: "S" })], tags: { a: 1 } };
            const turn = gp.runInference(gp.engines.echo({ reply: "x" }), user("hi"), around);
            export default turn.blocks.map((block) => block.payload.text);
        """) == ["S", "hi", "x"]


class TestArguments:
    @pytest.mark.parametrize(
        ("call", "message"),
        [
            ("gp.createSession()", "createSession requires options object with engine"),
            ("gp.createSession(5)", "createSession requires options object with engine"),
            ("gp.createSession({})", "builder has no engine configured"),
            ("gp.createBuilder().buildSession()", "builder has no engine configured"),
            ("echoing().run('x', { timeoutMs: -1 })", "timeoutMs must be >= 0"),
            ("echoing().start('x', { timeoutMs: -1 })", "timeoutMs must be >= 0"),
            ("echoing().runAsync('x', { timeoutMs: -1 })", "timeoutMs must be >= 0"),
            ("echoing().start('x', 5)", "run options must be an object"),
            ("echoing().start('x', [])", "run options must be an object"),
            ("echoing().start('x').on('start')", "on(eventType, callback) requires 2 arguments"),
            ("echoing().start('x').on('start', 5)", "on() callback must be a function"),
            ("gp.createBuilder().useGoMiddleware('zz')", "unknown go middleware: zz"),
            (
                "gp.createBuilder().withToolLoop({ toolChoice: 'x' })",
                'invalid toolChoice "x", expected one of: auto, none, required',
            ),
            (
                "gp.createSession({ engine: gp.engines.echo(), toolLoop: { toolErrorHandling: 'x' } })",
                'invalid toolErrorHandling "x", expected one of: continue, abort, retry',
            ),
            (
                "gp.tools.createRegistry().register({ name: 'X' })",
                "tool X handler must be a function",
            ),
        ],
    )
    async def test_wrong_ones_throw_type_errors(self, call: str, message: str) -> None:
        assert await evaluate(f"export default attempt(() => {call});") == ["TypeError", message]

    async def test_an_unknown_event_names_the_known_ones(self) -> None:
        name, message = await evaluate(
            "export default attempt(() => echoing().start('x').on('nope', () => {}));"
        )
        assert name == "TypeError"
        assert "text-delta" in message
        assert "partial" in message


class TestRefusals:
    async def test_an_idle_session_has_nothing_to_cancel(self) -> None:
        assert (await evaluate("export default attempt(() => echoing().cancelActive());"))[1] == (
            "session has no active inference"
        )

    async def test_a_busy_session_rejects(self) -> None:
        assert (
            await evaluate("""
            const session = echoing();
            const first = session.start("a");
            const found = [await later(session.start("b").promise), await later(session.runAsync("c"))];
            await first.promise;
            export default found;
        """)
            == [["SessionBusyError", "session already has an active inference"]] * 2
        )

    async def test_an_empty_session_rejects_and_throws(self) -> None:
        message = "session has no seed turn (or seed turn is empty)"
        assert (
            await evaluate("""
            export default [await later(echoing().start().promise), await later(echoing().runAsync()), attempt(() => echoing().run())];
        """)
            == [["EmptyTurnError", message]] * 3
        )

    async def test_the_handle_of_a_refused_run_does_nothing(self) -> None:
        assert await evaluate("""
            const handle = echoing().start();
            handle.on("*", () => { throw new Error("called"); });
            export default [handle.id, handle.cancel(), handle.stop(), handle.status];
        """) == ["", False, False, "failed"]


class TestHistory:
    async def test_the_latest_turn_of_an_empty_session_is_empty(self) -> None:
        assert await evaluate("export default echoing().latest();") == {"id": "", "blocks": []}

    async def test_a_run_without_a_seed_extends_the_latest_turn(self) -> None:
        assert await evaluate("""
            const session = echoing();
            session.append({ id: "t1", blocks: [gp.turns.newUserBlock("one")] });
            session.run();
            session.append({ id: "t2", blocks: [gp.turns.newUserBlock("two")] });
            session.run();
            const ids = (turns) => turns.map((turn) => turn.id);
            export default [session.turnCount(), ids(session.turns()), session.getTurn(1).id, session.getTurn(5),
              ids(session.turnsRange(1, 9)), session.latest().blocks.length, session.isRunning()];
        """) == [2, ["t1", "t2"], "t2", None, ["t2"], 2, False]

    async def test_an_engine_does_not_see_the_earlier_turns(self) -> None:
        assert await evaluate("""
            const seen = [];
            const session = gp.createSession({ engine: gp.engines.fromFunction((turn, ctx) => { seen.push(ctx.history.length, turn.blocks.length); }) });
            session.run("one");
            session.run("two");
            export default seen;
        """) == [0, 1, 0, 1]

    async def test_changing_what_is_read_changes_nothing(self) -> None:
        assert await evaluate("""
            const session = echoing();
            session.run(user("one"));
            session.turns()[0].blocks.push("mine");
            session.latest().metadata.mine = 1;
            export default [session.latest().blocks.length, "mine" in session.latest().metadata];
        """) == [2, False]

    async def test_a_turn_says_which_session_and_inference_it_belongs_to(self) -> None:
        assert await evaluate("""
            const session = echoing();
            const run = session.start("hi");
            const { metadata } = await run.promise;
            const { SESSION_ID, INFERENCE_ID } = gp.consts.MetadataKeys;
            export default [metadata[SESSION_ID] === session.id, metadata[INFERENCE_ID] === run.id];
        """) == [True, True]

    async def test_methods_can_be_taken_off_their_objects(self) -> None:
        assert await evaluate("""
            const { run, turnCount } = echoing("x");
            export default [texts(run("hi")), turnCount()];
        """) == [["x"], 1]
