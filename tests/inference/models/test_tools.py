"""The tool loop over real models: tools offered, called, answered; structured results."""

import pytest
from tests.inference.models.conftest import Asked
from tests.inference.models.stand_in import Fixture

from marotte.conversation import (
    Session,
    new_tool_call_block,
    new_tool_use_block,
    new_turn,
    new_user_block,
)
from marotte.events import ModelCallFinished, ToolExecutionFinished
from marotte.inference import Pipeline, ToolLoopSettings, ToolRegistry, TurnComputation, tool
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


@pytest.mark.parametrize("registry_given", [True, False])
async def test_calls_that_nothing_executes_do_not_break_the_conversation(
    asked: Asked, registry_given: bool
) -> None:
    asked.stand_in.answer(asks(0, "{}", '{"a": 1}'), says(1, "then not"))
    session = Session()
    off = ToolLoopSettings(enabled=False)
    pipeline = Pipeline(asked.engine(), tools=registry() if registry_given else None, tool_loop=off)
    first = await asked.runs.start(TurnComputation(pipeline), session=session, seed="add")
    kinds = ["user", "tool_call", "tool_call", "tool_use", "tool_use"]
    assert [block.kind for block in first.blocks] == kinds
    turn = await asked.runs.start(TurnComputation(pipeline), session=session, seed="go on")
    assert turn.text == "then not"
    sent = asked.stand_in.requests()[1]["body"]["messages"]
    results = [each for each in sent if each["role"] == "tool"]
    assert [each["tool_call_id"] for each in results] == ["call_0_0", "call_0_1"]
    assert all("not executed" in each["content"] for each in results)


async def test_calls_left_open_are_answered_on_the_wire(asked: Asked) -> None:
    asked.stand_in.say("fine")
    session = Session()
    blocks = [
        new_user_block("add"),
        new_tool_call_block("c1", "add", {"a": 1}),
        new_tool_call_block("c2", "add", {"a": 2}),
        new_tool_use_block("c2", 2),
    ]
    session.append(new_turn(blocks))
    await asked.runs.start(TurnComputation(asked.engine()), session=session, seed="go on")
    sent = asked.stand_in.requests()[0]["body"]["messages"]
    results = [each for each in sent if each["role"] == "tool"]
    assert [each["tool_call_id"] for each in results] == ["c2", "c1"]
    assert results[0]["content"] == "2"
    assert "not executed" in results[1]["content"]
