"""A conversation with tools, byte for byte: what goes through our turns is sent as without them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from pydantic import JsonValue
from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import (
    ImageUrl,
    ModelMessage,
    ModelRequest,
    SystemPromptPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.tools import ToolDefinition as Tool
from tests.inference.models.conftest import KEY
from tests.inference.models.raw_server import RawServer, recording, running_raw_server
from tests.inference.models.stand_in import Fixture, StandIn

from marotte.conversation import (
    Block,
    Session,
    new_system_block,
    new_turn,
    new_user_block,
    normalize,
)
from marotte.inference import (
    Pipeline,
    ToolContext,
    ToolDefinition,
    ToolRegistry,
    TurnComputation,
)
from marotte.inference.models import ModelEngine
from marotte.inference.models.options import ModelOptions
from marotte.inference.models.target import Target, make_target
from marotte.inference.models.wire import messages_of
from marotte.inference.models.wire.clients import make_http, make_model
from marotte.runs import Runs

SCHEMA: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "number"}},
}
TOOL = ToolDefinition("weather", "Tells the weather", SCHEMA)
IMAGE = "https://example.test/map.png"
RESULTS: dict[str, JsonValue] = {"Graz": {"sky": "clear", "°C": 21.50}, "Linz": [1, None, "ß"]}

ANSWERS: tuple[Fixture, ...] = (
    {
        "content": "Let me look.",
        "reasoning": "Two cities, so two calls.",
        "toolCalls": [
            {"name": "weather", "arguments": '{ "city":"Graz",  "days": 1.0 }', "id": "call_a"},
            {"name": "weather", "arguments": '{"city":"Linz","days":2}', "id": "call_b"},
        ],
    },
    {
        "toolCalls": [{"name": "weather", "arguments": "{}", "id": "call_c"}],
        "reasoning": "And one that fails.",
    },
    {"content": "Clear in Graz — “ß” in Linz.", "reasoning": "That is it."},
    {"content": "You are welcome."},
)


def result_of(args: JsonValue) -> JsonValue:
    city = args.get("city") if isinstance(args, dict) else None
    return RESULTS.get(str(city))


class Weather:
    """The tool."""

    definition = TOOL

    async def execute(self, args: JsonValue, ctx: ToolContext) -> JsonValue:
        result = result_of(args)
        if result is None:
            raise LookupError("no such city")
        return result


def target_of(wire: str, server: RawServer) -> Target:
    url = f"{server.url}/v1" if wire.startswith("openai") else server.url
    return make_target(wire, ModelOptions.model_validate({"baseURL": url, "apiKey": KEY}))


async def converse_without_us(wire: str, server: RawServer) -> list[ModelMessage]:
    """The conversation, by pydantic-ai's `direct` layer alone."""
    target = target_of(wire, server)
    tool = Tool(name=TOOL.name, description=TOOL.description, parameters_json_schema=SCHEMA)
    parameters = ModelRequestParameters(function_tools=[tool])
    first = ModelRequest(
        [SystemPromptPart("Be brief."), UserPromptPart(["Look:", ImageUrl(IMAGE)])]
    )
    messages: list[ModelMessage] = [first]
    async with make_http(target) as http:
        model = make_model(target, http)
        for _ in ANSWERS:
            async with model_request_stream(
                model, messages, model_request_parameters=parameters
            ) as stream:
                async for _event in stream:
                    pass
            response = stream.get()
            calls = [part for part in response.parts if isinstance(part, ToolCallPart)]
            thanks = ModelRequest([UserPromptPart("Thanks.")])
            returned = ModelRequest([*map(returned_for, calls)]) if calls else thanks
            messages += [response, returned]
    return messages[:-1]


def returned_for(call: ToolCallPart) -> ToolReturnPart:
    result = result_of(call.args_as_dict())
    if result is None:
        failed = ToolReturnPart(call.tool_name, "no such city", call.tool_call_id)
        return replace(failed, outcome="failed")
    return ToolReturnPart(call.tool_name, result, call.tool_call_id)


async def converse_with_us(wire: str, server: RawServer, runs: Runs) -> Session:
    """The same, through a session, whose turns go through JSON in between."""
    engine = ModelEngine(target_of(wire, server), wire)
    computation = TurnComputation(Pipeline(engine, tools=ToolRegistry([Weather()])))
    look = Block(kind="user", role="user", payload={"text": "Look:", "images": [{"url": IMAGE}]})
    seed = new_turn([new_system_block("Be brief."), look])
    session = Session()
    await runs.start(computation, session=session, seed=seed)
    stored = [normalize(json.loads(json.dumps(turn.wire()))) for turn in session.turns()]
    again = Session(turns=stored)
    await runs.start(computation, session=again, seed=new_turn([new_user_block("Thanks.")]))
    return again


@pytest.mark.parametrize(
    ("wire", "secret"),
    [
        ("openai-chat:gpt-4o", "item_id"),
        ("openai-responses:gpt-5", "encrypted_content"),
        ("openai-responses:gpt-5", "item_id"),
        ("anthropic:claude-opus-4-8", "encrypted_content"),
    ],
)
async def test_a_conversation_is_sent_byte_by_byte_as_without_us(
    runs: Runs, stand_in: StandIn, wire: str, secret: str
) -> None:
    fixtures = [
        {"match": {"sequenceIndex": number}, "response": response}
        for number, response in enumerate(ANSWERS)
    ]
    stand_in.answer(*fixtures)
    async with recording(stand_in.port) as recorder:
        messages = await converse_without_us(wire, recorder)
    async with running_raw_server(*recorder.scripts) as server:
        session = await converse_with_us(wire, server, runs)
    assert len(server.requests) == len(ANSWERS)
    assert [body for _, body in server.requests] == [body for _, body in recorder.requests]
    blocks = [block for turn in session.turns() for block in turn.blocks]
    assert {block.kind for block in blocks} >= {"system", "user", "tool_call", "tool_use"}
    reasoning = [block.payload for block in blocks if block.kind == "reasoning"]
    assert len(reasoning) >= 3
    secrets = [str(payload[secret]) for payload in reasoning]
    assert [each for each in secrets[:3] if each.encode() not in server.requests[-1][1]] == []
    assert len(messages_of(blocks)) == len(messages)
