"""`consts`: the words of the older module, by name."""

from __future__ import annotations

from pydantic import JsonValue

__all__ = ["CONSTS", "CONST_DOCS"]


def _named(*words: str) -> dict[str, JsonValue]:
    return {word.upper().replace("-", "_"): word for word in words}


_OF_A_RUN = ("provider", "runtime", "session_id", "inference_id", "trace_id", "usage")
_METADATA = _named(*_OF_A_RUN, "stop_reason", "model")

CONSTS: dict[str, JsonValue] = {
    "ToolChoice": _named("auto", "none", "required"),
    "ToolErrorHandling": _named("continue", "abort", "retry"),
    "BlockKind": _named(
        "user", "llm_text", "tool_call", "tool_use", "system", "reasoning", "other"
    ),
    "HookAction": _named("abort", "retry", "continue"),
    "MetadataKeys": _METADATA,
    "TurnMetadataKeys": _METADATA,
    "RunMetadataKeys": _METADATA,
    "BlockMetadataKeys": _named("middleware", "agent_mode", "agent_mode_tag", "tool_calls"),
    "TurnDataKeys": _named(
        "tool_config", "agent_mode", "agent_mode_allowed_tools", "responses_server_tools"
    ),
    "PayloadKeys": _named(
        "text", "id", "name", "args", "result", "error", "images", "encrypted_content", "item_id"
    ),
    "EventType": _named("start", "partial", "final", "tool-call", "tool-result", "error"),
}

_GROUPS = {
    "ToolChoice": "Whether the model may, or has to, ask for a tool.",
    "ToolErrorHandling": "What becomes of the error of a tool.",
    "BlockKind": "What a block is.",
    "HookAction": "What a hook replies.",
    "MetadataKeys": "Keys of `metadata`.",
    "TurnMetadataKeys": "Keys of the `metadata` of a turn.",
    "RunMetadataKeys": "Keys of the `metadata` of a run.",
    "BlockMetadataKeys": "Keys of the `metadata` of a block.",
    "TurnDataKeys": "Keys of the `data` of a turn.",
    "PayloadKeys": "Keys of the `payload` of a block.",
    "EventType": "The older names of events.",
}

CONST_DOCS = {f"consts.{group}": text for group, text in _GROUPS.items()}
"""What they are, for the typings."""
