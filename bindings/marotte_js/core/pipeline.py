"""What stands around a session's engine, as scripts give it: tools, hooks, middleware."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PlainValidator
from pydantic.alias_generators import to_camel

from marotte.conversation import InvalidValueError
from marotte.host import AgentSession, Runtime
from marotte.inference import Engine, History, Middleware, ToolLoopSettings
from marotte.realm import Caller
from marotte_js.core.hooks import ToolHookOptions, script_hooks
from marotte_js.core.middlewares import MiddlewareFunction, MiddlewareObject, script_middleware
from marotte_js.core.tools import ToolRegistryObject
from marotte_js.core.wording import in_own_words

__all__ = ["AnyMiddleware", "LoopSettings", "PipelineOptions", "open_session"]


_SETTINGS = frozenset(str(field.alias) for field in ToolLoopSettings.model_fields.values())


@in_own_words
def _settings(value: Any) -> ToolLoopSettings:
    unknown = sorted(set(value) - _SETTINGS) if isinstance(value, dict) else ()
    if unknown:
        expected = ", ".join(sorted(_SETTINGS))
        raise InvalidValueError(f"toolLoop.{unknown[0]}", f"unknown, expected one of: {expected}")
    return ToolLoopSettings.of(value)


LoopSettings: TypeAlias = Annotated[
    ToolLoopSettings, PlainValidator(_settings, json_schema_input_type=ToolLoopSettings)
]
"""Settings of the tool loop, refused in their own words."""

AnyMiddleware: TypeAlias = MiddlewareObject | MiddlewareFunction
"""A middleware from `middlewares`, or a function, which becomes one."""


class PipelineOptions(BaseModel):
    """What stands around an engine."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        arbitrary_types_allowed=True,
    )

    middlewares: list[AnyMiddleware] = Field(
        default_factory=list,
        description="What wraps each call of the engine; the first is outermost.",
    )
    tools: ToolRegistryObject | None = Field(
        default=None, description="What the engine may ask for."
    )
    tool_loop: LoopSettings | None = Field(default=None, description="How tools are executed.")
    tool_hooks: ToolHookOptions | None = Field(
        default=None, description="Functions that see every tool call."
    )


def middleware_of(given: AnyMiddleware, caller: Caller) -> Middleware:
    """The middleware that a script has given."""
    if isinstance(given, MiddlewareObject):
        return given.middleware
    return script_middleware(caller, given)


def open_session(
    caller: Caller, engine: Engine, options: PipelineOptions, history: History
) -> AgentSession:
    """Open a session for a script."""
    return caller.realm.service(Runtime).session(
        engine=engine,
        tools=None if options.tools is None else options.tools.registry,
        tool_loop=options.tool_loop,
        tool_hooks=script_hooks(options.tool_hooks, caller),
        middlewares=[middleware_of(given, caller) for given in options.middlewares],
        history=history,
    )
