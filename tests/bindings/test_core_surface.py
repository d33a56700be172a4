"""What holds of the module `marotte` as a whole, whatever it is used for."""

from __future__ import annotations

import time

import pytest
from tests.bindings.core_support import evaluate

ERRORS = [
    "RunStoppedError",
    "RunTimeoutError",
    "RunLimitError",
    "SessionBusyError",
    "EmptyTurnError",
    "EngineError",
    "ToolError",
    "ScriptError",
    "RunLostError",
    "SessionClosedError",
]


async def test_constants_are_frozen_and_complete() -> None:
    told = await evaluate(
        """
        const { consts, version } = marotte;
        const frozen = [consts, ...Object.values(consts)].every(Object.isFrozen);
        export default [frozen, attempt(() => { consts.mine = 1; })[0], typeof version, Object.keys(consts),
                        consts.BlockKind.LLM_TEXT, consts.RunStatus.TIMED_OUT, consts.EventType.TEXT_DELTA];
        """
    )
    kinds = ["BlockKind", "EventType", "RunStatus", "StopMode", "StopReason"]
    assert told == [True, "TypeError", "string", kinds, "llm_text", "timed_out", "text-delta"]


async def test_objects_of_the_host_are_opaque() -> None:
    told = await evaluate(
        """
        const run = session.start("x");
        const objects = [session, run, engines.echo(), createBuilder()];
        await run.promise;
        const inside = (object) => [...Object.keys(object), ...Object.getOwnPropertySymbols(object), ...Object.getOwnPropertyNames(object)];
        for (const object of objects) object.mine = 1;
        export default [objects.map((object) => delete object.mine && inside(object)), objects.map((object) => JSON.stringify(object)),
                        attempt(() => session.append.call({ ...session }, "x"))[0],
                        attempt(() => createSession({ engine: Object.create(engines.echo()) }))[0]];
        """
    )
    assert told == [[[]] * 4, ["{}"] * 4, "TypeError", "TypeError"]


@pytest.mark.parametrize("name", ERRORS)
async def test_every_error_of_a_run_is_a_class_of_its_own(name: str) -> None:
    told = await evaluate(
        f"""
        const Class = marotte.{name}, error = new Class("text");
        export default [error instanceof Error, error.name, error.message, Class.name, typeof error.code];
        """
    )
    assert told == [True, name, "text", name, "string"]


async def test_an_error_that_a_script_makes_has_the_code_of_its_class() -> None:
    told = await evaluate(
        """
        const error = new marotte.RunStoppedError("text", { cause: 1 });
        export default [error.code, error.cause, Object.keys(error), marotte.RunTreeError.prototype.code];
        """
    )
    assert told == ["user_stop", 1, [], "max_depth"]


async def test_the_error_of_a_run_says_whose_it_is_and_why() -> None:
    told = await evaluate(
        """
        const engine = engines.fromFunction(() => { throw new RangeError("why", { cause: new Error("deeper") }); });
        const failing = createSession({ engine });
        const run = failing.start("x");
        const error = await run.promise.catch((error) => error);
        export default [error.name, error.code, error.runId === run.id, error.sessionId === failing.id,
                        error.partialTurn.blocks.length, error.cause.name, error.cause.message, error.cause.cause.message];
        """
    )
    assert told == ["EngineError", "provider_error", True, True, 1, "RangeError", "why", "deeper"]


async def test_a_closed_session_refuses_all_but_reading() -> None:
    told = await evaluate(
        """
        session.append("x");
        session.close();
        session.close();
        const refused = ["append", "start", "run"].map((name) => attempt(() => session[name]("y")));
        refused.push((await later(session.runAsync("y"))).slice(0, 2));
        refused.push((await later(session.runAsync())).slice(0, 2));
        export default [refused.every(([name, text]) => name === "SessionClosedError" && text === "session is closed"),
                        session.isRunning(), session.turnCount(), session.latest().blocks.length];
        """
    )
    assert told == [True, False, 1, 1]


async def test_what_a_turn_carries_of_the_users_own_is_kept() -> None:
    told = await evaluate(
        """
        const seed = { id: "mine", blocks: [{ kind: "odd", payload: { a: [1, null] }, metadata: { m: 1 } }, turns.newUserBlock("x")],
                       metadata: { any: { b: [] } }, data: { z: null } };
        const turn = await session.start(seed).promise;
        export default [turn.id, turn.metadata, turn.data, turn.blocks[0].kind, turn.blocks[0].payload, turn.blocks[0].metadata];
        """
    )
    assert told == ["mine", {"any": {"b": []}}, {"z": None}, "odd", {"a": [1, None]}, {"m": 1}]


async def test_without_a_timeout_there_is_no_deadline_and_times_are_of_the_clock() -> None:
    before = time.time() * 1000
    told = await evaluate(
        """
        const runs = [undefined, null, {}, { timeoutMs: 0 }, { timeoutMs: 60_000 }].map((options) => runInSession(options));
        function runInSession(options) { return createSession({ engine: engines.echo() }).start("x", options); }
        const started = [];
        for (const run of runs) run.once("run-started", (event) => started.push([event.deadline ?? null, event.time]));
        for (const run of runs) await run.promise;
        export default started;
        """
    )
    assert isinstance(told, list)
    assert [deadline for deadline, _ in told[:4]] == [None] * 4
    assert told[4][0] - told[4][1] > 50_000
    assert all(before - 5 <= at <= time.time() * 1000 + 5 for _, at in told)


async def test_a_shot_leaves_no_session_behind_and_bad_options_of_it_are_refused() -> None:
    told = await evaluate(
        """
        const turn = runInference(engines.echo({ reply: "shot" }), { blocks: [turns.newUserBlock("x")] }, { tags: { a: "b" } });
        const refused = [attempt(() => runInference(engines.echo(), "x", 5)), attempt(() => runInference(engines.echo(), "x", { timeoutMs: -1 })),
                         attempt(() => runInference(engines.echo({ delayMs: 200, reply: "a b c" }), "x", { timeoutMs: 20 }))];
        export default [turn.text, refused.map(([name, message]) => `${name}: ${message}`)];
        """
    )
    refused = [
        "TypeError: run options must be an object",
        "TypeError: timeoutMs must be >= 0",
        "RunTimeoutError: context deadline exceeded",
    ]
    assert told == ["shot", refused]


async def test_turns_are_built_as_plain_data() -> None:
    told = await evaluate(
        """
        const blocks = [turns.newUserBlock("u"), turns.newSystemBlock("s"), turns.newAssistantBlock("a"),
                        turns.newToolCallBlock("c1", "add", { a: 1 }), turns.newToolUseBlock("c1", 3), turns.newToolUseBlock("c2", null, "no")];
        const empty = turns.newTurn();
        const one = turns.appendBlock(empty, blocks[0]);
        export default [blocks.map((block) => [block.kind, block.payload]), empty.blocks.length, one.blocks.length,
                        one.id === empty.id, turns.normalize({ blocks: [{ kind: "user" }] }).blocks[0].payload];
        """
    )
    assert told == [
        [
            ["user", {"text": "u"}],
            ["system", {"text": "s"}],
            ["llm_text", {"text": "a"}],
            ["tool_call", {"id": "c1", "name": "add", "args": {"a": 1}}],
            ["tool_use", {"id": "c1", "result": 3}],
            ["tool_use", {"id": "c2", "result": None, "error": "no"}],
        ],
        0,
        1,
        True,
        {},
    ]
