"""Run handles, events and agents as scripts see them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.bindings.script_support import run_script, value_of

from marotte import Runtime

PRELUDE = """
import { createSession, engines, agents, RunStoppedError } from "marotte";
const later = async (promise) => { try { return ["fine", await promise]; } catch (e) { return [e.name, e.code, e.message]; } };
const attempt = (action) => { try { return ["fine", action()]; } catch (e) { return [e.name, e.message]; } };
const until = async (is) => { while (!is()) await new Promise((resolve) => setTimeout(resolve, 1)); };
const slow = (reply = "a b c d", delayMs = 30) => createSession({ engine: engines.echo({ reply, delayMs }) });
"""


async def evaluate(body: str) -> object:
    return await value_of(PRELUDE + body)


class TestHandle:
    async def test_it_is_opaque(self) -> None:
        told = await evaluate(
            """
            const run = slow().start("x");
            const keys = [Object.keys(run), JSON.stringify(run), Object.prototype.toString.call(run)];
            await run.promise;
            export default [...keys, typeof run.id, run.promise === run.promise];
            """
        )
        assert told == [[], "{}", "[object RunHandle]", "string", True]

    async def test_cancel_in_the_same_tick_works(self) -> None:
        told = await evaluate(
            """
            const session = slow();
            const run = session.start("x");
            const accepted = run.cancel("at once");
            const types = [];
            run.on("*", (e) => types.push(e.type));
            const ended = await later(run.promise);
            export default [accepted, ended[0], ended[1], run.status, session.turnCount(), types];
            """
        )
        assert isinstance(told, list)
        assert told[:5] == [True, "RunStoppedError", "user_cancel", "stopped", 0]
        assert told[5][-1] == "run-finished"
        assert told[5].count("run-finished") == 1
        assert "model-call-started" not in told[5]

    async def test_a_cancel_after_the_end_changes_nothing(self) -> None:
        told = await evaluate(
            """
            const run = slow("a", 0).start("x");
            await run.promise;
            export default [run.cancel(), run.stop(), run.status, run.stopReason];
            """
        )
        assert told == [False, False, "completed", "end_turn"]

    async def test_the_error_says_which_run_and_what_it_had(self) -> None:
        told = await evaluate(
            """
            const session = slow();
            const run = session.start("x");
            run.once("text-delta", () => run.cancel());
            let error;
            try { await run.promise; } catch (e) { error = e; }
            export default [error instanceof RunStoppedError, error instanceof Error, error.runId === run.id,
                            error.sessionId === session.id, error.partialTurn.blocks[0].payload.text];
            """
        )
        assert told == [True, True, True, True, "x"]

    async def test_a_promise_that_nobody_reads_reports_no_rejection(self) -> None:
        outcome = await run_script(PRELUDE + "slow().start('x').cancel();")
        assert outcome.record.status == "completed"
        assert [e.type for e in outcome.events if e.type == "diagnostic"] == []


class TestListeners:
    async def test_events_arrive_in_order_exact_type_before_all(self) -> None:
        told = await evaluate(
            """
            const run = slow("a b", 0).start("x");
            const seen = [];
            run.on("*", (e) => seen.push(`*${e.seq}`)).on("text-delta", (e) => seen.push(`d${e.seq}`));
            const same = run.on("", () => {}) === run;
            await run.promise;
            export default [same, seen];
            """
        )
        assert isinstance(told, list)
        assert told[0] is True
        numbers = [int(entry[1:]) for entry in told[1] if entry[0] == "*"]
        assert numbers == list(range(1, len(numbers) + 1))
        for entry in told[1]:
            if entry[0] == "d":
                assert told[1][told[1].index(entry) + 1] == f"*{entry[1:]}"

    async def test_a_late_listener_gets_everything_once_in_order(self) -> None:
        told = await evaluate(
            """
            const run = slow("a b c", 5).start("x");
            const early = [], middle = [], late = [];
            run.on("*", (e) => early.push(e.seq));
            run.once("text-delta", () => run.on("*", (e) => middle.push(e.seq)));
            await run.promise;
            let inside = true;
            run.on("*", (e) => { if (inside) late.push("inside"); late.push(e.seq); });
            inside = false;
            await until(() => late.length >= early.length);
            const all = early.join();
            export default [early.length > 5, middle.join() === all, late.join() === all];
            """
        )
        assert told == [True, True, True]

    async def test_nothing_new_arrives_after_settlement(self) -> None:
        told = await evaluate(
            """
            const run = slow("a b c", 1).start("x");
            const seen = [];
            run.on("*", (e) => seen.push(e.type));
            await run.promise;
            const count = seen.length;
            await new Promise((resolve) => setTimeout(resolve, 20));
            export default [seen.length === count, seen.at(-1)];
            """
        )
        assert told == [True, "run-finished"]

    async def test_off_acts_at_once_even_within_a_batch(self) -> None:
        told = await evaluate(
            """
            const run = slow("a b c d e f", 0).start("x");
            const seen = [];
            const second = (e) => seen.push("second");
            run.on("text-delta", () => { seen.push("first"); run.off("text-delta", second); });
            run.on("text-delta", second);
            await run.promise;
            export default [seen.filter((s) => s === "second").length, seen.filter((s) => s === "first").length];
            """
        )
        assert told == [0, 6]

    async def test_registrations_are_a_set_and_once_fires_once(self) -> None:
        told = await evaluate(
            """
            const run = slow("a b c", 0).start("x");
            let twice = 0, once = 0, replayed = 0;
            const listener = () => twice++;
            run.on("text-delta", listener).on("text-delta", listener).once("text-delta", () => once++);
            await run.promise;
            run.once("run-started", () => replayed++);
            await until(() => replayed > 0);
            export default [twice, once, replayed];
            """
        )
        assert told == [3, 1, 1]

    async def test_what_has_heard_once_can_be_registered_anew(self) -> None:
        told = await evaluate(
            """
            const run = slow("a b c", 0).start("x");
            const seen = [];
            const listener = (e) => seen.push(e.seq);
            run.once("*", listener);
            await run.promise;
            const first = seen.splice(0);
            run.once("*", listener);
            await until(() => seen.length > 0);
            const second = seen.splice(0);
            run.on("*", listener);
            await until(() => seen.length > 5);
            export default [first, second, seen.length > 5];
            """
        )
        assert told == [[1], [1], True]

    async def test_a_late_listener_is_served_before_the_script_ends(self) -> None:
        outcome = await run_script(
            PRELUDE
            + """
            const run = slow("a", 0).start("x");
            run.once("run-finished", () => run.on("run-started", () => console.log("served")));
            """
        )
        assert outcome.output == ["served"]

    async def test_an_unknown_type_is_refused_naming_the_known(self) -> None:
        told = await evaluate(
            "const run = slow('a', 0).start('x');"
            "export default ['on', 'once', 'off'].map((m) => attempt(() => run[m]('text', () => {})));"
        )
        assert isinstance(told, list)
        for name, message in told:
            assert name == "TypeError"
            assert "text-delta, text-finished" in message

    async def test_a_throwing_listener_disturbs_nobody_and_is_told_once(self) -> None:
        outcome = await run_script(
            PRELUDE
            + """
            const seen = [], diagnostics = [];
            const engine = engines.fromFunction(async (turn, { emit }) => {
              for (const delta of "abc") emit({ type: "text-delta", delta });
              await until(() => diagnostics.length >= 2);
            });
            const run = createSession({ engine }).start("x");
            run.on("text-delta", () => { throw new Error("clumsy"); });
            run.on("text-delta", async () => { throw new Error("later"); });
            run.on("text-delta", (e) => seen.push(e.delta));
            run.on("diagnostic", (e) => diagnostics.push(e.code + " " + e.message));
            const turn = await run.promise;
            console.log(JSON.stringify([seen.join(""), run.status, ...diagnostics.sort()]));
            """
        )
        told = "listener-failed a listener for 'text-delta' failed: Error: "
        assert json.loads(outcome.output[0]) == [
            "abc",
            "completed",
            f"{told}clumsy",
            f"{told}later",
        ]
        assert outcome.record.status == "failed"
        assert outcome.record.stop_reason == "script_error"
        assert outcome.error is not None
        assert "clumsy" in str(outcome.error)

    async def test_events_are_frozen(self) -> None:
        told = await evaluate(
            """
            "use strict";
            const run = slow("a", 0).start("x", { tags: { a: "b" } });
            const told = [];
            run.once("run-started", (e) => {
              told.push(attempt(() => { "use strict"; e.seq = 5; })[0], attempt(() => { "use strict"; e.tags.a = 5; })[0]);
            });
            await run.promise;
            export default told;
            """
        )
        assert told == ["TypeError", "TypeError"]

    async def test_iteration_ends_after_the_terminal_event(self) -> None:
        told = await evaluate(
            """
            const run = slow("a b", 0).start("x");
            const live = [];
            for await (const event of run) live.push(event.seq);
            const again = [];
            for await (const event of run) { again.push(event.seq); if (again.length === 3) break; }
            export default [live.every((seq, i) => seq === i + 1), again];
            """
        )
        assert told == [True, [1, 2, 3]]

    async def test_calls_of_an_iterator_queue_up_and_end_with_its_return(self) -> None:
        told = await evaluate(
            """
            const run = slow("a b", 5).start("x");
            const iterator = run[Symbol.asyncIterator]();
            const ahead = await Promise.all([iterator.next(), iterator.next(), iterator.next()]);
            const left = await iterator.return("bye");
            const after = [await iterator.next(), await iterator.return(), await iterator.next()];
            await run.promise;
            export default [ahead.map((step) => step.value.seq), left, after.map((step) => step.done)];
            """
        )
        assert told == [[1, 2, 3], {"done": True, "value": "bye"}, [True, True, True]]


class TestAgents:
    async def test_a_function_is_a_child_run_that_inherits(self) -> None:
        told = await evaluate(
            """
            agents.define("child", (input, ctx) => [input, ctx.tags, typeof ctx.deadlineMs]);
            agents.define("parent", (input) => agents.call("child", input + 1));
            const run = agents.start("parent", 1, { tags: { a: "b" }, timeoutMs: 5000 });
            const children = [];
            run.on("child-started", (e) => children.push(e.name));
            export default [await run.promise, children];
            """
        )
        assert told == [[2, {"a": "b"}, "number"], ["child"]]

    async def test_stopping_the_parent_ends_the_chain_deepest_first(self) -> None:
        told = await evaluate(
            """
            agents.define("c", async () => { for (;;) await new Promise((r) => setTimeout(r, 2)); });
            agents.define("b", async () => { await agents.call("c"); });
            agents.define("a", async () => { await agents.call("b"); });
            const run = agents.start("a");
            const seen = [];
            run.on("child-finished", (e) => seen.push([e.name, e.status]));
            setTimeout(() => run.stop(), 30);
            const ended = await later(run.promise);
            export default [ended[0], ended[1], seen];
            """
        )
        assert told == ["RunStoppedError", "user_stop", [["b", "stopped"]]]

    async def test_stopping_a_child_leaves_the_parent_running(self) -> None:
        told = await evaluate(
            """
            agents.define("child", () => new Promise(() => {}));
            agents.define("parent", async () => {
              const child = agents.start("child", null, { cancelGraceMs: 0 });
              setTimeout(() => child.cancel(), 10);
              const ended = await later(child.promise);
              return [ended[0], ended[1], "parent goes on"];
            });
            export default await agents.call("parent");
            """
        )
        assert told == ["RunStoppedError", "user_cancel", "parent goes on"]

    async def test_the_deadline_of_a_child_that_has_spun_leaves_the_parent_running(self) -> None:
        told = await evaluate(
            """
            agents.define("spins", async () => { await null; for (;;) {} });
            agents.define("waits", () => new Promise((done) => setTimeout(done, 1500, "waited")));
            agents.define("parent", async () => {
              const sibling = agents.start("waits");
              const child = agents.start("spins", null, { timeoutMs: 1200, cancelGraceMs: 20 });
              return [(await later(child.promise))[0], await sibling.promise];
            });
            export default await agents.call("parent");
            """
        )
        assert told == ["RunTimeoutError", "waited"]

    async def test_an_unknown_or_doubly_defined_agent_is_refused(self) -> None:
        told = await evaluate(
            """
            agents.define("one", () => 1);
            const little = attempt(() => agents.start("one", null, { limits: { memoryBytes: 1e6 } }));
            export default [little, attempt(() => agents.start("two")), attempt(() => agents.define("one", () => 2)),
                            attempt(() => agents.define("three", 3)), attempt(() => agents.define("", () => 1)),
                            attempt(() => agents.define(4, () => 1))];
            """
        )
        little = "limits.memoryBytes must be at least 1048576, what a realm needs, got 1000000"
        assert told == [
            ["TypeError", little],
            ["UnknownAgentError", "unknown agent 'two'; defined are: one"],
            ["DuplicateAgentError", "agent 'one' is defined already"],
            ["TypeError", "agents.define(): agent must be a path or a function, got number"],
            ["TypeError", 'agents.define(): name must be a text that is not empty, got ""'],
            ["TypeError", "agents.define(): name must be a text that is not empty, got number"],
        ]

    async def test_a_file_gets_a_realm_of_its_own(self, tmp_path: Path) -> None:
        (tmp_path / "agent.mjs").write_text(
            "globalThis.count = (globalThis.count ?? 0) + 1;"
            "export default async (input, ctx) => [input, globalThis.count, typeof ctx.signal];",
            encoding="utf-8",
        )
        main = tmp_path / "main.mjs"
        main.write_text(
            'import { agents } from "marotte"; agents.define("agent", "./agent.mjs");'
            "export default [await agents.call('agent', 'x'), await agents.call('agent', 'y')];",
            encoding="utf-8",
        )
        async with Runtime() as runtime:
            assert await runtime.run_script(main) == [["x", 1, "object"], ["y", 1, "object"]]

    @pytest.mark.parametrize("agent", ["./missing.mjs", "../outside.mjs"])
    async def test_a_file_that_is_not_there_is_refused_when_defined(
        self, agent: str, tmp_path: Path
    ) -> None:
        main = tmp_path / "main.mjs"
        main.write_text(
            f'import {{ agents }} from "marotte"; agents.define("agent", "{agent}");',
            encoding="utf-8",
        )
        async with Runtime() as runtime:
            record = await runtime.run_script(main).wait()
        assert record.status == "failed"
        assert record.error is not None
        assert agent.rpartition("/")[2] in record.error.message

    async def test_a_script_that_spins_in_a_child_is_cancelled_by_its_parents_timer(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "spin.mjs").write_text("export default () => { for (;;) {} }", encoding="utf-8")
        main = tmp_path / "main.mjs"
        main.write_text(
            """
            import { agents } from "marotte";
            agents.define("spin", "./spin.mjs");
            const run = agents.start("spin", null, { cancelGraceMs: 0 });
            setTimeout(() => run.cancel("enough"), 30);
            try { await run.promise; } catch (error) { globalThis.told = error.code; }
            export default globalThis.told;
            """,
            encoding="utf-8",
        )
        async with Runtime() as runtime:
            assert await runtime.run_script(main) == "user_cancel"
