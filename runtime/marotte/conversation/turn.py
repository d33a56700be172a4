"""Turns and blocks: one exchange and its parts, as plain data."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from typing_extensions import TypeAliasType

from marotte.conversation.errors import InvalidValueError
from marotte.conversation.json_value import clone_json, copy_json, describe, validate_as

MAX_TURN_SIZE = 16 * 1024 * 1024
"""The largest turn, in characters of its JSON text."""

BlockKind: TypeAlias = Literal[
    "user", "llm_text", "tool_call", "tool_use", "system", "reasoning", "image", "other"
]
"""The kinds of blocks in use."""

_BLOCK_KINDS: list[JsonValue] = list(get_args(BlockKind))

AnyBlockKind = TypeAliasType(
    "AnyBlockKind",
    Annotated[
        str,
        Field(
            min_length=1,
            description="What a block is: one of the kinds in use, or another.",
            examples=_BLOCK_KINDS,
        ),
    ],
)

JsonObject: TypeAlias = dict[str, JsonValue]


def new_id() -> str:
    """Return a fresh random identifier."""
    return str(uuid.uuid4())


class Block(BaseModel):
    """One part of a turn: a message, a tool call, its result, an image.

    The kinds in use are those of `consts.BlockKind`; a kind that is none of them is kept as it is.
    """

    model_config = ConfigDict(extra="forbid")

    id: str = Field(default_factory=new_id, description="Identifies the block within its turn.")
    kind: AnyBlockKind = Field(description="What the block is.")
    role: str | None = Field(default=None, description="Who speaks, where someone does.")
    payload: JsonObject = Field(default_factory=dict, description="The content, by kind.")
    metadata: JsonObject = Field(default_factory=dict, description="About the content.")

    def wire(self) -> JsonObject:
        """Return a plain copy: `{id, kind, role?, payload, metadata}`."""
        fields: JsonObject = {"id": self.id, "kind": self.kind}
        if self.role is not None:
            fields["role"] = self.role
        fields["payload"] = clone_json(self.payload)
        fields["metadata"] = clone_json(self.metadata)
        return fields

    def clone(self) -> Block:
        """Return an independent copy."""
        parts = {"payload": clone_json(self.payload), "metadata": clone_json(self.metadata)}
        return self.model_copy(update=parts)


class Turn(BaseModel):
    """One exchange: the blocks of seed and answer, with metadata and data of the user's own."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(default_factory=new_id, description="Identifies the turn within its session.")
    blocks: list[Block] = Field(default_factory=list, description="In order of the conversation.")
    metadata: JsonObject = Field(default_factory=dict, description="About the turn.")
    data: JsonObject = Field(default_factory=dict, description="Values kept with the turn.")

    @property
    def text(self) -> str:
        """The text of the model's answer: all `llm_text` blocks, joined."""
        texts = (block.payload.get("text") for block in self.blocks if block.kind == "llm_text")
        return "".join(text for text in texts if isinstance(text, str))

    @property
    def output(self) -> JsonValue:
        """The structured result of a run that was to have one; `None` for another."""
        return self.data.get("output")

    def wire(self) -> JsonObject:
        """Return a plain copy: `{id, blocks, metadata, data}`."""
        return {
            "id": self.id,
            "blocks": [block.wire() for block in self.blocks],
            "metadata": clone_json(self.metadata),
            "data": clone_json(self.data),
        }

    def clone(self) -> Turn:
        """Return an independent copy."""
        parts = {
            "blocks": [block.clone() for block in self.blocks],
            "metadata": clone_json(self.metadata),
            "data": clone_json(self.data),
        }
        return self.model_copy(update=parts)


TurnLike: TypeAlias = Turn | Mapping[str, object]
"""A turn, or a mapping of its fields."""

BlockLike: TypeAlias = Block | Mapping[str, object]
"""A block, or a mapping of its fields."""


def normalize(turn: TurnLike, path: str = "turn") -> Turn:
    """Return a validated copy of `turn`; missing ids are assigned.

    Raises:
        InvalidValueError: for anything that is no turn, naming path, value and what was expected;
            also `TooDeepError`, and `TooLargeError` beyond `MAX_TURN_SIZE`.
    """
    fields = _plain(turn, path, "a turn")
    copied = copy_json(fields, path, max_size=MAX_TURN_SIZE)
    return validate_as(Turn, copied, path)


def new_turn(
    blocks: Iterable[BlockLike] = (),
    *,
    id: str | None = None,
    metadata: Mapping[str, object] | None = None,
    data: Mapping[str, object] | None = None,
) -> Turn:
    """Return a new turn of copies of `blocks`.

    Raises:
        InvalidValueError: as `normalize`.
    """
    parts = [_plain(block, f"turn.blocks[{i}]", "a block") for i, block in enumerate(blocks)]
    fields = {"id": id or new_id(), "blocks": parts, "metadata": metadata or {}, "data": data or {}}
    return normalize(fields)


def append_block(turn: TurnLike, block: BlockLike) -> Turn:
    """Return a copy of `turn` with a copy of `block` at its end.

    Raises:
        InvalidValueError: as `normalize`.
    """
    extended = normalize(turn)
    copied = copy_json(_plain(block, "block", "a block"), "block", max_size=MAX_TURN_SIZE)
    extended.blocks.append(validate_as(Block, copied, "block"))
    return extended


def new_user_block(text: str) -> Block:
    """Return what a user says."""
    return _text_block("user", "user", text)


def new_system_block(text: str) -> Block:
    """Return an instruction to the model."""
    return _text_block("system", "system", text)


def new_assistant_block(text: str) -> Block:
    """Return what a model says (kind `llm_text`)."""
    return _text_block("llm_text", "assistant", text)


def new_tool_call_block(id: str, name: str, args: object) -> Block:
    """Return a model's request to call tool `name`; the block's id is the call's."""
    payload = {"id": _text(id, "id"), "name": _text(name, "name"), "args": copy_json(args, "args")}
    return Block(id=id, kind="tool_call", payload=payload)


def new_tool_use_block(id: str, result: object, error: str | None = None) -> Block:
    """Return the outcome of tool call `id`: its result, or the text of its error."""
    payload: JsonObject = {"id": _text(id, "id"), "result": copy_json(result, "result")}
    if error is not None:
        payload["error"] = _text(error, "error")
    return Block(kind="tool_use", payload=payload)


def _text_block(kind: str, role: str, text: str) -> Block:
    return Block(kind=kind, role=role, payload={"text": _text(text, "text")})


def _text(value: object, path: str) -> str:
    if isinstance(value, str):
        return value
    raise InvalidValueError(path, f"expected text, got {describe(value)}")


def _plain(value: object, path: str, what: str) -> Mapping[str, object]:
    """Return the fields of `value` without looking into them: it may hold anything."""
    if isinstance(value, Turn):
        blocks = [_plain(block, f"{path}.blocks", "a block") for block in value.blocks]
        return {**dict(value), "blocks": blocks}
    if isinstance(value, Block):
        return dict(value)
    if isinstance(value, Mapping):
        return value
    raise InvalidValueError(path, f"expected {what}, got {describe(value)}")
