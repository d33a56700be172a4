"""Agents by name: script files and functions that other scripts call as child runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from marotte.conversation import MarotteError
from marotte.events import RunKind
from marotte.host.deferred import Deferral, DeferredComputation
from marotte.host.script import script_error
from marotte.host.script_function import ScriptFunction
from marotte.realm import JavaScriptError
from marotte.runs import Computation, RunContext, RunHandle, RunOptions, Runs

__all__ = ["AgentTable", "DuplicateAgentError", "FunctionComputation", "UnknownAgentError"]

MakeComputation: TypeAlias = Callable[[Any], Computation]
"""Makes what a call of an agent executes, from its input (JSON)."""


class UnknownAgentError(MarotteError, LookupError):
    """No agent of that name is defined."""

    default_code = "unknown_agent"


class DuplicateAgentError(MarotteError):
    """An agent of that name is defined already."""

    default_code = "duplicate_agent"


class AgentTable:
    """The agents that one realm has defined."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._agents: dict[str, MakeComputation] = {}

    def define(self, name: str, make: MakeComputation) -> None:
        """Define an agent.

        Raises:
            DuplicateAgentError: There is one of that name.
        """
        if not name:
            raise ValueError("agents.define(): name: expected a name, got an empty text")
        if name in self._agents:
            raise DuplicateAgentError(f"agent {name!r} is defined already")
        self._agents[name] = make

    def require(self, name: str) -> MakeComputation:
        """Return what makes a call of an agent.

        Raises:
            UnknownAgentError: Names the ones that are defined.
        """
        make = self._agents.get(name)
        if make is None:
            known = ", ".join(sorted(self._agents)) or "none"
            raise UnknownAgentError(f"unknown agent {name!r}; defined are: {known}")
        return make

    def start(
        self,
        name: str,
        input: Any,
        options: RunOptions | None = None,
        *,
        after: Deferral | None = None,
    ) -> RunHandle:
        """Start an agent as a child of the current run, whose token, deadline and tags it inherits.

        Args:
            name: As it was defined.
            input: JSON, its first argument.
            options: How the run is bounded and labelled.
            after: What the work waits for.

        Raises:
            UnknownAgentError: Names the ones that are defined.
        """
        work = self.require(name)(input)
        if after is not None:
            work = DeferredComputation(work, after)
        return self._runs.start(work, options=options, name=name, input=input)


@dataclass
class FunctionComputation:
    """Runs a function of a script as an agent, in the realm that defined it."""

    function: ScriptFunction
    input: Any
    context: Callable[[RunContext], Any]
    kind: RunKind = "script"

    async def execute(self, ctx: RunContext) -> Any:
        """Call the function with the input and a context; its answer is the run's result."""
        try:
            return await self.function(self.input, self.context(ctx))
        except JavaScriptError as error:
            raise script_error(error) from error
