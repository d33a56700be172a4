"""Blocks as messages of pydantic-ai, and back, without loss.

Messages are read and written in pydantic-ai's own JSON form. Each part is one block. What a script
may want to see or change of it is in the block's payload, and goes first on the way back; what only
the provider understands (signatures, item ids, details) is in `metadata.part`. A model's answer is
one message: its first block tells in `metadata.response` where it came from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import JsonValue, ValidationError
from pydantic_ai.messages import ModelMessage, ModelMessagesTypeAdapter, ModelResponse

from marotte.conversation import (
    Block,
    InvalidValueError,
    JsonObject,
    copy_json,
    join_path,
    new_system_block,
)
from marotte.inference.models.wire.parts import ANSWER_PARTS, read_part, write_part

_RESPONSE_FIELDS = (
    "model_name",
    "provider_name",
    "provider_url",
    "canonical_system",
    "provider_details",
    "provider_response_id",
    "finish_reason",
)


def messages_of(blocks: Iterable[Block]) -> list[ModelMessage]:
    """Return the messages that blocks say; those that are for no model are left out.

    Raises:
        InvalidValueError: A block is not what its kind says; the path names it.
    """
    messages: list[JsonObject] = []
    names: dict[str, str] = {}
    for index, block in enumerate(blocks):
        try:
            part = read_part(block, names)
        except InvalidValueError as error:
            where = f"blocks[{index}] ({block.kind}).{error.path}"
            raise InvalidValueError(where, error.problem) from None
        if part is not None:
            _parts_for(messages, block, part).append(part)
        if block.kind == "tool_call":
            names[block.id] = str(block.payload.get("name"))
            names[str(block.payload.get("id"))] = str(block.payload.get("name"))
    return _validated(messages)


def blocks_of(messages: Sequence[ModelMessage]) -> list[Block]:
    """Return blocks that say the same as messages.

    Raises:
        InvalidValueError: They hold something that blocks cannot say, such as a video.
    """
    dumped = ModelMessagesTypeAdapter.dump_python(list(messages), mode="json")
    return [block for message in dumped for block in _blocks(message)]


def answer_blocks(response: ModelResponse, request_id: str | None = None) -> list[Block]:
    """Return the blocks of a model's answer.

    Args:
        response: The answer.
        request_id: What the provider calls the request.
    """
    blocks = blocks_of([response])
    if blocks and request_id is not None:
        told = blocks[0].metadata["response"]
        blocks[0].metadata["response"] = {**_object(told), "request_id": request_id}
    return blocks


def _parts_for(messages: list[JsonObject], block: Block, part: JsonObject) -> list[JsonValue]:
    """The parts of the message that `part` belongs to, which may have to begin with it."""
    kind = "response" if part["part_kind"] in ANSWER_PARTS else "request"
    told = block.metadata.get("response") if kind == "response" else None
    if not messages or messages[-1]["kind"] != kind or isinstance(told, dict):
        fields = {name: _object(told).get(name) for name in _RESPONSE_FIELDS if told}
        messages.append({**fields, "kind": kind, "parts": []})
    parts = messages[-1]["parts"]
    assert isinstance(parts, list)
    return parts


def _blocks(message: JsonObject) -> list[Block]:
    parts, instructions = message["parts"], message.get("instructions")
    assert isinstance(parts, list)
    blocks = [write_part(_object(part)) for part in parts]
    if isinstance(instructions, str):
        blocks.insert(0, new_system_block(instructions))
    if blocks and message["kind"] == "response":
        told = {name: message.get(name) for name in _RESPONSE_FIELDS}
        known = {name: value for name, value in told.items() if value is not None}
        blocks[0].metadata["response"] = copy_json(known, "response")
    return blocks


def _validated(messages: list[JsonObject]) -> list[ModelMessage]:
    try:
        return ModelMessagesTypeAdapter.validate_python(messages)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise InvalidValueError(f"messages{join_path(first['loc'])}", first["msg"]) from None


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}
