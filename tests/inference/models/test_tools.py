"""The tool loop over real models: tools offered, called, answered; structured results."""

import pytest
from tests.inference.models.conftest import Asked
from tests.inference.models.stand_in import Fixture

from marotte.conversation import Session
from marotte.events import ModelCallFinished, ToolExecutionFinished
from marotte.inference import Pipeline, ToolRegistry, TurnComputation, tool
from marotte.runs import EngineError, RunStoppedError

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}


@tool
async def add(a: float, b: float) -> float:
    """Add two numbers.

    Args:
        a: One.
        b: The other.
    """
    return a + b


def registry() -> ToolRegistry:
    tools = ToolRegistry()
    tools.register(add)
    return tools


def asks(number: int, *arguments: str) -> Fixture:
    """The answer number `number`: it calls the tool, with each of these."""
    calls = [
        {"id": f"call_{number}_{index}", "name": "add", "arguments": text}
        for index, text in enumerate(arguments)
    ]
    return {"match": {"sequenceIndex": number}, "response": {"toolCalls": calls}}


def says(number: int, text: str) -> Fixture:
    return {"match": {"sequenceIndex": number}, "response": {"content": text}}


async def test_a_model_calls_tools_until_it_has_an_answer(asked: Asked) -> None:
    asked.stand_in.answer(
        asks(0, '{"a": 19, "b": 23}', '{"a": 1, "b": 1}'),
        asks(1, '{"a": "not a number"}', "{}"),
        says(2, "42 and 2"),
    )
    computation = TurnComputation(Pipeline(asked.engine(), tools=registry()))
    handle = asked.runs.start(computation, session=Session(), seed="add")
    turn = await handle
    assert turn.text == "42 and 2"
    assert handle.usage.requests == 3
    events = [event async for event in handle]
    finished = [event for event in events if isinstance(event, ToolExecutionFinished)]
    assert [event.result for event in finished[:2]] == [42, 2]
    assert all(event.error for event in finished[2:])
    reasons = [event.finish_reason for event in events if isinstance(event, ModelCallFinished)]
    assert reasons == ["tool_calls", "tool_calls", "stop"]
    last = str(asked.stand_in.requests()[2]["body"]["messages"])
    assert "42" in last
    assert "not a number" in last


async def test_no_call_to_a_model_begins_after_a_stop(asked: Asked) -> None:
    asked.stand_in.answer(asks(0, "{}"), says(1, "never"))

    @tool(name="add")
    async def stops() -> str:
        """Stop the run."""
        handle.stop()
        return "stopped"

    computation = TurnComputation(Pipeline(asked.engine(), tools=ToolRegistry([stops])))
    handle = asked.runs.start(computation, session=Session(), seed="add")
    with pytest.raises(RunStoppedError):
        await handle
    assert len(asked.stand_in.requests()) == 1


async def test_a_result_of_a_schema(asked: Asked) -> None:
    asked.stand_in.say('{"city": "Graz"}')
    computation = TurnComputation(Pipeline(asked.engine()))
    options = {"output_schema": SCHEMA}
    turn = await asked.runs.start(computation, session=Session(), seed="where", options=options)
    assert turn.output == {"city": "Graz"}


async def test_a_result_that_is_none_is_asked_for_again_once(asked: Asked) -> None:
    asked.stand_in.answer(says(0, "in Graz"), says(1, "{}"), says(2, '{"city": "too late"}'))
    computation = TurnComputation(Pipeline(asked.engine()))
    options = {"output_schema": SCHEMA}
    with pytest.raises(EngineError, match="city"):
        await asked.runs.start(computation, session=Session(), seed="where", options=options)
    assert len(asked.stand_in.requests()) == 2
