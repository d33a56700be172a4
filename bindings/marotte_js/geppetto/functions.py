"""What the face offers, for the typings."""

from __future__ import annotations

from pydantic import JsonValue

from marotte.conversation import JsonObject
from marotte.realm import host_function
from marotte_js.core.host_middlewares import HostMiddlewareName
from marotte_js.geppetto.callbacks import EngineFunction, MiddlewareFunction
from marotte_js.geppetto.interfaces import Builder, Engine, MiddlewareRef, Session, ToolRegistry
from marotte_js.geppetto.options import (
    BuilderOptionsType,
    EchoOptionsType,
    EngineOptionsType,
    InferenceOptionsType,
    SessionOptionsType,
)
from marotte_js.geppetto.turns import BlockInputType, BlockType, TurnInputType, TurnType

__all__ = ["ENGINES", "FUNCTIONS", "MIDDLEWARES", "TOOLS", "TURNS"]


@host_function(effect="control")
def create_builder(options: BuilderOptionsType | None = None) -> Builder:
    """Begin to put a session together.

    Args:
        options: What is known already.
    """
    raise NotImplementedError("implemented by the face")


@host_function
def create_session(options: SessionOptionsType) -> Session:
    """Open a conversation. Its engine does not see the earlier turns.

    Args:
        options: `engine` is what answers.

    Raises:
        TypeError: "createSession requires options object with engine" without options, "builder
            has no engine configured" without an engine.
    """
    raise NotImplementedError("implemented by the face")


@host_function
def run_inference(
    engine: Engine, turn: TurnInputType | str, options: InferenceOptionsType | None = None
) -> TurnType:
    """Answer one turn on a session that is thrown away; the script is parked meanwhile.

    Args:
        engine: What answers.
        turn: A turn, or the user's text.
        options: What stands around the engine, and how the run is bounded and labelled.
    """
    raise NotImplementedError("implemented by the face")


@host_function(effect="control")
def new_turn(turn: TurnInputType | None = None) -> TurnType:
    """Make a turn from its fields; no id is assigned.

    Args:
        turn: Its fields; those that are left out are empty.
    """
    raise NotImplementedError("implemented by the face")


@host_function(effect="control")
def normalize(turn: TurnInputType) -> TurnType:
    """Make a turn as it is kept: kinds in lower case, payloads complete.

    Args:
        turn: The turn; it stays as it is.

    Raises:
        TypeError: It is no turn; the message names the path, the value and what was expected.
    """
    raise NotImplementedError("implemented by the face")


@host_function(effect="control")
def append_block(turn: TurnInputType, block: BlockInputType) -> TurnType:
    """Make a turn that has one block more; the given one stays as it is.

    Args:
        turn: The turn; it stays as it is.
        block: What comes last in the new one.
    """
    raise NotImplementedError("implemented by the face")


@host_function(effect="control")
def new_user_block(text: str) -> BlockType:
    """Make a block with what the user says.

    Args:
        text: What the user says.
    """
    raise NotImplementedError("implemented by the face")


@host_function(effect="control")
def new_system_block(text: str) -> BlockType:
    """Make a block with instructions.

    Args:
        text: The instructions.
    """
    raise NotImplementedError("implemented by the face")


@host_function(effect="control")
def new_assistant_block(text: str) -> BlockType:
    """Make a block with what the model says.

    Args:
        text: What the model says.
    """
    raise NotImplementedError("implemented by the face")


@host_function(effect="control")
def new_tool_call_block(id: str, name: str, args: JsonValue = None) -> BlockType:
    """Make a block in which the model asks for a tool.

    Args:
        id: Identifies the call; also the block's id.
        name: The tool.
        args: Its arguments; absent: none.
    """
    raise NotImplementedError("implemented by the face")


@host_function(effect="control")
def new_tool_use_block(id: str, result: JsonValue = None, error: str | None = None) -> BlockType:
    """Make a block with what a tool answered.

    Args:
        id: Of the call.
        result: What it returned.
        error: Why it failed.
    """
    raise NotImplementedError("implemented by the face")


@host_function(effect="control")
def echo(options: EchoOptionsType | None = None) -> Engine:
    """Make an engine that answers with one text, word by word.

    Args:
        options: What it answers, and how fast.
    """
    raise NotImplementedError("implemented by the face")


@host_function(effect="control")
def from_function(fn: EngineFunction) -> Engine:
    """Make an engine of a function, which may be async.

    Args:
        fn: Gets a copy of the turn. A turn that it returns replaces the staged one, under its id;
            returning nothing keeps what it changed on its copy.
    """
    raise NotImplementedError("implemented by the face")


@host_function(effect="control")
def from_config(options: EngineOptionsType) -> Engine:
    """Make an engine that speaks to a model.

    Args:
        options: Which model, and how it is called.

    Raises:
        TypeError: The provider is not known, or something else is wrong.
        MissingKeyError: The host has no key for it.
        NotGrantedError: `baseURL` is not granted.
    """
    raise NotImplementedError("implemented by the face")


@host_function(effect="control")
def from_profile(profile: str | None = None, options: EngineOptionsType | None = None) -> Engine:
    """Make an engine from a profile of the host, or from a model of that name.

    Args:
        profile: Which; else `options.profile`, else the environment variable PINOCCHIO_PROFILE of
            the host, else `4o-mini`.
        options: What goes before the profile's own options.
    """
    raise NotImplementedError("implemented by the face")


@host_function(name="fromJS", effect="control")
def from_js(fn: MiddlewareFunction, name: str | None = None) -> MiddlewareRef:
    """Refer to a middleware that is a function, which may be async.

    Args:
        fn: Gets a copy of the turn, and `next`, which calls what is inside of it.
        name: What errors call it; absent: "js-middleware".
    """
    raise NotImplementedError("implemented by the face")


@host_function(effect="control")
def go(name: HostMiddlewareName, options: JsonObject | None = None) -> MiddlewareRef:
    """Refer to a middleware that the host provides; it is looked for when it is used.

    Args:
        name: `systemPrompt`, `reorderToolResults`, `turnLogging`, or what the host has added.
        options: What it takes: `systemPrompt` a `prompt`.
    """
    raise NotImplementedError("implemented by the face")


@host_function(effect="control")
def host(name: HostMiddlewareName, options: JsonObject | None = None) -> MiddlewareRef:
    """As `go`.

    Args:
        name: As of `go`.
        options: As of `go`.
    """
    raise NotImplementedError("implemented by the face")


@host_function(effect="control")
def create_registry() -> ToolRegistry:
    """Make a registry of tools, empty."""
    raise NotImplementedError("implemented by the face")


FUNCTIONS = (create_builder, create_session, run_inference)
TURNS = (
    new_turn,
    normalize,
    append_block,
    new_user_block,
    new_system_block,
    new_assistant_block,
    new_tool_call_block,
    new_tool_use_block,
)
ENGINES = (echo, from_function, from_config, from_profile)
MIDDLEWARES = (from_js, go, host)
TOOLS = (create_registry,)
