"""Sessions and turns as scripts see them."""

from __future__ import annotations

import pytest
from tests.bindings.core_support import evaluate


@pytest.mark.parametrize(
    ("call", "name", "message"),
    [
        ("createSession()", "TypeError", "createSession requires options object with engine"),
        ("createSession(5)", "TypeError", "createSession requires options object with engine"),
        ("createSession([])", "TypeError", "createSession requires options object with engine"),
        ("createSession({})", "TypeError", "builder has no engine configured"),
        (
            "createSession({ engine: {} })",
            "TypeError",
            "createSession(): options.engine: expected an Engine, got",
        ),
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
        ("session.latest.call({})", "TypeError", "an object that is not a Session"),
        ("new session.constructor()", "TypeError", "Illegal constructor"),
        ("engines.echo({ delayMs: -1 })", "TypeError", "engines.echo(): options.delayMs"),
        ("engines.scripted('x')", "TypeError", "engines.scripted(): replies"),
        ("engines.fromFunction(5)", "TypeError", "fn must be a function"),
        ("session.getTurn(1.5)", "TypeError", "Session.getTurn(): index"),
        (
            "session.getTurn(NaN)",
            "TypeError",
            "Session.getTurn(): index: expected a valid integer, got NaN",
        ),
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


@pytest.mark.parametrize("more", ["session.start('second')", "session.append('second')"])
async def test_run_async_claims_the_session_before_it_returns(more: str) -> None:
    told = await evaluate(
        f"""
        const promise = session.runAsync("first");
        const seen = [session.isRunning(), attempt(() => {more})[0]];
        await promise;
        export default [...seen, session.turns().map((turn) => turn.blocks[0].payload.text)];
        """
    )
    assert told == [True, "SessionBusyError", ["first"]]


@pytest.mark.parametrize(
    ("arguments", "name", "message"),
    [
        ("", "EmptyTurnError", "session has no seed turn (or seed turn is empty)"),
        ("'x', 5", "TypeError", "run options must be an object"),
        ("'x', { timeoutMs: -1 }", "TypeError", "timeoutMs must be >= 0"),
        ("{ blocks: 5 }", "TypeError", "seed.blocks"),
        ("Symbol()", "TypeError", "runAsync(): argument 1: a symbol"),
    ],
)
async def test_what_run_async_refuses_rejects_and_changes_nothing(
    arguments: str, name: str, message: str
) -> None:
    told = await evaluate(
        f"""
        const promise = session.runAsync({arguments});
        const refused = await later(promise);
        export default [...refused.slice(0, 2), session.turnCount(), session.isRunning()];
        """
    )
    assert isinstance(told, list)
    assert told[0] == name
    assert message in told[1]
    assert told[2:] == [0, False]


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
