"""Python functions as tools: their schema, their arguments, and what they return."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Annotated, Any, ClassVar, Literal, cast

import pytest
from pydantic import BaseModel, Field, GetJsonSchemaHandler, JsonValue
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from tests.inference.tool_support import Conversation, asks, call, uses

from marotte.conversation import InvalidValueError
from marotte.inference import FunctionTool, Tool, ToolContext, ToolDefinition, ToolRegistry, tool
from marotte.runs import Runs


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Place(BaseModel):
    """Somewhere."""

    city: str
    country: str = "CH"


@tool
def look_up(
    term: str,
    limit: Annotated[int, Field(ge=1, le=9)] = 3,
    *,
    order: Literal["new", "old"] = "new",
) -> list[str]:
    """Find entries for a term.

    They come from the dictionary.

    Args:
        term: What to look for,
            in any language.
        limit: How many, at most.

    Returns:
        The entries.
    """
    return [f"{term} {number} {order}" for number in range(limit)]


def test_the_schema_comes_from_hints_and_docstring() -> None:
    assert look_up.definition == ToolDefinition(
        name="look_up",
        description="Find entries for a term.\n\nThey come from the dictionary.",
        parameters={
            "type": "object",
            "properties": {
                "term": {"type": "string", "description": "What to look for, in any language."},
                "limit": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": 9,
                    "default": 3,
                    "description": "How many, at most.",
                },
                "order": {"type": "string", "enum": ["new", "old"], "default": "new"},
            },
            "required": ["term"],
            "additionalProperties": False,
        },
    )


PLACE = {
    "type": "object",
    "description": "Somewhere.",
    "properties": {"city": {"type": "string"}, "country": {"type": "string", "default": "CH"}},
    "required": ["city", "country"],
}


@pytest.mark.parametrize(
    ("hint", "schema"),
    [
        (Place, PLACE),
        (int | None, {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        (None, {"type": "null"}),
        (object, {}),
        (Any, None),
        (Callable[[], int], None),
        (pytest.ExitCode | pytest.Item, None),
    ],
)
def test_the_schema_of_the_result_comes_from_its_hint(hint: object, schema: JsonValue) -> None:
    def give() -> object:
        return None

    assert FunctionTool(give).result_schema == {}
    give.__annotations__["return"] = hint
    assert FunctionTool(give).result_schema == schema
    del give.__annotations__["return"]
    assert FunctionTool(give).result_schema is None
    assert isinstance(look_up, Tool)


class Made(BaseModel):
    what: Any = object()

    asked: ClassVar[list[object]] = []

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        cls.asked.append(schema)
        return handler(schema)


def test_the_schema_of_the_result_is_made_once_when_it_is_asked_for() -> None:
    @tool
    def make() -> Made:
        return Made()

    ToolRegistry([make])
    assert Made.asked == []
    # A warning, that the default is no JSON, would be an error here.
    assert make.result_schema == {
        "type": "object",
        "properties": {"what": {}},
        "required": ["what"],
    }
    assert make.result_schema is make.result_schema
    assert len(Made.asked) == 1


def test_it_can_be_called_as_before() -> None:
    assert look_up("a", 2) == ["a 0 new", "a 1 new"]


def test_name_and_description_can_be_given() -> None:
    @tool(name="other", description="Something else.")
    def mine() -> None:
        """Not this."""

    assert mine.definition.name == "other"
    assert mine.definition.description == "Something else."


def test_a_property_named_title_stays() -> None:
    @tool
    def book(title: str, default: str = "title") -> None: ...

    assert book.definition.parameters["properties"] == {
        "title": {"type": "string"},
        "default": {"type": "string", "default": "title"},
    }


@pytest.mark.parametrize("annotated", [True, False])
def test_the_context_is_not_shown(annotated: bool) -> None:
    if annotated:

        @tool
        def take(call: ToolContext, a: int) -> None: ...
    else:

        def bare(ctx, a: int) -> None: ...  # type: ignore[no-untyped-def]  # noqa: ANN001

        take = cast("Any", tool(bare))

    assert list(cast("Any", take.definition.parameters["properties"])) == ["a"]


async def execute(runs: Runs, made: Tool, **args: JsonValue) -> tuple[JsonValue, JsonValue]:
    asked = asks(call(made.definition.name, **args))
    turn = await Conversation(runs, [asked, "done"], [made]).start()
    ((_, result, error),) = uses(turn.blocks)
    return result, error


async def test_arguments_become_what_the_annotations_say(runs: Runs) -> None:
    @tool
    async def visit(place: Place, day: date, colour: Colour, name: str, ctx: str = "x") -> object:
        assert isinstance(place, Place)
        assert isinstance(day, date)
        return [place, day, colour, name, ctx]

    result, error = await execute(
        runs, visit, place={"city": "Bern"}, day="2026-02-03", colour="blue", name="me", ctx="y"
    )
    assert error is None
    assert result == [{"city": "Bern", "country": "CH"}, "2026-02-03", "blue", "me", "y"]


async def test_what_json_schema_cannot_say_is_checked_too(runs: Runs) -> None:
    @tool
    def on(day: date) -> None: ...

    result, error = await execute(runs, on, day="no day")
    assert result is None
    assert str(error).startswith("arguments.day: input should be a valid date")


async def test_defaults_are_those_of_the_function(runs: Runs) -> None:
    assert await execute(runs, look_up, term="a") == (["a 0 new", "a 1 new", "a 2 new"], None)


@dataclass
class Point:
    x: int


@pytest.mark.parametrize(
    ("returned", "result"),
    [
        (None, None),
        (Place(city="Bern"), {"city": "Bern", "country": "CH"}),
        (Point(1), {"x": 1}),
        ((1, 2), [1, 2]),
        ({"a": date(2026, 2, 3)}, {"a": "2026-02-03"}),
    ],
)
async def test_what_it_returns_becomes_json(
    runs: Runs, returned: object, result: JsonValue
) -> None:
    @tool
    def give() -> object:
        return returned

    assert await execute(runs, give) == (result, None)


async def test_objects_that_can_be_called_are_functions(runs: Runs) -> None:
    class Adder:
        """Add to a number."""

        def __init__(self, number: int) -> None:
            self.number = number

        async def __call__(self, a: int) -> int:
            return self.number + a

    made: FunctionTool[..., Any] = FunctionTool(Adder(40), name="adder")
    assert made.definition.description == "Add to a number."
    assert await execute(runs, made, a=2) == (42, None)


async def test_a_method_is_a_function(runs: Runs) -> None:
    class Counter:
        count = 0

        def increase(self, by: int = 1) -> int:
            self.count += by
            return self.count

    made: FunctionTool[..., Any] = FunctionTool(Counter().increase)
    assert await execute(runs, made, by=3) == (3, None)


def variadic(*terms: str) -> None: ...
def named(**terms: str) -> None: ...
def positional(term: str, /) -> None: ...
def opaque(thing: object, other: Callable[[], int]) -> None: ...


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (7, "tool: expected a function, got 7"),
        (variadic, "tool variadic: parameter terms cannot be given by name"),
        (named, "tool named: parameter terms cannot be given by name"),
        (positional, "tool positional: parameter term cannot be given by name"),
        (opaque, "tool opaque: parameters: "),
    ],
)
def test_what_json_cannot_fill_is_refused(function: object, message: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        FunctionTool(cast("Any", function))
    assert str(caught.value).startswith(message)
