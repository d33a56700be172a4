"""While a run is stopping no effect executes, whichever of them a script calls."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from tests.bindings.script_support import run_script

from marotte import Binding, Caller, RunStoppedError, Runtime, current_run, host_function
from marotte.host import load_bindings
from marotte.host.gate import RunGate
from marotte.realm import HostFunction, Registry

REVIEWED = {
    "cleanup": ["Session.close"],
    "control": """
        Builder.useHostMiddleware Builder.useMiddleware Builder.withEngine Builder.withHistory
        Builder.withToolHooks Builder.withToolLoop Builder.withTools Middleware.name
        RunHandle.cancel RunHandle.events RunHandle.id RunHandle.off RunHandle.on RunHandle.once
        RunHandle.promise RunHandle.status RunHandle.stop RunHandle.stopReason RunHandle.tree
        RunHandle.usage
        RunIterator.next RunIterator.return RunTree.events
        Session.cancelActive Session.getTurn Session.id Session.isRunning Session.latest
        Session.stopActive Session.turnCount Session.turns Session.turnsRange Session.usage
        ToolRegistry.list ToolRegistry.register ToolRegistry.registerAgent ToolRegistry.useHostTools
        _abortToken _after _checkStop _clock _createRegistry _decodeUtf8 _decoder _defineFile
        _defineFunction _emit _encode _encoding _fromFunction _fromJS _history _newToken _now _parse
        _process _profile _randomBytes _randomUUID _report _stamp _stop _task _untilStopped _update
        _write
        createBuilder engines.echo engines.fromConfig engines.fromProfile engines.model engines.scripted
        middlewares.host tools.createRegistry
        turns.appendBlock turns.newAssistantBlock turns.newSystemBlock turns.newToolCallBlock
        turns.newToolUseBlock turns.newTurn turns.newUserBlock turns.normalize
    """.split(),
}
"""What may run while a run is stopping. An addition is a decision: it must change nothing that a
stopped run should no longer change."""


def registered() -> list[HostFunction[..., Any]]:
    """Every host function of every binding that is installed, members of classes included."""
    registry = Registry(load_bindings())
    members = [member.function for cls in registry.classes for member in cls.js_class.members]
    return [*registry.functions, *members]


def test_what_is_no_effect_was_reviewed() -> None:
    for effect, names in REVIEWED.items():
        found = {f.qualified_name for f in registered() if f.effect == effect}
        assert sorted(found) == sorted(names)


async def test_every_registered_effect_is_refused_while_its_run_is_stopping() -> None:
    checked: dict[str, bool] = {}

    @host_function(effect="control")
    def walk(caller: Caller) -> None:
        """Ask the gate about everything."""
        for function in registered():
            try:
                RunGate().check(function, caller.scope)
            except RunStoppedError:
                checked[function.qualified_name] = False
            else:
                checked[function.qualified_name] = True

    @host_function(effect="control")
    def stop_me() -> None:
        """Stop the calling run."""
        run = current_run.get()
        assert run is not None
        handle = runtime.runs.get(run.run_id)
        assert handle is not None
        handle.stop()

    binding = Binding(name="walk", functions=[walk, stop_me], global_names=["walk", "stopMe"])
    async with Runtime(bindings=[*load_bindings(), binding]) as runtime:
        await runtime.run_source("walk();").wait()
        assert all(checked.values())
        record = await runtime.run_source("stopMe(); walk();").wait()
    assert record.status == "stopped"
    allowed = {name for names in REVIEWED.values() for name in names}
    assert {name for name, passed in checked.items() if passed} == allowed
    assert {name for name, passed in checked.items() if not passed} >= {"Session.start"}


@pytest.mark.parametrize(
    "effect",
    [
        "createSession({})",
        "session.start('x')",
        "session.run('x')",
        "session.append('x')",
        "agents.start('none')",
        "setTimeout(() => {})",
        "setInterval(() => {})",
        "runInference(engine, 'x')",
    ],
)
async def test_a_stopped_script_can_clean_up_but_begin_nothing(effect: str) -> None:
    outcome = await run_script(
        f"""
        import {{ createSession, runInference, agents, engines }} from "marotte";
        const engine = engines.echo({{ reply: "a b c", delayMs: 50 }});
        const session = createSession({{ engine }});
        const timer = setTimeout(() => {{}}, 60_000);
        agents.define("self", async () => {{
          const run = session.start("go");
          try {{ await session.runAsync("never"); }} catch {{}}
          try {{ await run.promise; }} catch (error) {{ console.log(error.code); }}
          try {{ {effect}; console.log("began"); }} catch (error) {{ console.log(error.name); }}
          finally {{ clearTimeout(timer); session.close(); console.log("closed", session.turnCount()); }}
        }});
        const run = agents.start("self");
        run.once("child-started", () => run.stop());
        try {{ await run.promise; }} catch (error) {{ console.log(run.status); }}
        """
    )
    assert outcome.output == ["parent_stopped", "RunStoppedError", "closed 0", "stopped"]


async def test_a_catch_all_loop_of_effects_does_not_outlive_the_grace() -> None:
    async with Runtime() as runtime:
        handle = runtime.run_source(
            "for (;;) { try { await new Promise((r) => setTimeout(r, 1)); } catch { await null; } }",
            grace_ms=50,
            cancel_grace_ms=20,
        )
        await anyio.sleep(0.05)
        handle.stop()
        with anyio.fail_after(2):
            record = await handle.wait()
    assert (record.status, record.stop_reason) == ("stopped", "user_stop")
