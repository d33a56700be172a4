"""`consts`: the words of the wire, by name."""

from __future__ import annotations

from typing import get_args

from pydantic import JsonValue

from marotte.events import EVENT_TYPES, RunStatus, StopMode, StopReason

__all__ = ["CONSTS"]

BLOCK_KINDS = (
    "user",
    "llm_text",
    "tool_call",
    "tool_use",
    "system",
    "reasoning",
    "image",
    "other",
)


def _named(words: tuple[str, ...]) -> dict[str, JsonValue]:
    return {word.upper().replace("-", "_"): word for word in words}


CONSTS: dict[str, JsonValue] = {
    "BlockKind": _named(BLOCK_KINDS),
    "EventType": _named(tuple(EVENT_TYPES)),
    "RunStatus": _named(get_args(RunStatus)),
    "StopMode": _named(get_args(StopMode)),
    "StopReason": _named(get_args(StopReason)),
}
