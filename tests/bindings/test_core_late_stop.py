"""A stop that comes when a script's function is about to be called, and has to wait for its turn."""

from __future__ import annotations

import threading

import anyio

from marotte import Binding, FunctionEngine, Runtime, Turn, host_function
from marotte.conversation import new_tool_call_block
from marotte.events import ToolExecutionStartedEvent
from marotte.host import load_bindings
from marotte.inference import EngineContext
from marotte_js.core.engines import EngineObject


async def test_a_function_that_waits_for_its_turn_is_not_called_after_a_stop() -> None:
    entered, leave = anyio.Event(), threading.Event()
    called: list[str] = []

    async def answer(turn: Turn, ctx: EngineContext) -> None:
        tasks.start_soon(busy.evaluate, "hold()")
        await entered.wait()
        turn.blocks.append(new_tool_call_block("1", "effect", {}))
        tasks.start_soon(stop_once_it_executes, ctx.run_id)

    async def stop_once_it_executes(run_id: str) -> None:
        handle = runtime.runs.get(run_id)
        assert handle is not None
        async for event in handle:
            if isinstance(event, ToolExecutionStartedEvent):
                handle.stop("enough")
                leave.set()

    @host_function(effect="control")
    def engine() -> EngineObject:
        """An engine that asks for a tool while the loop thread is held."""
        return EngineObject(FunctionEngine(answer))

    @host_function(effect="control")
    def hold() -> None:
        """Hold the loop thread."""
        anyio.from_thread.run_sync(entered.set, token=token)
        assert leave.wait(20)

    @host_function(effect="control")
    def note(what: str) -> None:
        """Remember that something was called."""
        called.append(what)

    names = ["engine", "hold", "note"]
    binding = Binding(name="late", functions=[engine, hold, note], global_names=names)
    token = anyio.lowlevel.current_token()
    async with (
        anyio.create_task_group() as tasks,
        Runtime(bindings=[*load_bindings(), binding]) as runtime,
    ):
        busy = await runtime.realm()
        told = await runtime.run_source(
            """
            import { createSession, tools } from "marotte";
            const registry = tools.createRegistry();
            registry.register({ name: "effect", handler() { note("handler"); } });
            const session = createSession({ engine: engine(), tools: registry });
            const run = session.start("go");
            export default await run.promise.catch((error) => [error.name, run.status]);
            """
        )
    assert told == ["RunStoppedError", "stopped"]
    assert called == []
