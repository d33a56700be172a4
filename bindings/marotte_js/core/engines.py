"""Engines: what answers in a session, be it a model or what stands in for one."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from marotte.conversation import Turn
from marotte.host import ScriptFunction
from marotte.inference import EchoEngine, Engine, ScriptedEngine, ScriptedReply
from marotte.inference.models import ConfigOptions, ModelId, ModelOptions, Models
from marotte.realm import Callback, Caller, HostLoop, HostObject, Signature, host_function
from marotte_js.core.context_types import EngineContextType
from marotte_js.core.script_engine import ScriptEngine

__all__ = ["DECLARED", "ENGINES", "PRIVATE", "EngineObject"]


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
    """Make an engine that streams its reply word by word, with the events of a real model.

    Args:
        options: What it answers, and how fast.
    """
    chosen = options or EchoOptions()
    return EngineObject(EchoEngine(chosen.reply, delay_ms=chosen.delay_ms))


@host_function(effect="control")
def scripted(replies: list[ScriptedReply | str]) -> EngineObject:
    """Make an engine that plays the given replies and tool calls in order.

    A reply beyond the last one fails the run with an error that says so.

    Args:
        replies: One for each call of the engine; a text is a reply of nothing else.

    Example:
        const engine = engines.scripted([
          { toolCalls: [{ id: "1", name: "add", args: { a: 19, b: 23 } }] },
          "It is 42.",
        ]);
    """
    return EngineObject(ScriptedEngine(replies))


@host_function(effect="control")
def model(caller: Caller, id: ModelId, options: ModelOptions | None = None) -> EngineObject:
    """Make an engine that speaks to a model.

    The key is the host's, which no script sees. A place that the options choose has to be granted,
    and is sent no key but theirs.

    Args:
        id: `provider:name`, such as `openai:gpt-5` or `anthropic:claude-opus-4-5`. Providers are
            `openai`, `openai-responses`, `openai-chat` and `anthropic`; `openai` means the
            Responses API at OpenAI itself, and Chat Completions at another place.
        options: How the model is called.

    Raises:
        TypeError: The name is not of that form, or the provider is not known.
        MissingExtraError: The host lacks what speaks to the provider.
        MissingKeyError: The host has no key for it.
        NotGrantedError: The place is not granted.

    Example:
        const engine = engines.model("openai:gpt-5", { temperature: 0, maxTokens: 500 });
    """
    return EngineObject(caller.realm.service(Models).engine(id, options))


@host_function(effect="control")
def from_config(caller: Caller, options: ConfigOptions) -> EngineObject:
    """Make an engine from options that name the model, or a profile to begin with.

    Args:
        options: Which model, and how it is called.

    Raises:
        EngineConfigError: No model is named.
    """
    return EngineObject(caller.realm.service(Models).from_config(options))


@host_function(effect="control")
def from_profile(
    caller: Caller, name: str | None = None, options: ConfigOptions | None = None
) -> EngineObject:
    """Make an engine from a profile of the host's configuration.

    Args:
        name: The profile; else the options name it, else the host (`--profile`, `--model`, the
            environment variable `MAROTTE_PROFILE`, `default_profile` in the configuration).
        options: What goes before the profile's own options.

    Raises:
        UnknownProfileError: There is no such profile, or none is chosen.
    """
    return EngineObject(caller.realm.service(Models).from_profile(name, options))


@host_function(name="_fromFunction", effect="control")
def from_function_(caller: Caller, function: Callback, name: str) -> EngineObject:
    """Make an engine of a function."""
    host = caller.realm.service(HostLoop)
    return EngineObject(ScriptEngine(ScriptFunction(caller.realm.realm, host, function, name)))


async def _engine(turn: Turn, ctx: EngineContextType) -> Turn | None:
    """Answers a turn; may be async.

    Args:
        turn: A copy of the turn to answer.
        ctx: Of the run; `ctx.emit` streams.

    Returns:
        The turn with its answer, under the same id; nothing keeps what was changed on the copy.
    """


EngineFunction = Annotated[Callback, Signature(_engine, "EngineFunction")]


@host_function(effect="control")
def from_function(fn: EngineFunction) -> EngineObject:
    """Make an engine of a function, which may be async.

    Args:
        fn: Gets a copy of the turn. A turn that it returns replaces the staged one, under its id;
            returning nothing keeps what it changed on its copy. It may stream with `ctx.emit`;
            without that, its answer is emitted as one delta.

    Example:
        const shouting = engines.fromFunction((turn, ctx) => {
          const said = String(turn.blocks.at(-1)?.payload.text).toUpperCase();
          ctx.emit({ type: "text-delta", delta: said });
          return turns.appendBlock(turn, turns.newAssistantBlock(said));
        });
    """
    raise AssertionError("implemented by the face")


ENGINES = (echo, scripted, model, from_config, from_profile)
DECLARED = (from_function,)
PRIVATE = (from_function_,)
