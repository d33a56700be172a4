"""Turns and blocks as the older module has them, for the typings."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

from marotte.conversation import AnyBlockKind, JsonObject

__all__ = ["BlockInputType", "BlockType", "TurnInputType", "TurnType", "named"]


def named(title: str, *, frozen: bool = False) -> ConfigDict:
    """The configuration of a model that the typings call so; of a frozen one, nothing is set."""
    return ConfigDict(
        title=title, alias_generator=to_camel, arbitrary_types_allowed=True, frozen=frozen
    )


class BlockType(BaseModel):
    """One part of a turn, as scripts get it."""

    model_config = named("Block")

    id: str = Field(description="Identifies the block; empty as long as nobody has assigned one.")
    kind: AnyBlockKind = Field(description="What the block is, in lower case.")
    role: str | None = Field(description="Who speaks, where someone does.")
    payload: JsonObject = Field(description="The content, by kind.")
    metadata: JsonObject | None = Field(description="About the content; absent if empty.")


class BlockInputType(BaseModel):
    """One part of a turn, as scripts give it.

    Without a `payload`, it is made of the fields behind it.
    """

    model_config = named("BlockInput")

    id: str | None = Field(default=None, description="Identifies the block.")
    kind: AnyBlockKind | None = Field(
        default=None, description="What the block is; absent: `other`."
    )
    role: str | None = Field(default=None, description="Who speaks.")
    payload: JsonObject | None = Field(default=None, description="The content, by kind.")
    metadata: JsonObject | None = Field(default=None, description="About the content.")
    text: str | None = Field(default=None, description="What is said.")
    name: str | None = Field(default=None, description="The tool.")
    args: JsonValue = Field(default=None, description="The arguments of a call.")
    result: JsonValue = Field(default=None, description="The result of a call.")
    error: str | None = Field(default=None, description="Why a call failed.")


class TurnType(BaseModel):
    """One exchange, as scripts get it."""

    model_config = named("Turn")

    id: str = Field(description="Identifies the turn; empty as long as nobody has assigned one.")
    blocks: list[BlockType] = Field(description="In order of the conversation.")
    metadata: JsonObject | None = Field(description="About the turn; absent if empty.")
    data: JsonObject | None = Field(description="Values kept with the turn; absent if empty.")


class TurnInputType(BaseModel):
    """One exchange, as scripts give it."""

    model_config = named("TurnInput")

    id: str | None = Field(default=None, description="Identifies the turn.")
    blocks: list[BlockInputType] | None = Field(default=None, description="In order.")
    metadata: JsonObject | None = Field(default=None, description="About the turn.")
    data: JsonObject | None = Field(default=None, description="Values kept with the turn.")
