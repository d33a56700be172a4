"""Engines: what answers in a session. Both of these need no key and no network."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from marotte.inference import EchoEngine, Engine, ScriptedEngine, ScriptedReply
from marotte.realm import HostObject, host_function

__all__ = ["EngineObject", "echo", "scripted"]


class EngineObject(HostObject, js_name="Engine"):
    """What answers in a session: a model, or something that stands in for one."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine


class _OptionsModel(BaseModel):
    model_config = ConfigDict(
        extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=True
    )


class EchoOptions(_OptionsModel):
    """Options of `engines.echo`."""

    reply: str | None = Field(
        default=None, description="What it answers; absent: the last text of the user."
    )
    delay_ms: Annotated[float, Field(ge=0, allow_inf_nan=False)] = Field(
        default=0, description="Pause before each word, in milliseconds."
    )


@host_function(effect="control")
def echo(options: EchoOptions | None = None) -> EngineObject:
    """Make an engine that streams its reply word by word, with the events of a real model."""
    chosen = options or EchoOptions()
    return EngineObject(EchoEngine(chosen.reply, delay_ms=chosen.delay_ms))


@host_function(effect="control")
def scripted(replies: list[ScriptedReply | str]) -> EngineObject:
    """Make an engine that plays the given replies and tool calls in order.

    A reply beyond the last one fails the run with an error that says so.
    """
    return EngineObject(ScriptedEngine(replies))
