"""CPU time counts for a run and for all above it, wherever its JavaScript runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.bindings.script_support import run_script

from marotte import Runtime
from marotte.events import ChildFinished

PRELUDE = """
import { agents, createSession, engines } from "marotte";
const later = async (promise) => { try { return ["fine", await promise]; } catch (e) { return [e.name, e.code, e.message]; } };
const work = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
agents.define("work", (ms) => { work(ms); return ms; });
agents.define("spin", () => { for (;;); });
"""
SPIN = "export default () => { for (;;); };"


@pytest.mark.parametrize("agent", ["() => { for (;;); }", "'./spin.mjs'"], ids=["function", "file"])
@pytest.mark.parametrize("call", ["agents.call('a')", "agents.start('a').promise"])
async def test_an_agent_cannot_use_more_than_the_run_above_may(
    tmp_path: Path, agent: str, call: str
) -> None:
    (tmp_path / "spin.mjs").write_text(SPIN, encoding="utf-8")
    main = tmp_path / "main.mjs"
    source = f'import {{ agents }} from "marotte"; agents.define("a", {agent}); await {call};'
    main.write_text(source, encoding="utf-8")
    async with Runtime() as runtime:
        handle = runtime.run_script(main, limits={"cpu_ms": 100})
        events = [event async for event in handle]
    assert (handle.status, handle.record.stop_reason) == ("limit_reached", "cpu")
    assert str(handle.outcome and handle.outcome.error) == "max CPU time (100 ms) reached"
    assert [e.status for e in events if isinstance(e, ChildFinished)] == ["stopped"]


async def test_agents_together_cannot_use_more_than_the_run_above_may() -> None:
    outcome = await run_script(
        PRELUDE + "for (;;) await agents.call('work', 20);", limits={"cpu_ms": 200}
    )
    assert (outcome.record.status, outcome.record.stop_reason) == ("limit_reached", "cpu")
    children = [e.status for e in outcome.events if isinstance(e, ChildFinished)]
    assert children.count("completed") >= 2


async def test_a_limit_of_an_agent_ends_that_agent_alone() -> None:
    outcome = await run_script(
        PRELUDE
        + """
        const ended = await later(agents.call("spin", null, { limits: { cpuMs: 50 } }));
        export default [...ended, await agents.call("work", 5)];
        """
    )
    assert outcome.value == ["RunLimitError", "cpu", "max CPU time (50 ms) reached", 5]
    assert outcome.record.status == "completed"


async def test_a_turn_run_is_charged_for_the_engine_that_is_a_function() -> None:
    outcome = await run_script(
        PRELUDE
        + """
        const session = createSession({ engine: engines.fromFunction(() => { for (;;); }) });
        const ended = await later(session.start("x", { limits: { cpuMs: 50 } }).promise);
        export default [...ended, session.turnCount()];
        """
    )
    assert outcome.value == ["RunLimitError", "cpu", "max CPU time (50 ms) reached", 0]
