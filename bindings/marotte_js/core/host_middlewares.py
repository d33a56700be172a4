"""The middlewares of the host by name, and what they take, for the typings."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from typing_extensions import TypeAliasType

from marotte.conversation import JsonObject
from marotte.inference import SystemPromptOptions, TurnLoggingOptions
from marotte.realm import TypeScript

__all__ = ["TYPES", "HostMiddlewareName", "NameOfHost", "OptionsOfHost"]

HostMiddlewareName = TypeAliasType(
    "HostMiddlewareName",
    Annotated[
        str,
        Field(
            description="A middleware of the host: one that it always has, or has been given.",
            examples=["systemPrompt", "reorderToolResults", "turnLogging"],
        ),
    ],
)


class HostMiddlewareOptions(BaseModel):
    """What the middlewares take that the host always has; a plugin may add its own by merging."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)

    system_prompt: SystemPromptOptions = Field(description="Of `systemPrompt`.")
    reorder_tool_results: Annotated[
        object, TypeScript("{ readonly [option: string]: never } | null")
    ] = Field(default=None, description="Of `reorderToolResults`: there is nothing to choose.")
    turn_logging: TurnLoggingOptions | None = Field(default=None, description="Of `turnLogging`.")


_OF_NAME = ("const N extends HostMiddlewareName",)
_OPTIONS = (
    "N extends keyof HostMiddlewareOptions"
    " ? {} extends Pick<HostMiddlewareOptions, N>"
    " ? [options?: HostMiddlewareOptions[N]] : [options: HostMiddlewareOptions[N]]"
    " : [options?: { readonly [key: string]: unknown } | null]"
)

MiddlewareArguments = TypeAliasType(
    "MiddlewareArguments",
    Annotated[
        object,
        TypeScript(_OPTIONS, _OF_NAME, doc="What the middleware `N` of the host takes."),
    ],
)

NameOfHost: TypeAlias = Annotated[HostMiddlewareName, TypeScript("N", _OF_NAME)]
OptionsOfHost: TypeAlias = Annotated[
    JsonObject | None, TypeScript("MiddlewareArguments<N>", rest=True)
]
"""A middleware of the host and what it takes, as far as the compiler knows it."""

TYPES = (HostMiddlewareName, HostMiddlewareOptions, MiddlewareArguments)
"""What the typings of functions name."""
