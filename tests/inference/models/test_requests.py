"""What a request says: settings, tools, the choice among them, the shape of the result, images."""

import json
from typing import Any

import pytest
from pydantic import JsonValue
from tests.inference.models.conftest import Asked
from tests.inference.models.raw_server import recording

from marotte.conversation import (
    Block,
    Session,
    Turn,
    new_tool_call_block,
    new_tool_use_block,
    new_turn,
    new_user_block,
)
from marotte.inference import EngineContext, ToolDefinition, TurnComputation
from marotte.inference.models import ModelEngine
from marotte.runs import EngineError

TOOLS = [
    ToolDefinition("add", "Adds", {"type": "object", "properties": {"a": {"type": "number"}}}),
    ToolDefinition("now"),
]
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"sum": {"type": "number"}},
    "required": ["sum"],
    "additionalProperties": False,
}


class Prepared:
    """A model engine in a context with tools and a schema."""

    name = "prepared"

    def __init__(self, engine: ModelEngine, context: dict[str, Any]) -> None:
        self.engine = engine
        self.context = context

    async def infer(self, turn: Turn, ctx: EngineContext) -> None:
        for name, value in self.context.items():
            setattr(ctx, name, value)
        await self.engine.infer(turn, ctx)


async def body_of(asked: Asked, context: dict[str, Any], **options: object) -> dict[str, Any]:
    """The body that is sent for a context."""
    return await sent(asked, new_turn([new_user_block("hello")]), context, **options)


async def sent(
    asked: Asked, seed: Turn, context: dict[str, Any] | None = None, **options: object
) -> dict[str, Any]:
    asked.stand_in.say('{"sum": 1}')
    async with recording(asked.stand_in.port) as server:
        engine = asked.engine(base_url=asked.place(server.url), **options)
        computation = TurnComputation(Prepared(engine, context or {}))
        await asked.runs.start(computation, session=Session(), seed=seed)
    ((_, body),) = server.requests
    read: dict[str, Any] = json.loads(body)
    return read


async def test_settings_are_sent(asked: Asked) -> None:
    said = await body_of(asked, {}, max_tokens=99)
    assert 99 in said.values()


async def test_tools_are_sent(asked: Asked) -> None:
    said = await body_of(asked, {"tools": TOOLS})
    functions = [tool.get("function", tool) for tool in said["tools"]]
    assert [function["name"] for function in functions] == ["add", "now"]
    assert functions[0]["description"] == "Adds"


async def test_no_tools_no_choice(asked: Asked) -> None:
    said = await body_of(asked, {"tool_choice": "required"}, parallel_tool_calls=False)
    assert not said.get("tools")
    assert "required" not in str(said.get("tool_choice"))


@pytest.mark.parametrize(
    ("choice", "sent"),
    [("required", ("required", "any")), ("none", ("none",)), ("add", ("add", "required", "any"))],
)
async def test_the_choice_is_sent(asked: Asked, choice: str, sent: tuple[str, ...]) -> None:
    said = await body_of(asked, {"tools": TOOLS, "tool_choice": choice})
    told = str(said.get("tool_choice", "none"))
    assert any(word in told for word in sent)


async def test_a_tool_that_is_not_there_cannot_be_chosen(asked_once: Asked) -> None:
    with pytest.raises(EngineError, match=r"cannot be asked that: .*nonsense"):
        await body_of(asked_once, {"tools": TOOLS, "tool_choice": "nonsense"})


async def test_a_schema_of_the_result_is_sent_natively(asked: Asked) -> None:
    said = await body_of(asked, {"output_schema": SCHEMA})
    places = [said.get(name) for name in ("response_format", "text", "output_config")]
    told = str([place for place in places if place])
    assert "json_schema" in told
    assert "sum" in told


async def test_images_are_sent(asked: Asked) -> None:
    seed = new_turn(
        [
            new_user_block("what is this?"),
            Block(kind="image", role="user", payload={"data": "AAAA", "media_type": "image/png"}),
            Block(
                kind="user",
                role="user",
                payload={"text": "and this?", "images": ["https://example.test/a.png"]},
            ),
        ]
    )
    body = await sent(asked, seed)
    told = str(body.get("messages") or body["input"])
    assert told.index("what is this?") < told.index("AAAA") < told.index("and this?")
    assert "https://example.test/a.png" in told


@pytest.mark.parametrize("args", ["no JSON", '{"a": 1', [1], "", None, 7])
async def test_wrong_arguments_of_a_model_go_back_to_it(asked: Asked, args: JsonValue) -> None:
    seed = new_turn(
        [
            new_user_block("add"),
            new_tool_call_block("call_1", "add", args),
            new_tool_use_block("call_1", None, "arguments: expected an object"),
        ]
    )
    assert "expected an object" in str(await sent(asked, seed, {"tools": TOOLS}))


async def test_what_cannot_be_said_is_named(asked_once: Asked) -> None:
    seed = new_turn([Block(kind="user", role="user")])
    with pytest.raises(EngineError, match=r"blocks\[0\] \(user\).payload.text"):
        await asked_once.runs.start(
            TurnComputation(asked_once.engine()), session=Session(), seed=seed
        )
    assert asked_once.stand_in.requests() == []
