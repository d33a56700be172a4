"""Single blocks as single parts of a message, in pydantic-ai's JSON form, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from pydantic import JsonValue

from marotte.conversation import (
    Block,
    InvalidValueError,
    JsonObject,
    copy_json,
    describe,
    well_formed,
)
from marotte.inference.models.wire.arguments import is_canonical, read_arguments, write_arguments
from marotte.inference.models.wire.contents import read_image, read_prompt, write_prompt

PartReader: TypeAlias = Callable[[Block, Mapping[str, str]], JsonObject | None]

_OPAQUE = frozenset(("builtin-tool-call", "builtin-tool-return", "file", "compaction"))
ANSWER_PARTS = _OPAQUE | {"text", "thinking", "tool-call"}
"""Parts of a model's answer; all others are of a request."""

_DEFAULTS: Mapping[str, JsonValue] = MappingProxyType(
    {"outcome": "success", "scope": "conversation", "content_file_digests": []}
)


def write_part(part: Mapping[str, JsonValue]) -> Block:
    """Return the block for a part.

    Raises:
        InvalidValueError: A request holds something that blocks cannot say.
    """
    fields: JsonObject = {
        name: value
        for name, value in part.items()
        if value is not None and name != "timestamp" and _DEFAULTS.get(name) != value
    }
    kind = fields.pop("part_kind")
    writer = _WRITERS.get(str(kind))
    if writer is not None:
        return writer(fields)
    if kind not in _OPAQUE:
        raise InvalidValueError("part", f"expected a part that blocks can say, got {kind}")
    return Block(kind="other", metadata=_metadata({**fields, "part_kind": kind}))


def read_part(block: Block, names: Mapping[str, str]) -> JsonObject | None:
    """Return the part that a block says, `None` for a block that is for no model.

    Args:
        block: Any block.
        names: The tools that were called so far, by the ids of the calls.

    Raises:
        InvalidValueError: Its payload is not that of its kind.
    """
    reader = _READERS.get(block.kind)
    return None if reader is None else reader(block, names)


def _write_text(kind: str, role: str) -> Callable[[JsonObject], Block]:
    def write(fields: JsonObject) -> Block:
        text = well_formed(str(fields.pop("content")))
        return Block(kind=kind, role=role, payload={"text": text}, metadata=_metadata(fields))

    return write


def _write_thinking(fields: JsonObject) -> Block:
    payload: JsonObject = {"text": well_formed(str(fields.pop("content")))}
    for name, field in (("encrypted_content", "signature"), ("item_id", "id")):
        if field in fields:
            payload[name] = fields.pop(field)
    metadata = _metadata(fields)
    return Block(kind="reasoning", role="assistant", payload=payload, metadata=metadata)


def _write_call(fields: JsonObject) -> Block:
    id, name = str(fields.pop("tool_call_id")), str(fields.pop("tool_name"))
    args = fields.pop("args", None)
    said = read_arguments(args)
    if isinstance(args, str) and not is_canonical(args, said):
        fields["args"] = args
    payload: JsonObject = {"id": id, "name": name, "args": said}
    return Block(id=id, kind="tool_call", payload=payload, metadata=_metadata(fields))


def _write_return(fields: JsonObject) -> Block:
    payload: JsonObject = {"id": fields.pop("tool_call_id")}
    content = fields.pop("content", None)
    if fields.get("outcome") == "failed" and isinstance(content, str):
        del fields["outcome"]
        payload |= {"result": None, "error": content}
    else:
        payload["result"] = copy_json(content, "content")
    return Block(kind="tool_use", payload=payload, metadata=_metadata(fields))


def _write_user(fields: JsonObject) -> Block:
    payload = write_prompt(fields.pop("content"))
    return Block(kind="user", role="user", payload=payload, metadata=_metadata(fields))


def _metadata(fields: Mapping[str, JsonValue]) -> JsonObject:
    """Keep what is JSON here too: a number beyond it is no reason to refuse a whole answer."""
    kept: JsonObject = {}
    for name, value in fields.items():
        try:
            kept[name] = copy_json(value)
        except InvalidValueError:
            continue
    return {"part": kept} if kept else {}


def _read_text(kind: str) -> PartReader:
    def read(block: Block, names: Mapping[str, str]) -> JsonObject:
        return {**_kept(block), "part_kind": kind, "content": _text(block, "text")}

    return read


def _read_thinking(block: Block, names: Mapping[str, str]) -> JsonObject:
    text, payload = block.payload.get("text"), block.payload
    return {
        **_kept(block),
        "part_kind": "thinking",
        "content": text if isinstance(text, str) else "",
        "signature": payload.get("encrypted_content"),
        "id": payload.get("item_id"),
    }


def _read_call(block: Block, names: Mapping[str, str]) -> JsonObject:
    kept = _kept(block)
    said = block.payload.get("args")
    return {
        **kept,
        "part_kind": "tool-call",
        "tool_call_id": _text(block, "id"),
        "tool_name": _text(block, "name"),
        "args": write_arguments({} if said is None else said, kept.get("args")),
    }


def _read_return(block: Block, names: Mapping[str, str]) -> JsonObject:
    id, error, kept = _text(block, "id"), block.payload.get("error"), _kept(block)
    part: JsonObject = {
        **kept,
        "part_kind": "tool-return",
        "tool_call_id": id,
        "tool_name": kept.get("tool_name") or names.get(id, "tool"),
        "content": block.payload.get("result"),
        # A result that looks like a file stays what it is: nothing is fetched on its behalf.
        "content_file_digests": [],
    }
    return {**part, "content": error, "outcome": "failed"} if isinstance(error, str) else part


def _read_user(block: Block, names: Mapping[str, str]) -> JsonObject:
    content = read_prompt(block.payload)
    return {**_kept(block), "part_kind": "user-prompt", "content": content}


def _read_image(block: Block, names: Mapping[str, str]) -> JsonObject:
    return {"part_kind": "user-prompt", "content": [read_image(block.payload, "payload")]}


def _read_other(block: Block, names: Mapping[str, str]) -> JsonObject | None:
    part = _kept(block)
    if part.get("part_kind") not in _OPAQUE:
        return None
    return {**part, "content_file_digests": []} if "content" in part else part


def _kept(block: Block) -> JsonObject:
    part = block.metadata.get("part")
    return dict(part) if isinstance(part, dict) else {}


def _text(block: Block, name: str) -> str:
    value = block.payload.get(name)
    if isinstance(value, str):
        return value
    raise InvalidValueError(f"payload.{name}", f"expected text, got {describe(value)}")


_WRITERS: Mapping[str, Callable[[JsonObject], Block]] = MappingProxyType(
    {
        "system-prompt": _write_text("system", "system"),
        "user-prompt": _write_user,
        "text": _write_text("llm_text", "assistant"),
        "thinking": _write_thinking,
        "tool-call": _write_call,
        "tool-return": _write_return,
    }
)
_READERS: Mapping[str, PartReader] = MappingProxyType(
    {
        "system": _read_text("system-prompt"),
        "user": _read_user,
        "image": _read_image,
        "llm_text": _read_text("text"),
        "reasoning": _read_thinking,
        "tool_call": _read_call,
        "tool_use": _read_return,
        "other": _read_other,
    }
)
