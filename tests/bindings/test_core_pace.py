"""An emitter waits for a script's listeners; it neither outruns them nor loses anything."""

from __future__ import annotations

from marotte import Binding, FunctionEngine, Runtime, Turn, host_function
from marotte.events import PluginBody
from marotte.host import load_bindings
from marotte.inference import EngineContext
from marotte_js.core.engines import EngineObject

EVENTS = 4_000
ALLOWED = 1_024


async def test_a_fast_emitter_waits_for_a_slow_listener() -> None:
    emitted = received = furthest = 0

    async def emit(turn: Turn, ctx: EngineContext) -> None:
        nonlocal emitted, furthest
        for number in range(EVENTS):
            await ctx.emit(PluginBody(type="test.tick", data={"number": number}))
            emitted += 1
            furthest = max(furthest, emitted - received)

    @host_function
    def engine() -> EngineObject:
        """The emitter."""
        return EngineObject(FunctionEngine(emit))

    @host_function(effect="control")
    def receive() -> None:
        """Count what the listener got."""
        nonlocal received
        received += 1

    binding = Binding(name="pace", functions=[engine, receive], global_names=["engine", "receive"])
    async with Runtime(bindings=[*load_bindings(), binding]) as runtime:
        numbers = await runtime.run_source(
            """
            import { createSession } from "marotte";
            const run = createSession({ engine: engine() }).start("go");
            let expected = 0, inOrder = true;
            run.on("test.tick", (event) => {
              inOrder &&= event.data.number === expected++;
              for (let i = 0; i < 2000; i++);
              receive();
            });
            await run.promise;
            export default [expected, inOrder];
            """
        )
    assert numbers == [EVENTS, True]
    assert received == EVENTS
    assert furthest <= ALLOWED
