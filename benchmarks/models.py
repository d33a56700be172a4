"""Calls to models: what a run costs above pydantic-ai's bare call, and how soon a script hears.

All go to `model_server`, in a process of its own, over real connections.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.measuring import at_a_time, per_item_async
from benchmarks.model_server import PIECE, PIECES
from marotte import Binding, ModelEngine, Runtime, host_function, load_bindings
from marotte_js.core.engines import EngineObject

__all__ = ["bare_calls", "calls", "delta"]

CALLS = 200
RUNS = 40
LISTEN = """
import { createSession } from "marotte";
const engine = stampingEngine();
const late = [];
for (let count = 0; count < %d; count++) {
  const run = createSession({ engine }).start("go");
  run.on("text-delta", (event) => { late.push(now() - Number(event.delta.trim().split(" ")[0])); });
  await run.promise;
}
export default late;
"""


@contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.model_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
        finally:
            process.kill()


def calls(at_once: int) -> list[float]:
    """Runs of sessions of their own, each with one call, `at_once` at a time."""

    async def measure() -> list[float]:
        with _server() as url:
            engine = ModelEngine.of("openai-chat:m", base_url=url)
            async with Runtime() as runtime:

                async def call() -> None:
                    turn = await runtime.session(engine=engine).start("go")
                    assert turn.text == PIECE * PIECES

                return await per_item_async(lambda: at_a_time(at_once, call, CALLS), CALLS)

    return asyncio.run(measure())


def bare_calls(at_once: int) -> list[float]:
    """The same by pydantic-ai alone: the stream is read, by one client for all calls."""
    from pydantic_ai.direct import model_request_stream
    from pydantic_ai.messages import ModelRequest
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

    async def measure() -> list[float]:
        with _server() as url:
            model = OpenAIChatModel("m", provider=OpenAICompatibleProvider("bench", base_url=url))

            async def call() -> None:
                messages = [ModelRequest.user_text_prompt("go")]
                async with model_request_stream(model, messages, instrument=False) as stream:
                    async for _ in stream:
                        pass
                assert stream.get().text == PIECE * PIECES

            async with model:
                return await per_item_async(lambda: at_a_time(at_once, call, CALLS), CALLS)

    return asyncio.run(measure())


def delta() -> list[float]:
    """From when a piece was sent to when a script's listener has it, in milliseconds.

    As many go before, which are not counted: the first full collection of garbage after the import
    of pydantic-ai looks through more than 100 000 objects.
    """

    @host_function(effect="control")
    def now() -> float:
        """Tell the time of the clock that the server stamps with."""
        return time.monotonic() * 1000

    async def measure() -> list[float]:
        with _server() as url:
            engine = ModelEngine.of("openai-chat:stamps", base_url=url)

            @host_function(effect="control")
            def stamping_engine() -> EngineObject:
                """Make an engine whose words are times."""
                return EngineObject(engine)

            names = ["now", "stampingEngine"]
            binding = Binding(name="models", functions=[now, stamping_engine], global_names=names)
            async with Runtime(bindings=[*load_bindings(), binding]) as runtime:
                await runtime.run_source(LISTEN % RUNS)
                late: list[float] = await runtime.run_source(LISTEN % RUNS)
                return late

    return asyncio.run(measure())
