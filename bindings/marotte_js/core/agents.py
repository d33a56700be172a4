"""`agents`: scripts and functions that are called by name, as child runs."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated, Any

from pydantic import JsonValue

from marotte.host import AgentTable, FunctionComputation, Runtime, ScriptFunction
from marotte.realm import (
    Callback,
    Caller,
    EngineLimits,
    HostLoop,
    ScriptRoot,
    Signature,
    TypeScript,
    host_function,
)
from marotte.runs import RunContext
from marotte_js.core.context_types import RunContextType
from marotte_js.core.contexts import script_context
from marotte_js.core.options import Options
from marotte_js.core.run_handle import RunHandleObject, after_this_job, handle_object
from marotte_js.core.waiting import Result

__all__ = ["AGENTS", "DECLARED", "PRIVATE"]

_OF_INPUT = ("Input = JsonValue",)
Input = Annotated[object, TypeScript("Input", _OF_INPUT)]


@host_function(name="_defineFile", effect="control")
def define_file(caller: Caller, name: str, path: str) -> None:
    """Define an agent file."""
    runtime, root = caller.realm.service(Runtime), caller.realm.service(ScriptRoot)
    limits = caller.realm.service(EngineLimits)
    file = root.resolve("./agents.define()", path)

    def make(input: Any) -> Any:
        return runtime.agent(file, root, lambda ctx: (input, script_context(ctx)), limits)

    caller.realm.service(AgentTable).define(name, make)


@host_function(name="_defineFunction", effect="control")
def define_function(caller: Caller, name: str, function: Callback) -> None:
    """Define an agent that is a function of this script."""
    realm, host = caller.realm.realm, caller.realm.service(HostLoop)

    def make(input: Any) -> Any:
        called = ScriptFunction(realm, host, function, name)
        return FunctionComputation(called, input, _context)

    caller.realm.service(AgentTable).define(name, make)


def _context(ctx: RunContext) -> object:
    return script_context(ctx)


@host_function
def call(
    caller: Caller, name: str, input: JsonValue = None, options: Options | None = None
) -> Awaitable[JsonValue]:
    """Run an agent as a child of the current run and wait for its result.

    The child inherits the token, the deadline and the tags; when this run is stopped, it stops.

    Args:
        name: As it was defined.
        input: JSON, the first argument of the agent.
        options: How the child is bounded and labelled.

    Raises:
        UnknownAgentError: No agent of that name is defined.
        ScriptError: The agent failed.
    """
    table = caller.realm.service(AgentTable)
    return Result(table.start(name, input, options, after=after_this_job(caller)))


@host_function
def start(
    caller: Caller, name: str, input: JsonValue = None, options: Options | None = None
) -> Annotated[RunHandleObject, TypeScript("RunHandle<JsonValue>")]:
    """Start an agent as a child of the current run.

    Args:
        name: As it was defined.
        input: JSON, the first argument of the agent.
        options: How the child is bounded and labelled.
    """
    table = caller.realm.service(AgentTable)
    handle = table.start(name, input, options, after=after_this_job(caller))
    return handle_object(handle, caller)


def _agent(input: Input, ctx: RunContextType) -> object:
    """Answers an input; may be async. What an agent file exports by default is one.

    Args:
        input: As it was given to `agents.call` or `agents.start`.
        ctx: Of the agent's own run.

    Returns:
        JSON.
    """


AgentFunction = Annotated[Callback, Signature(_agent, "AgentFunction")]


@host_function(effect="control")
def define(name: str, agent: str | AgentFunction) -> None:
    """Define an agent.

    Args:
        name: What to call it by.
        agent: The path of a module that exports `default async (input, ctx)`, relative to the
            folder of the script that was started, which gets a fresh realm for each call; or a
            function, which is called in this one.

    Raises:
        DuplicateAgentError: An agent of that name is defined already.

    Example:
        agents.define("reader", "./agents/reader.mjs");
        agents.define("twice", (input, ctx) => [input, input]);
        const answer = await agents.call("twice", "again");
    """


AGENTS = (call, start)
DECLARED = (define,)
PRIVATE = (define_file, define_function)
