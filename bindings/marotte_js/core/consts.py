"""`consts`: the words of the wire, by name."""

from __future__ import annotations

from typing import get_args

from pydantic import JsonValue
from typing_extensions import TypeAliasType

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


def _words(alias: TypeAliasType) -> tuple[str, ...]:
    """Return the words of a named type of literals."""
    literals, *_ = get_args(alias.__value__)
    return get_args(literals)


CONSTS: dict[str, JsonValue] = {
    "BlockKind": _named(BLOCK_KINDS),
    "EventType": _named(tuple(EVENT_TYPES)),
    "RunStatus": _named(_words(RunStatus)),
    "StopMode": _named(_words(StopMode)),
    "StopReason": _named(_words(StopReason)),
}
