"""`run()` waits: the script is parked, and others are served meanwhile."""

from __future__ import annotations

from tests.bindings.core_support import evaluate


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
