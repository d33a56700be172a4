"""`consts`: the words of the wire, by name."""

from __future__ import annotations

from typing import get_args

from pydantic import JsonValue
from typing_extensions import TypeAliasType

from marotte.conversation import BlockKind
from marotte.events import EVENT_TYPES, RunStatus, StopMode, StopReason

__all__ = ["CONSTS"]


def _named(words: tuple[str, ...]) -> dict[str, JsonValue]:
    return {word.upper().replace("-", "_"): word for word in words}


def _words(alias: TypeAliasType) -> tuple[str, ...]:
    """Return the words of a named type of literals."""
    literals, *_ = get_args(alias.__value__)
    return get_args(literals)


CONSTS: dict[str, JsonValue] = {
    "BlockKind": _named(get_args(BlockKind)),
    "EventType": _named(tuple(EVENT_TYPES)),
    "RunStatus": _named(_words(RunStatus)),
    "StopMode": _named(_words(StopMode)),
    "StopReason": _named(_words(StopReason)),
}
