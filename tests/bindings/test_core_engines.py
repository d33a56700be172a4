"""Functions of a script as engines."""

from __future__ import annotations

import pytest
from tests.bindings.core_support import PRELUDE, evaluate
from tests.bindings.script_support import run_script


async def test_a_returned_turn_replaces_the_staged_one_under_its_id() -> None:
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


async def test_returning_nothing_keeps_what_it_changed() -> None:
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


async def test_it_streams_with_emit_and_without_one_delta_is_emitted() -> None:
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


async def test_what_it_emits_is_not_written_to_history() -> None:
    told = await evaluate(
        """
        const engine = engines.fromFunction((turn, { emit }) => emit({ type: "text-delta", delta: "said" }));
        const s = createSession({ engine });
        const run = s.start("x");
        const seen = [];
        run.on("text-delta", (event) => seen.push(event.delta));
        await run.promise;
        export default [seen, s.latest().blocks.length];
        """
    )
    assert told == [["said"], 1]


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
async def test_what_it_cannot_emit_is_refused(event: str, message: str) -> None:
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


async def test_its_context_names_the_run() -> None:
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


async def test_what_it_throws_fails_the_run_and_is_the_cause() -> None:
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


async def test_where_it_threw_is_told_by_the_cause_the_event_and_the_record() -> None:
    source = """
        const engine = engines.fromFunction(function unlucky() {
          throw new RangeError("out of luck");
        });
        const run = createSession({ engine }).start("x");
        let finished;
        run.on("run-finished", (event) => { finished = event; });
        const caught = await run.promise.catch((error) => error);
        export default [caught.cause.stack, finished.error.stack];
        throw caught;
    """
    prelude = PRELUDE.count("\n")
    outcome = await run_script(PRELUDE + source.replace("throw caught;", ""))
    for stack in outcome.value:
        assert stack.strip().startswith(f"at unlucky (./script.mjs:{prelude + 3}:")
        assert ".py" not in stack
    failed = await run_script(PRELUDE + source)
    assert failed.record.error is not None
    assert "at unlucky (" in (failed.record.error.stack or "")


@pytest.mark.parametrize(
    "body",
    ["for (;;) {}", "for (;;) await null;", "await new Promise(() => {});"],
)
async def test_cancelling_its_run_leaves_the_script_alone(body: str) -> None:
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


@pytest.mark.parametrize("body", ["for (;;) {}", "await null; for (;;) {}", "for (;;) await null;"])
async def test_cancelling_its_run_after_a_long_time_leaves_the_script_alone(body: str) -> None:
    told = await evaluate(
        f"""
        const engine = engines.fromFunction(async () => {{ {body} }});
        const other = createSession({{ engine: engines.echo({{ reply: "a b", delayMs: 600 }}) }});
        const running = other.start("still");
        const run = createSession({{ engine }}).start("x", {{ timeoutMs: 1200, cancelGraceMs: 20 }});
        const ended = await later(run.promise);
        const kept = await running.promise;
        export default [ended[0], kept.blocks[1].payload.text, running.status];
        """
    )
    assert told == ["RunTimeoutError", "a b", "completed"]


async def test_its_signal_has_fired_for_who_asks_after_the_stop() -> None:
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


async def test_its_signal_is_silent_when_its_run_completes() -> None:
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
async def test_its_name_may_be_anything(name: str) -> None:
    told = await evaluate(
        f"""
        const fn = () => undefined;
        Object.defineProperty(fn, "name", {{ value: {name} }});
        const turn = await createSession({{ engine: engines.fromFunction(fn) }}).start("x").promise;
        export default turn.blocks.length;
        """
    )
    assert told == 1


async def test_its_signal_fires_on_stop() -> None:
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
