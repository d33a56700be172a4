"""Tool calls: what the loop adds to a call of a Python function, without a model in between."""

from __future__ import annotations

import asyncio

from pydantic import JsonValue

from benchmarks.measuring import at_a_time, per_item_async
from marotte import EngineContext, Runtime, Turn, tool
from marotte.conversation import new_tool_call_block

__all__ = ["bare_calls", "calls"]

CALLS = 20
RUNS = 100
PARAMETERS: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
    "required": ["a", "b"],
}


class Asking:
    """Asks for one tool after another, so many times."""

    name = "asking"

    async def infer(self, turn: Turn, ctx: EngineContext) -> None:
        asked = sum(block.kind == "tool_call" for block in turn.blocks)
        if asked < CALLS:
            turn.blocks.append(new_tool_call_block(str(asked), "add", {"a": asked, "b": 1}))


def calls(at_once: int) -> list[float]:
    """Runs of many calls, one after another, `at_once` runs at a time; each in microseconds.

    What is measured is all that belongs to a call: validation, time limit, three events in the
    log, the result as a block, and the next call of the engine.
    """

    @tool
    async def add(a: int, b: int) -> int:
        return a + b

    async def measure() -> list[float]:
        async with Runtime() as runtime:

            async def run() -> None:
                session = runtime.session(
                    engine=Asking(), tools=[add], tool_loop={"maxIterations": CALLS + 1}
                )
                turn = await session.start("go")
                assert len(turn.blocks) == 2 * CALLS + 1

            return await per_item_async(lambda: at_a_time(at_once, run, RUNS), RUNS * CALLS)

    return asyncio.run(measure())


def bare_calls(at_once: int) -> list[float]:
    """The same by hand: arguments are validated by the same library, time is limited."""
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(PARAMETERS)

    async def add(a: int, b: int) -> int:
        return a + b

    async def run() -> None:
        blocks: list[object] = []
        for number in range(CALLS):
            args = {"a": number, "b": 1}
            validator.validate(args)
            blocks += [args, await asyncio.wait_for(add(**args), 30)]
        assert len(blocks) == 2 * CALLS

    async def measure() -> list[float]:
        return await per_item_async(lambda: at_a_time(at_once, run, RUNS), RUNS * CALLS)

    return asyncio.run(measure())
