"""`consts`: the words of the wire, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from pydantic import JsonValue
from typing_extensions import TypeAliasType

from marotte.conversation import BlockKind
from marotte.events import EVENT_TYPES, RunStatus, StopMode, StopReason

__all__ = ["CONSTS", "CONST_DOCS"]


def _named(words: tuple[str, ...]) -> dict[str, JsonValue]:
    return {_name(word): word for word in words}


def _name(word: str) -> str:
    return word.upper().replace("-", "_")


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

_GROUPS = {
    "BlockKind": "What a block is.",
    "EventType": "What has happened: the types of events.",
    "RunStatus": "Where in its life a run is.",
    "StopMode": "How a run is stopped.",
    "StopReason": "Why a run has ended, or is to end.",
}

_SAID: Mapping[str, Mapping[str, str]] = {
    "BlockKind": {
        "user": "What the user says.",
        "llm_text": "What the model says.",
        "tool_call": "The model asks for a tool.",
        "tool_use": "What a tool has answered.",
        "system": "Instructions.",
        "reasoning": "The model's reasoning.",
        "image": "A picture.",
        "other": "Something else.",
    },
    "EventType": {name: event.__doc__ or "" for name, event in EVENT_TYPES.items()},
    "RunStatus": {
        "queued": "It waits for another run of the session.",
        "running": "It executes.",
        "waiting": "It waits for something from outside.",
        "stopping": "A stop was accepted; what is in flight comes to its end.",
        "completed": "It has done what it was started for.",
        "stopped": "Somebody ended it.",
        "timed_out": "Its deadline passed.",
        "limit_reached": "It reached one of its limits.",
        "failed": "An error ended it.",
        "lost": "The process that executed it is gone.",
    },
    "StopMode": {
        "stop": "At the next boundary; what is in flight comes to its end.",
        "cancel": "Now; what is in flight is aborted.",
    },
    "StopReason": {
        "end_turn": "It was complete.",
        "user_stop": "Somebody stopped it.",
        "user_cancel": "Somebody cancelled it.",
        "parent_stopped": "The run that started it was stopped.",
        "session_closed": "Its session was closed.",
        "superseded": "Another run took its place.",
        "client_disconnect": "Nobody listens any more, and it was to end then.",
        "shutdown": "The host shuts down.",
        "deadline": "Its time was over.",
        "max_turns": "The session may hold no further turn.",
        "max_iterations": "It may call its engine no further time.",
        "max_budget": "It has spent its tokens, or its money.",
        "tool_calls": "It may call no further tool.",
        "cpu": "It has computed for too long.",
        "memory": "Its realm has grown too large.",
        "output": "It has written too much.",
        "lifetime": "It has existed for too long.",
        "script_error": "An error escaped from a script.",
        "tool_error": "A tool failed in a way that ends the run.",
        "provider_error": "Its engine failed.",
        "internal_error": "The host failed.",
        "deadlock": "It waited for something that can never happen.",
        "worker_lost": "The process that executed it is gone.",
    },
}

CONST_DOCS: Mapping[str, str] = {
    **{f"consts.{group}": text for group, text in _GROUPS.items()},
    **{
        f"consts.{group}.{_name(word)}": text
        for group, said in _SAID.items()
        for word, text in said.items()
    },
}
"""What they mean, for the typings."""
