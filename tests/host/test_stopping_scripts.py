"""Scripts that will not end by themselves are ended, by everyone who may, and others carry on."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from tests.runs.workloads import until

from marotte import Binding, Runtime, host_function
from marotte.events import OutputEvent
from marotte.host import load_bindings
from marotte.runs import RunHandle

ENDLESS = {
    "spin": "while (true) {}",
    "catch-all": "while (true) { try { while (true) {} } catch {} }",
    "await": "for (;;) await null;",
    "await-catch": "for (;;) { try { await null; for (;;) {} } catch {} }",
    "host-call-loop": "for (;;) { try { await pause(1); } catch {} }",
    "never": "await new Promise(() => {});",
    "finally": "try { throw new Error('x') } finally { for (;;) {} }",
    "async-finally": "try { await pause(1); } finally { for (;;) await null; }",
    "interval": "setInterval(() => { for (;;) {} }, 1);",
    "reaction": "(function again() { return Promise.resolve().then(again) })();",
}
OPTIONS: dict[str, Any] = {"cancel_grace_ms": 20}
handles: dict[str, RunHandle] = {}


@host_function
async def pause(ms: float) -> None:
    """Wait."""
    await anyio.sleep(ms / 1000)


@host_function(effect="control")
def cancel_run(name: str) -> None:
    """Cancel another script's run."""
    handles[name].cancel("from another script")


HOST = Binding(name="test-host", functions=[pause, cancel_run], global_names=["pause", "cancelRun"])


def new_runtime() -> Runtime:
    return Runtime(bindings=[*load_bindings(), HOST])


async def still_usable(runtime: Runtime) -> None:
    """A next script runs to its end on the same loop thread."""
    record = await runtime.run_source("await pause(1); export default 1;").wait()
    assert record.status == "completed"


async def longest_gap(over: Callable[[], bool]) -> float:
    """The host loop's longest pause, in seconds, until something is over."""
    longest, before = 0.0, anyio.current_time()
    while not over():
        await anyio.sleep(0.005)
        now = anyio.current_time()
        longest, before = max(longest, now - before), now
    return longest


async def stopped_while_measured(runtime: Runtime, source: str) -> float:
    """Stop a script that does not end by itself; answer the host loop's longest pause meanwhile."""
    handle = runtime.run_source(source, grace_ms=100, cancel_grace_ms=50)
    begun = anyio.current_time() + 0.1
    before = await longest_gap(lambda: anyio.current_time() >= begun)
    asked = anyio.current_time()
    assert handle.stop()
    after = await longest_gap(lambda: handle.outcome is not None)
    assert anyio.current_time() - asked < 0.15 + 1
    assert handle.status == "stopped"
    return max(before, after)


@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS.keys())
class TestEndless:
    async def test_it_is_over_a_second_after_the_graces_and_never_holds_the_host(
        self, source: str
    ) -> None:
        async with new_runtime() as runtime:
            # A busy machine makes pauses longer and never shorter: one of three is to be short.
            gaps = [await stopped_while_measured(runtime, source)]
            while gaps[-1] >= 0.2 and len(gaps) < 3:
                gaps.append(await stopped_while_measured(runtime, source))
            assert min(gaps) < 0.2

    async def test_is_ended_from_python(self, source: str) -> None:
        async with new_runtime() as runtime:
            handle = runtime.run_source(source, **OPTIONS)
            await anyio.sleep(0.05)
            assert handle.status == "running"
            handle.cancel("enough")
            record = await handle.wait()
            assert (record.status, record.stop_reason) == ("stopped", "user_cancel")
            assert record.halted is True
            await still_usable(runtime)

    async def test_is_ended_by_its_deadline(self, source: str) -> None:
        async with new_runtime() as runtime:
            record = await runtime.run_source(source, timeout_ms=60, **OPTIONS).wait()
            assert (record.status, record.stop_reason) == ("timed_out", "deadline")
            await still_usable(runtime)

    async def test_is_ended_from_another_scripts_timer(self, source: str) -> None:
        async with new_runtime() as runtime:
            handles["endless"] = endless = runtime.run_source(source, **OPTIONS)
            other = runtime.run_source("setTimeout(() => cancelRun('endless'), 30);")
            assert (await endless.wait()).status == "stopped"
            assert (await other.wait()).status == "completed"
            await still_usable(runtime)

    async def test_a_stop_becomes_a_cancel_when_its_grace_is_over(self, source: str) -> None:
        async with new_runtime() as runtime:
            handle = runtime.run_source(source, grace_ms=30, **OPTIONS)
            await anyio.sleep(0.03)
            handle.stop()
            record = await handle.wait()
            assert record.status == "stopped"
            assert record.stop_reason == "user_stop"


async def test_others_on_the_loop_thread_carry_on_while_one_spins() -> None:
    async with new_runtime() as runtime:
        spinning = runtime.run_source(ENDLESS["spin"])
        await anyio.sleep(0.02)
        steady = runtime.run_source(
            "let n = 0; while (n < 20) { await pause(1); n++ } export default n;"
        )
        with anyio.fail_after(5):
            assert (await steady.wait()).status == "completed"
        assert spinning.status == "running"
        spinning.cancel()
        assert (await spinning.wait()).status == "stopped"


async def test_leaving_the_runtime_ends_a_spinning_script() -> None:
    async with new_runtime() as runtime:
        handle = runtime.run_source(ENDLESS["spin"], **OPTIONS)
        await anyio.sleep(0.02)
    assert handle.outcome is not None
    assert handle.outcome.record.stop_reason == "shutdown"


async def test_catch_and_finally_run_when_a_stop_comes_at_a_host_call() -> None:
    source = """
      try { for (;;) await pause(5); }
      catch (error) { console.log("caught", error.name, error.code); }
      finally { console.log("finally"); }
    """
    async with new_runtime() as runtime:
        handle = runtime.run_source(source)
        await anyio.sleep(0.03)
        handle.stop()
        texts = [e.text async for e in handle if isinstance(e, OutputEvent)]
        assert texts == ["caught RunStoppedError user_stop", "finally"]
        assert handle.status == "stopped"


@pytest.mark.parametrize(
    "call",
    [
        "session.run('x')",
        "await session.runAsync('x')",
        "await session.start('x').promise",
        "await agents.start('ask').promise",
    ],
)
async def test_the_grace_waits_for_a_model_call_of_a_run_below(call: str) -> None:
    source = f"""
      import {{ agents, createSession, engines }} from "marotte";
      const engine = engines.echo({{ reply: "one two three four", delayMs: 300 }});
      const session = createSession({{ engine }});
      agents.define("ask", () => session.start("x").promise);
      try {{ {call}; }} catch (error) {{ console.log("caught", error.name); }}
    """
    async with new_runtime() as runtime:
        handle = runtime.run_source(source, grace_ms=500)
        turns: list[RunHandle] = []

        def begun() -> bool:
            turns[:] = [run for run in runtime.runs.active() if run.record.kind == "turn"]
            return bool(turns)

        await until(begun)
        async for event in turns[0]:
            if event.type == "model-call-started":
                break
        handle.stop()
        texts = [e.text async for e in handle if isinstance(e, OutputEvent)]
        assert texts == ["caught RunStoppedError"]
        assert (handle.record.stop_mode, handle.record.halt) == ("stop", "boundary")


async def test_an_interrupt_by_keyboard_in_a_host_function_reaches_the_run() -> None:
    @host_function
    def press() -> None:
        """Raise what Ctrl-C raises."""
        raise KeyboardInterrupt

    binding = Binding(name="keys", functions=[press], global_names=["press"])
    async with Runtime(bindings=[*load_bindings(), binding]) as runtime:
        handle = runtime.run_source("try { press() } catch {} ; for (;;) {}", timeout_ms=5000)
        record = await handle.wait()
        assert record.status in ("failed", "stopped")
        assert (await runtime.run_source("export default 1").wait()).status == "completed"


async def test_the_loop_thread_is_one_and_is_not_the_hosts() -> None:
    seen: set[int] = set()

    @host_function
    def where() -> None:
        """Note the thread."""
        seen.add(threading.get_ident())

    binding = Binding(name="where", functions=[where], global_names=["where"])
    async with Runtime(bindings=[*load_bindings(), binding]) as runtime:
        first = runtime.run_source("where(); setTimeout(where, 1);")
        second = runtime.run_source("where(); await null; where();")
        await first.wait()
        await second.wait()
    assert len(seen) == 1
    assert threading.get_ident() not in seen


async def test_ctrl_c_of_the_process_is_the_embedders_to_handle() -> None:
    """The runtime installs no signal handler of its own."""
    before = signal.getsignal(signal.SIGINT)
    async with new_runtime():
        assert signal.getsignal(signal.SIGINT) is before
