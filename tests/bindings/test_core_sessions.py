"""Sessions and turns as scripts see them."""

from __future__ import annotations

import pytest
from tests.bindings.script_support import run_script, value_of

PRELUDE = """
import * as marotte from "marotte";
const { createSession, createBuilder, runInference, engines, turns } = marotte;
const attempt = (action) => { try { return ["fine", action()]; } catch (e) { return [e.name, e.message]; } };
const later = async (promise) => { try { return ["fine", await promise]; } catch (e) { return [e.name, e.message, e.code]; } };
const session = createSession({ engine: engines.echo({ reply: "pong" }) });
"""


async def evaluate(body: str) -> object:
    return await value_of(PRELUDE + body)


@pytest.mark.parametrize(
    ("call", "name", "message"),
    [
        ("createSession()", "TypeError", "createSession requires options object with engine"),
        ("createSession(5)", "TypeError", "createSession requires options object with engine"),
        ("createSession([])", "TypeError", "createSession requires options object with engine"),
        ("createSession({})", "TypeError", "builder has no engine configured"),
        ("createSession({ engine: {} })", "TypeError", "createSession(): options.engine: "),
        (
            "createSession({ engin: 1 })",
            "TypeError",
            "createSession(): options.engin: unknown option",
        ),
        ("createBuilder().buildSession()", "TypeError", "builder has no engine configured"),
        ("session.start()", "EmptyTurnError", "session has no seed turn (or seed turn is empty)"),
        ("session.start('x', 5)", "TypeError", "run options must be an object"),
        ("session.start('x', { timeoutMs: -1 })", "TypeError", "timeoutMs must be >= 0"),
        ("session.start('x', { tags: { a: 1 } })", "TypeError", "tags.a"),
        ("session.start('x', { limits: { cpu: 1 } })", "TypeError", "unknown option limits.cpu"),
        ("session.start('x', { onBusy: 'wait' })", "TypeError", "onBusy"),
        ("session.start({ blocks: 5 })", "TypeError", "seed.blocks"),
        ("session.cancelActive()", "NoActiveRunError", "session has no active inference"),
        ("session.stopActive()", "NoActiveRunError", "session has no active inference"),
        ("session.append()", "TypeError", "turn: is required"),
        ("session.latest.call({})", "TypeError", "Session.latest"),
        ("new session.constructor()", "TypeError", "Illegal constructor"),
        ("engines.echo({ delayMs: -1 })", "TypeError", "engines.echo(): options.delayMs"),
        ("engines.scripted('x')", "TypeError", "engines.scripted(): replies"),
        ("engines.fromFunction(5)", "TypeError", "fn must be a function"),
        ("session.getTurn(1.5)", "TypeError", "Session.getTurn(): index"),
        ("session.getTurn(NaN)", "TypeError", "Session.getTurn(): index"),
        ("session.start('x', { signal: {} })", "TypeError", "signal must be an AbortSignal"),
        ("session.run('x', { graceMs: -1 })", "TypeError", "graceMs must be >= 0"),
        ("runInference({}, 'x')", "TypeError", "runInference(): engine"),
        ("runInference(engines.echo(), '')", "EmptyTurnError", "session has no seed turn"),
        ("turns.newUserBlock(5)", "TypeError", "turns.newUserBlock(): text"),
        ("turns.normalize([])", "TypeError", "turn"),
    ],
)
async def test_a_bad_call_is_refused_and_changes_nothing(
    call: str, name: str, message: str
) -> None:
    told = await evaluate(
        f"const told = attempt(() => {call});"
        "export default [...told, session.turnCount(), session.isRunning()];"
    )
    assert isinstance(told, list)
    assert told[0] == name
    assert message in told[1]
    assert told[2:] == [0, False]


async def test_a_run_commits_one_turn_with_seed_and_answer() -> None:
    told = await evaluate(
        """
        const turn = await session.start("ping").promise;
        export default [turn.blocks.map((b) => [b.kind, b.payload.text]), session.turnCount()];
        """
    )
    assert told == [[["user", "ping"], ["llm_text", "pong"]], 1]


async def test_what_reads_return_are_copies() -> None:
    told = await evaluate(
        """
        await session.start("ping").promise;
        session.latest().blocks.length = 0;
        session.turns()[0].blocks[0].payload.text = "changed";
        session.getTurn(0).id = "changed";
        export default [session.latest().blocks.length, session.turns()[0].blocks[0].payload.text,
                        session.getTurn(0).id === "changed"];
        """
    )
    assert told == [2, "ping", False]


async def test_an_empty_session_has_no_latest_turn_and_ranges_are_clamped() -> None:
    told = await evaluate(
        """
        const empty = [session.latest(), session.getTurn(0), session.turnsRange(-5, 5)];
        session.append("a"); session.append("b"); session.append("c");
        export default [...empty, session.turnsRange(1).length, session.turnsRange(-9, 99).length,
                        session.turnsRange(-Infinity, Infinity).length, session.turnsRange(2, 1).length,
                        session.turnCount(), ...[-1, 9, 2 ** 60, Infinity].map((i) => session.getTurn(i))];
        """
    )
    assert told == [None, None, [], 2, 3, 3, 0, 3, None, None, None, None]


async def test_a_start_without_a_seed_extends_the_latest_turn_under_its_id() -> None:
    told = await evaluate(
        """
        const seed = session.append("ping");
        const turn = await session.start().promise;
        export default [turn.id === seed.id, session.turnCount(), turn.blocks.length];
        """
    )
    assert told == [True, 1, 2]


async def test_a_refused_second_start_leaves_history_untouched() -> None:
    told = await evaluate(
        """
        const run = session.start("first");
        const refused = attempt(() => session.start("second"));
        const rejected = await later(session.runAsync("third"));
        await run.promise;
        export default [refused, rejected.slice(0, 2), session.turns().length,
                        session.latest().blocks[0].payload.text];
        """
    )
    busy = ["SessionBusyError", "session already has an active inference"]
    assert told == [busy, busy, 1, "first"]


async def test_append_is_refused_during_a_run() -> None:
    told = await evaluate(
        """
        const run = session.start("first");
        const refused = attempt(() => session.append("second"));
        await run.promise;
        export default [refused[0], session.turnCount()];
        """
    )
    assert told == ["SessionBusyError", 1]


async def test_a_closed_session_stops_its_run_and_refuses_more() -> None:
    told = await evaluate(
        """
        const slow = createSession({ engine: engines.echo({ reply: "a b c", delayMs: 50 }) });
        const run = slow.start("go");
        slow.close();
        const ended = await later(run.promise);
        export default [ended[0], ended[2], attempt(() => slow.start("again"))];
        """
    )
    assert told == [
        "RunStoppedError",
        "session_closed",
        ["SessionClosedError", "session is closed"],
    ]


async def test_usage_of_the_session_is_that_of_committed_runs() -> None:
    told = await evaluate(
        """
        await session.start("ping").promise;
        const slow = createSession({ engine: engines.echo({ reply: "a b c", delayMs: 50 }) });
        const run = slow.start("go");
        run.cancel();
        await later(run.promise);
        export default [session.usage.requests, slow.usage.requests, run.status];
        """
    )
    assert told == [1, 0, "stopped"]


async def test_parked_run_returns_the_turn_or_throws() -> None:
    told = await evaluate(
        """
        const turn = session.run("ping");
        const slow = createSession({ engine: engines.echo({ reply: "a b c", delayMs: 100 }) });
        const refused = attempt(() => slow.run("x", { timeoutMs: 30 }));
        const shot = runInference(engines.echo(), "hello");
        export default [turn.blocks[1].payload.text, refused[0], shot.blocks[1].payload.text];
        """
    )
    assert told == ["pong", "RunTimeoutError", "hello"]


async def test_timers_and_listeners_are_served_while_a_script_is_parked() -> None:
    told = await evaluate(
        """
        const seen = [];
        setTimeout(() => seen.push("timer"), 5);
        Promise.resolve().then(() => seen.push("job"));
        const slow = createSession({ engine: engines.echo({ reply: "a b", delayMs: 30 }) });
        slow.run("x");
        export default seen.slice().sort();
        """
    )
    assert told == ["job", "timer"]


async def test_parked_calls_nest_at_most_eight_deep() -> None:
    told = await evaluate(
        """
        let deepest = 0;
        const nest = (depth) => engines.fromFunction((turn) => {
          deepest = Math.max(deepest, depth);
          createSession({ engine: nest(depth + 1) }).run("deeper");
        });
        const refused = attempt(() => createSession({ engine: nest(1) }).run("deep"));
        export default [refused[0], deepest];
        """
    )
    assert isinstance(told, list)
    assert told[1] == 8
    assert told[0] != "fine"


async def test_a_builder_builds_a_session() -> None:
    told = await evaluate(
        """
        const builder = createBuilder();
        const same = builder.withEngine(engines.echo({ reply: "built" })) === builder;
        const turn = await builder.buildSession().start("x").promise;
        export default [same, turn.blocks[1].payload.text];
        """
    )
    assert told == [True, "built"]


async def test_history_none_hides_the_earlier_turns_from_the_engine() -> None:
    told = await evaluate(
        """
        const seen = [];
        const engine = engines.fromFunction((turn, ctx) => { seen.push(ctx.history?.length ?? 0); });
        const all = createSession({ engine });
        all.append("before");
        await all.start("now").promise;
        const none = createSession({ engine, history: "none" });
        none.append("before");
        await none.start("now").promise;
        export default seen;
        """
    )
    assert told == [1, 0]


class TestEngineFunctions:
    async def test_a_returned_turn_replaces_the_staged_one_under_its_id(self) -> None:
        told = await evaluate(
            """
            const engine = engines.fromFunction(async (turn) => {
              return { id: "other", blocks: [...turn.blocks, turns.newAssistantBlock("new")] };
            });
            const s = createSession({ engine });
            const run = s.start("x");
            const turn = await run.promise;
            export default [turn.id !== "other", turn.blocks.map((b) => b.payload.text)];
            """
        )
        assert told == [True, ["x", "new"]]

    async def test_returning_nothing_keeps_what_it_changed(self) -> None:
        told = await evaluate(
            """
            const engine = engines.fromFunction((turn) => {
              turn.blocks.push(turns.newAssistantBlock("kept"));
            });
            const turn = await createSession({ engine }).start("x").promise;
            export default turn.blocks[1].payload.text;
            """
        )
        assert told == "kept"

    async def test_it_streams_with_emit_and_without_one_delta_is_emitted(self) -> None:
        told = await evaluate(
            """
            async function deltas(engine) {
              const run = createSession({ engine }).start("x");
              const seen = [];
              run.on("text-delta", (e) => seen.push(e.delta));
              await run.promise;
              return seen;
            }
            export default [
              await deltas(engines.fromFunction((turn, { emit }) => {
                emit({ type: "text-delta", delta: "a" });
                emit({ type: "text-delta", delta: "b" });
                turn.blocks.push(turns.newAssistantBlock("ab"));
              })),
              await deltas(engines.fromFunction((turn) => {
                turn.blocks.push(turns.newAssistantBlock("whole"));
              })),
            ];
            """
        )
        assert told == [["a", "b"], ["whole"]]

    @pytest.mark.parametrize(
        ("event", "message"),
        [
            ("null", "ctx.emit(): event: expected"),
            ("{}", "ctx.emit(): event.type: "),
            ("{ type: 5 }", "ctx.emit(): event.type: expected a valid string, got 5"),
            ("{ type: 'x' }", 'such as "acme.progress", got "x"'),
            ("{ type: '.' }", 'such as "acme.progress", got "."'),
            ("{ type: 'text-delta' }", "ctx.emit(): text-delta: expected a delta"),
            (
                "{ type: 'text-delta', delta: 5 }",
                "ctx.emit(): event.delta: expected a valid string",
            ),
            ("{ type: 'a.b', data: 5 }", "ctx.emit(): event.data: "),
            ("{ type: 'a.b', foo: 5 }", "ctx.emit(): event.foo: "),
        ],
    )
    async def test_what_it_cannot_emit_is_refused(self, event: str, message: str) -> None:
        told = await evaluate(
            f"""
            let refused;
            const engine = engines.fromFunction((turn, {{ emit }}) => {{ refused = attempt(() => emit({event})); }});
            const run = createSession({{ engine }}).start("x");
            let seen = 0;
            run.on("text-delta", () => seen++).on("a.b", () => seen++);
            await run.promise;
            export default [...refused, seen];
            """
        )
        assert isinstance(told, list)
        assert told[0] == "TypeError"
        assert message in told[1]
        assert told[2] == 0

    async def test_its_context_names_the_run(self) -> None:
        told = await evaluate(
            """
            let seen;
            const engine = engines.fromFunction((turn, ctx) => { seen = ctx; });
            const s = createSession({ engine });
            const run = s.start("x", { tags: { a: "b" }, timeoutMs: 5000 });
            const turn = await run.promise;
            export default [seen.runId === run.id, seen.sessionId === s.id, seen.turnId === turn.id,
                            seen.tags, typeof seen.deadlineMs, seen.signal.aborted];
            """
        )
        assert told == [True, True, True, {"a": "b"}, "number", False]

    async def test_what_it_throws_fails_the_run_and_is_the_cause(self) -> None:
        told = await evaluate(
            """
            const engine = engines.fromFunction(() => { throw new RangeError("out of luck"); });
            const s = createSession({ engine });
            const run = s.start("x");
            try { await run.promise; } catch (error) {
              globalThis.told = [error.name, error.code, error.cause.name, run.status, s.turnCount()];
            }
            export default globalThis.told;
            """
        )
        assert told == ["EngineError", "provider_error", "RangeError", "failed", 0]

    @pytest.mark.parametrize(
        "body",
        ["for (;;) {}", "for (;;) await null;", "await new Promise(() => {});"],
    )
    async def test_cancelling_its_run_leaves_the_script_alone(self, body: str) -> None:
        told = await evaluate(
            f"""
            const engine = engines.fromFunction(async () => {{ {body} }});
            const s = createSession({{ engine }});
            const run = s.start("x", {{ timeoutMs: 60, cancelGraceMs: 20 }});
            const ended = await later(run.promise);
            const next = await createSession({{ engine: engines.echo() }}).start("still").promise;
            export default [ended[0], s.turnCount(), next.blocks[1].payload.text];
            """
        )
        assert told == ["RunTimeoutError", 0, "still"]

    async def test_its_signal_has_fired_for_who_asks_after_the_stop(self) -> None:
        told = await evaluate(
            """
            let seen;
            const engine = engines.fromFunction(async (turn, ctx) => {
              try { for (;;) await new Promise((resolve) => setTimeout(resolve, 5)); }
              catch (error) {
                const { aborted, reason } = ctx.signal;
                seen = [aborted, reason.name, reason.code, reason.runId === ctx.runId, ctx.signal === ctx.signal];
                throw error;
              }
            });
            const run = createSession({ engine }).start("x");
            setTimeout(() => run.stop("enough"), 20);
            await later(run.promise);
            export default seen;
            """
        )
        assert told == [True, "RunStoppedError", "user_stop", True, True]

    async def test_its_signal_is_silent_when_its_run_completes(self) -> None:
        told = await evaluate(
            """
            let kept;
            const engine = engines.fromFunction((turn, ctx) => { kept = ctx.signal; });
            await createSession({ engine }).start("x").promise;
            await new Promise((resolve) => setTimeout(resolve, 10));
            export default kept.aborted;
            """
        )
        assert told is False

    @pytest.mark.parametrize("name", ["5", "''", "Symbol('x')", "undefined"])
    async def test_its_name_may_be_anything(self, name: str) -> None:
        told = await evaluate(
            f"""
            const fn = () => undefined;
            Object.defineProperty(fn, "name", {{ value: {name} }});
            const turn = await createSession({{ engine: engines.fromFunction(fn) }}).start("x").promise;
            export default turn.blocks.length;
            """
        )
        assert told == 1

    async def test_its_signal_fires_on_stop(self) -> None:
        told = await evaluate(
            """
            const engine = engines.fromFunction((turn, { signal }) => new Promise((_, reject) => {
              signal.addEventListener("abort", () => reject(signal.reason));
            }));
            const run = createSession({ engine }).start("x");
            setTimeout(() => run.stop("enough"), 20);
            const ended = await later(run.promise);
            export default [ended[0], run.status];
            """
        )
        assert told == ["RunStoppedError", "stopped"]


class TestOptions:
    async def test_on_busy_enqueue_runs_in_turn_and_a_queued_run_can_be_cancelled(self) -> None:
        told = await evaluate(
            """
            const s = createSession({ engine: engines.echo({ reply: "a b", delayMs: 20 }) });
            const first = s.start("1");
            const second = s.start("2", { onBusy: "enqueue" });
            const third = s.start("3", { onBusy: "enqueue" });
            const fourth = s.start("4", { onBusy: "enqueue", timeoutMs: 5 });
            const statuses = [second.status, third.cancel()];
            const ended = [];
            for (const run of [first, second, third, fourth]) ended.push((await later(run.promise))[0]);
            export default [...statuses, ended, s.turns().map((turn) => turn.blocks[0].payload.text)];
            """
        )
        ended = ["fine", "fine", "RunStoppedError", "RunTimeoutError"]
        assert told == ["queued", True, ended, ["1", "2"]]

    async def test_on_busy_supersede_ends_the_active_run(self) -> None:
        told = await evaluate(
            """
            const s = createSession({ engine: engines.echo({ reply: "a b", delayMs: 20 }) });
            const first = s.start("1");
            const second = s.start("2", { onBusy: "supersede" });
            const ended = await later(first.promise);
            await second.promise;
            export default [ended[0], ended[2], s.turns().map((turn) => turn.blocks[0].payload.text)];
            """
        )
        assert told == ["RunStoppedError", "superseded", ["2"]]

    async def test_a_signal_stops_all_runs_that_share_it(self) -> None:
        told = await evaluate(
            """
            const engine = engines.echo({ reply: "a b c", delayMs: 30 });
            const controller = new AbortController();
            const runs = [1, 2].map(() => createSession({ engine }).start("x", { signal: controller.signal }));
            setTimeout(() => controller.abort("enough"), 20);
            const ended = [];
            for (const run of runs) ended.push((await later(run.promise)).slice(0, 2));
            const beforehand = await later(createSession({ engine }).start("x", { signal: AbortSignal.abort() }).promise);
            const fresh = await createSession({ engine: engines.echo() }).start("x", { signal: new AbortController().signal }).promise;
            export default [ended, beforehand[0], fresh.blocks.length];
            """
        )
        stopped = ["RunStoppedError", "context canceled: enough"]
        assert told == [[stopped, stopped], "RunStoppedError", 2]

    @pytest.mark.parametrize(
        ("limits", "code"),
        [
            ("{ turns: 0 }", "max_turns"),
            ("{ iterations: 0 }", "max_iterations"),
            ("{ tokens: 1 }", "max_budget"),
        ],
    )
    async def test_a_limit_ends_the_run_and_is_named(self, limits: str, code: str) -> None:
        told = await evaluate(
            f"""
            const run = session.start("a b c", {{ limits: {limits} }});
            const ended = await later(run.promise);
            export default [ended[0], ended[2], run.status, session.turnCount()];
            """
        )
        assert told == ["RunLimitError", code, "limit_reached", 0]

    async def test_the_handle_shows_what_a_cancelled_run_has_spent(self) -> None:
        told = await evaluate(
            """
            const s = createSession({ engine: engines.echo({ reply: "a b c d", delayMs: 20 }) });
            const run = s.start("x");
            run.once("text-delta", () => run.cancel());
            await later(run.promise);
            export default [run.usage.requests, run.usage.inputTokens > 0, s.usage.requests];
            """
        )
        assert told == [1, True, 0]


async def test_two_runs_in_one_script_are_told_apart() -> None:
    """Effects are charged to their own run: the cancelled one's are refused, the other's are not."""
    outcome = await run_script(
        PRELUDE
        + """
        const log = [];
        const engine = engines.fromFunction(async (turn, ctx) => {
          for (let i = 0; i < 10; i++) {
            await new Promise((resolve) => setTimeout(resolve, 4));
            log.push(ctx.tags.name);
          }
        });
        const a = createSession({ engine }).start("x", { tags: { name: "a" } });
        const b = createSession({ engine }).start("x", { tags: { name: "b" } });
        setTimeout(() => a.cancel(), 15);
        await later(a.promise);
        const count = log.filter((name) => name === "a").length;
        await b.promise;
        export default [a.status, b.status, log.filter((n) => n === "b").length,
                        log.filter((n) => n === "a").length === count];
        """
    )
    assert outcome.value == ["stopped", "completed", 10, True]


async def test_a_turn_has_its_text_and_output_at_hand_and_stays_plain_data() -> None:
    told = await evaluate(
        """
        const block = turns.newAssistantBlock;
        const seed = { blocks: [turns.newUserBlock("hi"), block("one "), block("two")], data: { output: { a: 1 } } };
        const kept = session.append(seed);
        const run = session.start();
        const all = [kept, await run.promise, session.latest(), session.getTurn(0), ...session.turns(),
                     ...session.turnsRange(0), session.run(), await session.runAsync(), runInference(engines.echo(), "echo")];
        const plain = turns.normalize(kept);
        kept.blocks.push(block(" three"));
        export default [all.map((turn) => turn.text), all.every((turn) => Object.keys(turn).join() === "id,blocks,metadata,data"),
                        "text" in JSON.parse(JSON.stringify(kept)), "text" in structuredClone(kept), "text" in { ...kept },
                        kept.output, all.at(-1).output, plain.text, session.append(all.at(-1)).text];
        """
    )
    assert told == [
        [
            "one two three",
            *["one twopong"] * 5,
            "one twopongpong",
            "one twopongpongpong",
            "echo",
        ],
        True,
        False,
        False,
        False,
        {"a": 1},
        None,
        None,
        "echo",
    ]


async def test_the_result_of_an_agent_is_what_it_answered() -> None:
    told = await evaluate(
        """
        const { agents } = marotte;
        for (const [i, value] of [5, [1], null, { blocks: 1 }, "x"].entries()) agents.define(`${i}`, () => value);
        const results = [];
        for (const i of [0, 1, 2, 3, 4]) results.push(await agents.start(`${i}`).promise);
        export default results;
        """
    )
    assert told == [5, [1], None, {"blocks": 1}, "x"]
