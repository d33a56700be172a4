"""`consts`: the words of the older module, by name."""

from __future__ import annotations

from pydantic import JsonValue

__all__ = ["CONSTS"]


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
