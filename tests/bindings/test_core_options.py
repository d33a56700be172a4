"""Options of runs as scripts give them."""

from __future__ import annotations

import pytest
from tests.bindings.core_support import PRELUDE, evaluate
from tests.bindings.script_support import run_script


async def test_on_busy_enqueue_runs_in_turn_and_a_queued_run_can_be_cancelled() -> None:
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


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("session.start('x', { timeoutMs: NaN })", "Session.start(): options.timeoutMs: NaN"),
        (
            "session.run('x', { limits: { iterations: NaN } })",
            "Session.run(): options.limits.iterations: NaN",
        ),
        (
            "session.start('x', { limits: { costUsd: -Infinity, tokens: null } })",
            "Session.start(): options.limits.costUsd: -Infinity",
        ),
        (
            "createSession({ engine: engines.echo(), toolLoop: { retryBackoffMs: Infinity } })",
            "createSession(): options.toolLoop.retryBackoffMs: Infinity",
        ),
        (
            "createBuilder().withToolLoop({ maxIterations: 0 / 0 })",
            "Builder.withToolLoop(): loop.maxIterations: NaN",
        ),
        (
            "runInference(engines.echo(), 'x', { limits: { toolCalls: NaN } })",
            "runInference(): options.limits.toolCalls: NaN",
        ),
        (
            "runInference(engines.echo(), 'x', { graceMs: NaN })",
            "runInference(): options.graceMs: NaN",
        ),
        ("engines.echo({ delayMs: NaN })", "engines.echo(): options.delayMs: NaN"),
        (
            "engines.scripted(['a', { usage: { inputTokens: NaN } }])",
            "engines.scripted(): replies.1.usage.inputTokens: NaN",
        ),
        (
            "engines.model('openai:gpt-5', { temperature: NaN })",
            "engines.model(): options.temperature: NaN",
        ),
    ],
)
async def test_numbers_that_json_does_not_have_are_refused(action: str, message: str) -> None:
    told = await evaluate(
        f"""
        let error;
        try {{ {action}; }} catch (thrown) {{ error = thrown; }}
        export default [error instanceof TypeError, error?.message, session.turnCount()];
        """
    )
    where, _, number = message.rpartition(": ")
    assert told == [True, f"{where}: expected a finite number, got {number}", 0]


async def test_what_is_free_json_is_not_looked_into() -> None:
    told = await evaluate(
        """
        const block = turns.newToolCallBlock("1", "t", { n: NaN });
        const engine = engines.scripted([{ toolCalls: [{ id: "1", name: "t", args: { n: Infinity } }] }]);
        const turn = await createSession({ engine }).runAsync("x", { limits: { tokens: null } });
        const rejected = await createSession({ engine }).runAsync("x", { timeoutMs: NaN }).catch((error) => error.name);
        export default [block.payload.args, turn.blocks[1].payload.args, rejected];
        """
    )
    assert told == [{"n": None}, {"n": None}, "TypeError"]


async def test_on_busy_supersede_ends_the_active_run() -> None:
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


async def test_a_signal_stops_all_runs_that_share_it() -> None:
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
async def test_a_limit_ends_the_run_and_is_named(limits: str, code: str) -> None:
    told = await evaluate(
        f"""
        const run = session.start("a b c", {{ limits: {limits} }});
        const ended = await later(run.promise);
        export default [ended[0], ended[2], run.status, session.turnCount()];
        """
    )
    assert told == ["RunLimitError", code, "limit_reached", 0]


async def test_the_handle_shows_what_a_cancelled_run_has_spent() -> None:
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
