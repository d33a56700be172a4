"""Options of the older module, for the typings."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, JsonValue
from typing_extensions import TypeAliasType

from marotte.inference import ToolChoice, ToolErrorHandling
from marotte.realm import TypeScript
from marotte_js.geppetto.callbacks import AnyMiddleware, ToolHooksType
from marotte_js.geppetto.turns import named

__all__ = [
    "BuilderOptionsType",
    "EchoOptionsType",
    "EngineOptionsType",
    "InferenceOptionsType",
    "RunOptionsType",
    "SessionOptionsType",
    "ToolLoopSettingsType",
]


class EchoOptionsType(BaseModel):
    """Options of `engines.echo`."""

    model_config = named("EchoOptions")

    reply: str | None = Field(default=None, description='What it answers; blank: "READY".')
    delay_ms: float | None = Field(
        default=None, description="Pause before each word, in milliseconds."
    )


ApiType = TypeAliasType(
    "ApiType",
    Annotated[
        str,
        Field(
            description="Who serves a model.",
            examples=["openai", "openai-responses", "claude"],
        ),
    ],
)


class EngineOptionsType(BaseModel):
    """How a model is called, and which."""

    model_config = named("EngineOptions")

    model: str | None = Field(
        default=None, description="The model's name, with or without its provider in front."
    )
    api_type: ApiType | None = Field(
        default=None, description="Who serves it: `openai`, `openai-responses` or `claude`."
    )
    provider: ApiType | None = Field(default=None, description="As `apiType`.")
    profile: str | None = Field(
        default=None, description="A profile of the host's configuration, or a model's name."
    )
    temperature: float | None = Field(default=None, description="How freely it chooses words.")
    top_p: float | None = Field(default=None, description="Of which probability it chooses.")
    max_tokens: int | None = Field(default=None, description="The most tokens of an answer.")
    timeout_seconds: float | None = Field(
        default=None, description="The longest a call may take, in seconds."
    )
    timeout_ms: float | None = Field(
        default=None, description="The longest a call may take, in milliseconds."
    )
    api_key: str | None = Field(default=None, description="The key; absent: the host's.")
    base_url: str | None = Field(
        default=None, alias="baseURL", description="Where the provider is; it has to be granted."
    )


class ToolLoopSettingsType(BaseModel):
    """How tools are executed."""

    model_config = named("ToolLoopSettings")

    enabled: bool | None = Field(
        default=None, description="Whether there are tools; absent: yes. Otherwise one pass."
    )
    max_iterations: int | None = Field(default=None, description="Calls of the engine; absent: 5.")
    max_parallel_tools: int | None = Field(
        default=None, description="Tools at a time; absent: 1, and 3 without any settings."
    )
    execution_timeout_ms: float | None = Field(
        default=None, description="Time of one execution, in milliseconds; absent: 30000."
    )
    tool_choice: ToolChoice | None = Field(
        default=None, description="Whether the model may, or has to, ask for a tool; absent: auto."
    )
    tool_error_handling: ToolErrorHandling | None = Field(
        default=None, description="Tell the model of an error, end the run, or try again."
    )
    retry_max_retries: int | None = Field(default=None, description="Further tries; absent: 2.")
    retry_backoff_ms: float | None = Field(
        default=None, description="Before the first, wait so many milliseconds; absent: 1000."
    )
    retry_backoff_factor: float | None = Field(
        default=None, description="Each further wait is so many times longer; absent: 2."
    )
    hooks: ToolHooksType | None = Field(default=None, description="As of `withToolHooks`.")


class BuilderOptionsType(BaseModel):
    """What a session is made of."""

    model_config = named("BuilderOptions")

    engine: Annotated[object, TypeScript("Engine | null")] = Field(
        default=None, description="What answers."
    )
    middlewares: list[AnyMiddleware] | None = Field(
        default=None, description="What wraps each call of the engine; the first outermost."
    )
    tools: Annotated[object, TypeScript("ToolRegistry | null")] = Field(
        default=None, description="What the engine may ask for."
    )
    tool_loop: ToolLoopSettingsType | None = Field(
        default=None, description="How tools are executed."
    )
    tool_hooks: ToolHooksType | None = Field(
        default=None, description="Functions that see every tool call."
    )


class SessionOptionsType(BuilderOptionsType):
    """What a session is made of."""

    model_config = named("SessionOptions")

    engine: Annotated[object, TypeScript("Engine")] = Field(description="What answers.")


class RunOptionsType(BaseModel):
    """How a run is bounded, stopped and labelled."""

    model_config = named("RunOptions")

    timeout_ms: float | None = Field(
        default=None, description="The run's time, in milliseconds; 0 or absent: no limit."
    )
    tags: dict[str, JsonValue] | None = Field(
        default=None, description="Labels; what is no text becomes its JSON."
    )
    signal: Annotated[object, TypeScript("AbortSignal | null")] = Field(
        default=None, description="Stops the run when it aborts."
    )


class InferenceOptionsType(BuilderOptionsType, RunOptionsType):
    """What stands around an engine, and how the run is bounded, stopped and labelled."""

    model_config = named("InferenceOptions")
