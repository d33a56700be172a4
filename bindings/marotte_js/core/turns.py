"""`turns`: builders of turns and blocks, as plain data."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, PlainValidator

from marotte import conversation
from marotte.conversation import Block, JsonObject, Turn
from marotte.realm import CompletedBy, TypeArguments, TypedAs, TypeScript, host_function
from marotte_js.core.options import OF_OUTPUT
from marotte_js.core.wording import in_own_words

__all__ = [
    "TURNS",
    "AnsweredTurn",
    "BlockInput",
    "OptionalTurn",
    "RunTurn",
    "TurnInput",
    "TurnList",
]


@in_own_words
def _turn(value: Any) -> Turn:
    return conversation.normalize(value, "turn")


def _block(value: Any) -> Block:
    turn = _turn({"blocks": [value]})
    return turn.blocks[0]


TurnInput: TypeAlias = Annotated[Turn, PlainValidator(_turn, json_schema_input_type=Turn)]
"""A turn; what it leaves out is filled in."""

BlockInput: TypeAlias = Annotated[Block, PlainValidator(_block, json_schema_input_type=Block)]
"""A block; what it leaves out is filled in."""


class _AnsweredTurn(BaseModel):
    """A turn of a session, with what it says at hand: plain data, but for `text` and `output`.

    These two are read from the blocks and the data, and are in no JSON and no copy.
    """

    model_config = ConfigDict(title="AnsweredTurn")

    id: str = Field(description="Identifies the turn within its session.")
    blocks: list[Block] = Field(description="In order of the conversation.")
    metadata: JsonObject = Field(description="About the turn.")
    data: JsonObject = Field(description="Values kept with the turn.")
    text: str = Field(description="The text of the model's answer.")
    output: Annotated[JsonValue, TypeScript("Output", ("Output = JsonValue | undefined",))] = Field(
        description="The structured result, if the run had an `outputSchema`."
    )


_AnyAnswer: TypeAlias = Annotated[_AnsweredTurn, TypeArguments()]

AnsweredTurn: TypeAlias = Annotated[Turn, CompletedBy("core", "turn"), TypedAs(_AnyAnswer)]
"""A turn with `text` and `output`, which the face adds."""

RunTurn: TypeAlias = Annotated[
    Turn,
    CompletedBy("core", "turn"),
    TypedAs(Annotated[_AnsweredTurn, TypeArguments(("OutputOf<S>",), OF_OUTPUT)]),
]
"""As `AnsweredTurn`, of a run whose options say what its `output` is."""

OptionalTurn: TypeAlias = Annotated[
    Turn | None, CompletedBy("core", "turn"), TypedAs(_AnyAnswer | None)
]
"""As `AnsweredTurn`, or nothing."""

TurnList: TypeAlias = Annotated[list[Turn], CompletedBy("core", "turns"), TypedAs(list[_AnyAnswer])]
"""Turns as `AnsweredTurn`."""


@host_function(effect="control")
def new_turn(turn: TurnInput | None = None) -> Turn:
    """Make a turn from its fields; an id is assigned where there is none.

    Args:
        turn: Its fields; those that are left out are empty.
    """
    return conversation.new_turn() if turn is None else turn


@host_function(effect="control")
def normalize(turn: TurnInput) -> Turn:
    """Complete a turn: ids, kinds and payloads as they are kept.

    Args:
        turn: The turn; it stays as it is.

    Raises:
        TypeError: It is no turn; the message names the path, the value and what was expected.
    """
    return turn


@host_function(effect="control")
def append_block(turn: TurnInput, block: BlockInput) -> Turn:
    """Make a turn that has one block more; the given one stays as it is.

    Args:
        turn: The turn; it stays as it is.
        block: What comes last in the new one.
    """
    return conversation.append_block(turn, block)


@host_function(effect="control")
def new_user_block(text: str) -> Block:
    """Make a block with what the user says.

    Args:
        text: What the user says.
    """
    return conversation.new_user_block(text)


@host_function(effect="control")
def new_system_block(text: str) -> Block:
    """Make a block with instructions.

    Args:
        text: The instructions.
    """
    return conversation.new_system_block(text)


@host_function(effect="control")
def new_assistant_block(text: str) -> Block:
    """Make a block with what the model says.

    Args:
        text: What the model says.
    """
    return conversation.new_assistant_block(text)


@host_function(effect="control")
def new_tool_call_block(id: str, name: str, args: JsonValue = None) -> Block:
    """Make a block in which the model asks for a tool.

    Args:
        id: Identifies the call; also the block's id.
        name: The tool.
        args: Its arguments.
    """
    return conversation.new_tool_call_block(id, name, args)


@host_function(effect="control")
def new_tool_use_block(id: str, result: JsonValue = None, error: str | None = None) -> Block:
    """Make a block with what a tool answered.

    Args:
        id: Of the call.
        result: What it returned.
        error: Why it failed.
    """
    return conversation.new_tool_use_block(id, result, error)


TURNS = (
    new_turn,
    normalize,
    append_block,
    new_user_block,
    new_system_block,
    new_assistant_block,
    new_tool_call_block,
    new_tool_use_block,
)
