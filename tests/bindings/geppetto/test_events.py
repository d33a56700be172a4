"""Events of a run under their older names."""

from __future__ import annotations

from typing import Any

import pytest
from tests.bindings.geppetto.support import PRELUDE, evaluate
from tests.bindings.script_support import run_script

ENVELOPE = {"timestampMs", "sessionId", "inferenceId", "turnId"}

SLOW = "gp.createSession({ engine: gp.engines.echo({ reply: 'a b c', delayMs: 10 }) })"
TOOLS = (
    "gp.createSession({ engine: asking('t', { a: 1 }), tools: registryOf('t', () => ({ b: 2 })) })"
)
FAILING = (
    "gp.createSession({ engine: gp.engines.fromFunction(() => { throw new Error('broken'); }) })"
)


async def heard(session: str, type: str, then: str = "") -> list[dict[str, Any]]:
    """The events of a type of one run, which must all have the envelope."""
    events: list[dict[str, Any]] = await evaluate(f"""
        const session = {session};
        const run = session.start("hi");
        const events = [];
        run.on("{type}", (event) => events.push({{ ...event, mine: event.sessionId === session.id && event.inferenceId === run.id }}));
        {then}
        await later(run.promise);
        export default events;
    """)
    return events


def payloads(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the events carry beside type and envelope, which each must have."""
    for event in events:
        assert event.keys() >= ENVELOPE | {"type"}
        assert event["mine"] is True
        assert event["timestampMs"] > 0
    left_out = ENVELOPE | {"type", "mine"}
    return [{k: v for k, v in event.items() if k not in left_out} for event in events]


async def test_start() -> None:
    assert payloads(await heard("echoing()", "start")) == [{}]


async def test_partial_has_the_completion_so_far() -> None:
    assert payloads(await heard(SLOW, "partial")) == [
        {"delta": "a ", "completion": "a "},
        {"delta": "b ", "completion": "a b "},
        {"delta": "c", "completion": "a b c"},
    ]


async def test_final() -> None:
    assert payloads(await heard(SLOW, "final")) == [{"text": "a b c"}]


async def test_each_text_is_completed_by_itself() -> None:
    session = """(() => {
      const engine = gp.engines.fromFunction((turn, ctx) => {
        const done = turn.blocks.some((block) => block.kind === "tool_use");
        ctx.emit({ type: "text-delta", delta: done ? "two" : "one" });
        turn.blocks.push(gp.turns.newAssistantBlock(done ? "two" : "one"));
        if (!done) turn.blocks.push(gp.turns.newToolCallBlock("c", "t", {}));
      });
      return gp.createSession({ engine, tools: registryOf("t", () => 1) });
    })()"""
    assert [e["completion"] for e in await heard(session, "partial")] == ["one", "two"]


async def test_tool_call() -> None:
    assert payloads(await heard(TOOLS, "tool-call")) == [
        {"toolCall": {"id": "call-1", "name": "t", "input": '{"a":1}'}}
    ]


async def test_tool_call_execute() -> None:
    assert payloads(await heard(TOOLS, "tool-call-execute")) == [
        {"toolCall": {"id": "call-1", "name": "t", "input": '{"a":1}'}}
    ]


@pytest.mark.parametrize("type", ["tool-call-execution-result", "tool-result"])
async def test_results(type: str) -> None:
    assert payloads(await heard(TOOLS, type)) == [
        {"toolResult": {"id": "call-1", "result": '{"b":2}'}}
    ]


async def test_the_result_of_a_failed_tool_is_its_error() -> None:
    session = "gp.createSession({ engine: asking('t'), tools: registryOf('t', () => { throw new Error('no'); }) })"
    assert payloads(await heard(session, "tool-result")) == [
        {"toolResult": {"id": "call-1", "result": "Error: Error: no"}}
    ]


async def test_error() -> None:
    (payload,) = payloads(await heard(FAILING, "error"))
    assert "broken" in payload["error"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("{ timeoutMs: 15 }", "context deadline exceeded"),
        ("{ limits: { tokens: 1 } }", "max tokens (1) reached"),
    ],
)
async def test_an_end_by_a_bound_is_an_error_too(options: str, told: str) -> None:
    events = await evaluate(f"""
        const run = {SLOW}.start("hi", {options});
        const events = [];
        run.on("error", (event) => events.push(event)).on("interrupt", (event) => events.push(event));
        await later(run.promise);
        export default events;
    """)
    (event,) = events
    assert (event["type"], event["error"]) == ("error", told)


async def test_interrupt_has_the_text_so_far() -> None:
    stop = "run.once('partial', () => run.cancel());"
    session = """gp.createSession({ engine: gp.engines.fromFunction(async (turn, ctx) => {
      ctx.emit({ type: "text-delta", delta: "a " });
      await forever();
    }) })"""
    assert payloads(await heard(session, "interrupt", stop)) == [{"text": "a "}]
    assert await heard(session, "error", stop) == []


@pytest.mark.parametrize("type", ["error", "interrupt", "log", "info"])
async def test_a_run_that_completes_has_none_of(type: str) -> None:
    assert await heard("echoing()", type) == []


@pytest.mark.parametrize("type", ["*", ""])
async def test_all_events_come_under_the_older_name_if_there_is_one(type: str) -> None:
    types = [event["type"] for event in await heard(TOOLS, type)]
    assert types == [
        "start",
        "tool-call",
        "tool-call-execute",
        "tool-call-execution-result",
        "tool-result",
        "partial",
        "final",
        "turn-committed",
        "run-finished",
    ]


async def test_newer_names_are_heard_too() -> None:
    (event,) = await evaluate("""
        const run = echoing("x").start("hi");
        const events = [];
        run.on("text-finished", (event) => events.push(event));
        await run.promise;
        export default events;
    """)
    assert (event["type"], event["text"]) == ("text-finished", "x")


async def test_registrations_are_a_set_and_can_be_taken_away() -> None:
    assert await evaluate("""
        const run = gp.createSession({ engine: gp.engines.echo({ reply: "a b c", delayMs: 5 }) }).start("hi");
        const heard = { twice: 0, once: 0, off: 0, first: 0, newer: 0 };
        const twice = () => heard.twice++;
        run.on("partial", twice).on("partial", twice).once("partial", () => heard.once++);
        const off = () => heard.off++;
        run.on("partial", off).off("partial", off);
        const first = () => { heard.first++; run.off("partial", first); };
        run.on("partial", first);
        const newer = () => { heard.newer++; run.off("text-delta", newer); };
        run.on("text-delta", newer);
        await run.promise;
        export default heard;
    """) == {"twice": 3, "once": 1, "off": 0, "first": 1, "newer": 1}


async def test_a_listener_that_throws_is_told_of_and_disturbs_nobody() -> None:
    outcome = await run_script(
        PRELUDE
        + """
        const run = echoing("x").start("hi");
        run.on("*", () => { throw new Error("thrown"); });
        run.on("*", (event) => { if (event.type === "final") console.log(event.text); });
        await run.promise;
        console.log(run.status);
        """
    )
    assert sorted(outcome.output) == ["completed", "x"]
    assert outcome.record.status == "failed"
    assert "thrown" in str(outcome.error)


async def test_a_listener_that_rejects_is_told_of() -> None:
    outcome = await run_script(
        PRELUDE
        + """echoing("x").start("hi").on("final", async () => { throw new Error("late"); });"""
    )
    assert "late" in str(outcome.error)
