"""The runtime as an embedder holds it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import anyio
import pytest

import marotte
from marotte import (
    Binding,
    EchoEngine,
    ExportError,
    FunctionEngine,
    JavaScriptError,
    RealmClosedError,
    RunHandle,
    RunOptions,
    RunStoppedError,
    Runtime,
    ScriptError,
    ScriptInterrupted,
    SessionBusyError,
    StopToken,
    Turn,
    host_function,
)
from marotte.host import BindingLoadError, installed_bindings, load_bindings
from marotte.realm import LoopClosedError, ModuleAccessError
from marotte.runs import OptionsError, RunsClosedError


def test_every_public_name_is_there_and_nothing_else_is_invented() -> None:
    for name in marotte.__all__:
        assert getattr(marotte, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = marotte.nonsense
    assert set(marotte.__all__) <= set(dir(marotte))


async def test_a_runtime_that_was_not_entered_says_so() -> None:
    with pytest.raises(RuntimeError, match="async with Runtime"):
        Runtime().session(engine=EchoEngine())


async def test_it_can_be_entered_once() -> None:
    runtime = Runtime()
    async with runtime:
        assert await runtime.run_source("export default 1;") == 1
    with pytest.raises(RuntimeError, match="entered once"):
        await runtime.__aenter__()


async def test_leaving_by_cancellation_leaves_nothing_behind() -> None:
    before = set(threading.enumerate())
    with anyio.move_on_after(0.1):
        async with Runtime() as runtime:
            handle = runtime.run_source("for (;;) {}", cancel_grace_ms=10)
            await anyio.sleep_forever()
    assert handle.outcome is not None
    assert handle.outcome.record.stop_reason == "shutdown"
    assert [t.name for t in set(threading.enumerate()) - before if t.name == "marotte-loop"] == []


async def test_an_error_of_the_embedder_is_raised_as_it_is() -> None:
    handles = []

    async def program() -> None:
        async with Runtime() as runtime:
            handles.append(runtime.run_source("for (;;) {}", cancel_grace_ms=10))
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        await program()
    assert [handle.status for handle in handles] == ["stopped"]


def test_it_serves_a_plain_asyncio_program() -> None:
    async def program() -> str:
        async with Runtime() as runtime:
            handle = runtime.session(engine=EchoEngine(reply="hello")).start("x")
            turn: Turn = await asyncio.wait_for(asyncio.shield(_turn(handle)), 5)
            return turn.text

    assert asyncio.run(program()) == "hello"


async def _turn(handle: RunHandle) -> Turn:
    turn: Turn = await handle
    return turn


class TestSessions:
    async def test_a_python_engine_answers_and_commits(self) -> None:
        async with Runtime() as runtime:
            session = runtime.session(engine=FunctionEngine(lambda turn, ctx: "from a function"))
            turn: Turn = await session.start("x")
            assert turn.text == "from a function"
            assert [t.id for t in session.turns()] == [turn.id]
            assert session.active is None

    async def test_events_reach_listeners_and_iterators(self) -> None:
        async with Runtime() as runtime:
            handle = runtime.session(engine=EchoEngine(reply="a b")).start("x")
            heard: list[str] = []
            _ = handle.on("text-delta", lambda event: heard.append(event.type))
            seen = [event.seq async for event in handle]
            await handle.delivered()
            assert seen == list(range(1, len(seen) + 1))
            assert heard == ["text-delta", "text-delta"]

    async def test_a_shared_token_stops_several_runs(self) -> None:
        token = StopToken()
        async with Runtime() as runtime:
            slow = EchoEngine(reply="a b c d", delay_ms=40)
            handles = [
                runtime.session(engine=slow).start("x", cancel_token=token) for _ in range(3)
            ]
            await anyio.sleep(0.05)
            token.set("enough")
            for handle in handles:
                with pytest.raises(RunStoppedError, match="enough"):
                    await handle

    async def test_stop_from_another_thread(self) -> None:
        async with Runtime() as runtime:
            session = runtime.session(engine=EchoEngine(reply="a b c d e f", delay_ms=40))
            handle = session.start("x")
            threading.Timer(0.05, handle.cancel).start()
            assert (await handle.wait()).stop_reason == "user_cancel"
            assert session.turns() == []

    async def test_a_busy_session_refuses_without_a_trace(self) -> None:
        async with Runtime() as runtime:
            session = runtime.session(engine=EchoEngine(reply="a b", delay_ms=30))
            handle = session.start("first")
            with pytest.raises(SessionBusyError, match="already has an active inference"):
                _ = session.start("second")
            await handle
            assert len(session.turns()) == 1
            assert runtime.runs.statistics().started == 1

    async def test_options_are_given_in_one_way(self) -> None:
        async with Runtime() as runtime:
            session = runtime.session(engine=EchoEngine())
            with pytest.raises(TypeError, match="tags: give it in options"):
                _ = session.start("x", RunOptions(timeout_ms=500), tags={"a": "b"})
            assert session.active is None
            handle = session.start("x", RunOptions(tags={"a": "b"}))
            assert handle.record.tags == {"a": "b"}
            await handle

    async def test_a_bad_option_is_named(self) -> None:
        async with Runtime() as runtime:
            session = runtime.session(engine=EchoEngine())
            with pytest.raises(OptionsError, match="timeout"):
                _ = session.start("x", timeout=5)
            assert session.active is None


class TestRealms:
    async def test_values_and_errors_cross(self) -> None:
        async with Runtime() as runtime, await runtime.realm() as realm:
            assert await realm.evaluate("({ a: [1, 2.5, null, 'x'] })") == {
                "a": [1, 2.5, None, "x"]
            }
            assert await realm.evaluate("Promise.resolve(5)") == 5
            with pytest.raises(JavaScriptError) as raised:
                await realm.evaluate("\nthrow new RangeError('out', { cause: new Error('in') })")
            error = raised.value
            assert (error.name, error.message) == ("RangeError", "out")
            assert error.position is not None
            assert error.position.line == 2
            assert str(error.__cause__) == "Error: in"

    async def test_state_is_kept_between_calls_and_apart_between_realms(self) -> None:
        async with Runtime() as runtime:
            first, second = await runtime.realm(), await runtime.realm()
            await first.evaluate("globalThis.kept = 7; null")
            assert await first.evaluate("kept") == 7
            assert await second.evaluate("typeof kept") == "undefined"

    async def test_an_export_that_json_cannot_carry_is_refused_by_name(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "main.mjs").write_text("globalThis.ran = true; export default Symbol('x')")
        async with Runtime() as runtime, await runtime.realm(root=tmp_path) as realm:
            with pytest.raises(ExportError, match="a symbol cannot cross") as raised:
                await realm.run_file("./main.mjs")
            assert isinstance(raised.value.__cause__, JavaScriptError)
            assert await realm.evaluate("ran") is True

    async def test_an_interrupt_leaves_it_usable(self) -> None:
        async with Runtime() as runtime:
            realm = await runtime.realm()
            async with anyio.create_task_group() as tasks:

                async def spin() -> None:
                    with pytest.raises(ScriptInterrupted):
                        await realm.evaluate("for (;;) {}")

                tasks.start_soon(spin)
                await anyio.sleep(0.05)
                realm.interrupt()
            assert await realm.evaluate("1 + 1") == 2

    @pytest.mark.parametrize("spin", ["for (;;) {}", "(async () => { await null; for (;;) {} })()"])
    async def test_a_caller_that_waited_long_interrupts_its_script_alone(self, spin: str) -> None:
        async with Runtime() as runtime, await runtime.realm() as realm:
            await realm.evaluate("globalThis.n = 41")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1.1):
                    await realm.evaluate(spin)
            assert await realm.evaluate("++n") == 42
            assert not realm.closed

    async def test_a_cancelled_caller_interrupts_what_it_waits_for(self) -> None:
        async with Runtime() as runtime:
            realm = await runtime.realm()
            with anyio.move_on_after(0.05):
                await realm.evaluate("for (;;) {}")
            with anyio.fail_after(2):
                assert await realm.evaluate("'usable'") == "usable"

    async def test_use_after_close_is_an_error_with_a_name(self) -> None:
        async with Runtime() as runtime:
            realm = await runtime.realm()
            await realm.aclose()
            await realm.aclose()
            assert realm.closed
            with pytest.raises(RealmClosedError):
                await realm.evaluate("1")

    async def test_files_come_from_its_root_only(self, tmp_path: Path) -> None:
        (tmp_path / "main.mjs").write_text("export default 5;", encoding="utf-8")
        async with Runtime() as runtime:
            realm = await runtime.realm(root=tmp_path)
            assert await realm.run_file("./main.mjs") == 5
            with pytest.raises((JavaScriptError, ModuleAccessError), match="outside"):
                await realm.run_file("./../main.mjs")

    async def test_statistics_count_calls_by_name(self) -> None:
        @host_function
        def ping() -> str:
            """Answer."""
            return "pong"

        binding = Binding(name="ping", functions=[ping], global_names=["ping"])
        async with Runtime(bindings=[binding]) as runtime:
            realm = await runtime.realm()
            assert await realm.evaluate("[ping(), ping()]") == ["pong", "pong"]
            statistics = await realm.statistics()
            assert statistics.calls.calls == {"ping": 2}
            assert statistics.engine.memory_bytes > 0


class TestScripts:
    async def test_a_missing_file_is_named_and_starts_nothing(self, tmp_path: Path) -> None:
        async with Runtime() as runtime:
            with pytest.raises(FileNotFoundError, match="no-such"):
                _ = runtime.run_script(tmp_path / "no-such.mjs")
            assert runtime.runs.statistics().started == 0

    async def test_what_escapes_is_a_script_error_with_its_cause(self) -> None:
        async with Runtime() as runtime:
            handle = runtime.run_source("\n\n  missing();")
            with pytest.raises(ScriptError, match="'missing' is not defined") as raised:
                await handle
            cause = raised.value.__cause__
            assert isinstance(cause, JavaScriptError)
            assert cause.position is not None
            assert (cause.position.line, cause.position.file) == (3, "script.mjs")
            assert handle.record.error is not None
            assert handle.record.error.code == "script_error"

    async def test_memory_is_limited_and_the_next_script_is_fine(self) -> None:
        source = "const kept = []; for (;;) kept.push(new Array(64).fill(kept.length));"
        async with Runtime(memory_bytes=8 * 1024 * 1024) as runtime:
            record = await runtime.run_source(source).wait()
            assert (record.status, record.stop_reason) == ("limit_reached", "memory")
            assert await runtime.run_source("export default 1;") == 1

    async def test_an_agent_gets_no_more_memory_than_its_script_has(self, tmp_path: Path) -> None:
        (tmp_path / "big.mjs").write_text(
            "const kept = []; export default () => { for (let i = 0; i < 400; i++) "
            "kept.push(new Uint8Array(100_000).fill(i)); return kept.length; }",
            encoding="utf-8",
        )
        main = tmp_path / "main.mjs"
        main.write_text(
            """
            import { agents } from "marotte";
            agents.define("big", "./big.mjs");
            const ask = async (limits) => {
              try { return await agents.call("big", null, { limits }); } catch (error) { return error.code; }
            };
            export default [await ask({ memoryBytes: 256e6 }), await ask({})];
            """,
            encoding="utf-8",
        )
        async with Runtime(memory_bytes=8 * 1024 * 1024) as runtime:
            assert await runtime.run_script(main) == ["memory", "memory"]
            enough = {"memory_bytes": 128 * 1024 * 1024}
            assert await runtime.run_script(main, limits=enough) == [400, 400]

    async def test_a_cancelled_start_leaves_no_realm(self) -> None:
        async with Runtime() as runtime:
            for number in range(20):
                handle = runtime.run_source("export default 1;", cancel_grace_ms=0)
                await anyio.sleep(0.0005 * (number % 10))
                handle.cancel()
                await handle.wait()
                with anyio.move_on_after(0):
                    await runtime.realm()
            for _ in range(500):
                if runtime.statistics().loop.realms == 0:
                    break
                await anyio.sleep(0.01)
            assert runtime.statistics().loop.realms == 0

    async def test_less_memory_than_a_realm_needs_is_refused(self) -> None:
        async with Runtime() as runtime:
            with pytest.raises(
                OptionsError, match=r"limits\.memory_bytes must be at least 1048576.*got 5"
            ):
                _ = runtime.run_source("1", limits={"memory_bytes": 5})
            assert runtime.statistics().runs.started == 0

    async def test_cpu_is_limited(self) -> None:
        async with Runtime() as runtime:
            handle = runtime.run_source("for (;;) {}", limits={"cpu_ms": 50})
            record = await handle.wait()
            assert (record.status, record.stop_reason) == ("limit_reached", "cpu")

    async def test_the_environment_is_absent_unless_granted(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GRANTED", "yes")
        monkeypatch.setenv("SECRET", "no")
        source = "export default [process.env.GRANTED ?? null, process.env.SECRET ?? null];"
        async with Runtime() as runtime:
            assert await runtime.run_source(source) == [None, None]
        async with Runtime(allowed_env=["GRANTED"]) as runtime:
            handle = runtime.run_source(source)
            assert await handle == ["yes", None]
            started = await anext(aiter(handle))
            assert '"grants":{"env":["GRANTED"],"net":[]}' in started.to_json()
            assert "yes" not in started.to_json()

    async def test_a_promise_that_nothing_can_settle_is_told_of(self) -> None:
        async with Runtime() as runtime:
            handle = runtime.run_source("await new Promise(() => {});", timeout_ms=2_600)
            codes = [e.code async for e in handle if isinstance(e, marotte.events.DiagnosticEvent)]
            assert codes == ["unsettled"]
            assert handle.status == "timed_out"


async def test_leaving_refuses_more_runs_and_calls() -> None:
    async with Runtime() as runtime:
        session = runtime.session(engine=EchoEngine())
        realm = await runtime.realm()
    with pytest.raises(RunsClosedError):
        _ = session.start("x")
    with pytest.raises((LoopClosedError, RealmClosedError)):
        await realm.evaluate("1")


def test_a_binding_that_cannot_be_imported_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = tmp_path / "broken-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[marotte.bindings]\nbroken = no_such_module:X\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    installed_bindings.cache_clear()
    try:
        with pytest.raises(BindingLoadError, match=r"'broken' \(no_such_module:X, from broken\)"):
            load_bindings()
    finally:
        installed_bindings.cache_clear()


def test_importing_the_package_is_quick_and_late() -> None:
    """The command line and the engine are only imported when they are used."""
    code = "import sys, marotte; print(sorted(m for m in ('quickjs', 'typer') if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
