"""A session with an engine: what starts turn runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marotte.conversation import JsonObject, NoActiveRunError, Session, Turn, TurnLike, Usage
from marotte.host.agent_tool import AgentTool, text_input
from marotte.host.deferred import Deferral, DeferredComputation
from marotte.inference import Pipeline, ToolDefinition, TurnComputation
from marotte.runs import Computation, RunHandle, RunOptions, Runs

__all__ = ["AgentSession"]


class AgentSession:
    """A conversation and what answers in it. All methods may be called from any thread.

    The conversation is state: a run works on a private copy of a turn and commits it in one step
    or not at all.
    """

    def __init__(self, runs: Runs, state: Session, pipeline: Pipeline) -> None:
        self._runs = runs
        self._state = state
        self._pipeline = pipeline

    @property
    def id(self) -> str:
        """Identifies the session."""
        return self._state.id

    @property
    def state(self) -> Session:
        """Turns, metadata and usage."""
        return self._state

    @property
    def pipeline(self) -> Pipeline:
        """How turns are answered."""
        return self._pipeline

    @property
    def usage(self) -> Usage:
        """What committed runs used."""
        return self._state.usage

    @property
    def active(self) -> RunHandle | None:
        """The run that holds the session now."""
        run_id = self._state.active_run_id
        return None if run_id is None else self._runs.get(run_id)

    def require_active(self) -> RunHandle:
        """Return the run that holds the session now.

        Raises:
            NoActiveRunError: The session is idle.
        """
        active = self._runs.get(self._state.require_active())
        if active is None:
            raise NoActiveRunError("session has no active inference", session_id=self.id)
        return active

    def turns(self) -> list[Turn]:
        """Return copies of all committed turns."""
        return self._state.turns()

    def latest(self) -> Turn | None:
        """Return a copy of the last committed turn, `None` for an empty session."""
        return self._state.latest()

    def append(self, turn: TurnLike | str) -> Turn:
        """Add a turn; see `marotte.conversation.Session.append`."""
        return self._state.append(turn)

    def start(
        self,
        seed: TurnLike | str | None = None,
        options: RunOptions | Mapping[str, Any] | None = None,
        *,
        after: Deferral | None = None,
        **more: Any,
    ) -> RunHandle:
        """Start a run; work begins later, on the host loop.

        Args:
            seed: The turn to answer, or its text; without one a copy of the latest turn is
                extended.
            after: What the work waits for.
            options: A `RunOptions`, or its fields in a mapping.
            more: Single fields instead of `options`.

        Raises:
            TypeError: Both `options` and single fields are given.
            SessionBusyError: A run is active and `on_busy` is `reject`.
            SessionClosedError: The session was closed.
            EmptyTurnError: There is nothing to answer.
            OptionsError: An option is unknown or wrong.
        """
        if options is not None and more:
            raise TypeError(f"start(): {next(iter(more))}: give it in options, not beside them")
        checked = RunOptions.of(more or options)
        work: Computation = TurnComputation(self._pipeline)
        if after is not None:
            work = DeferredComputation(work, after)
        return self._runs.start(work, session=self._state, seed=seed, options=checked)

    def as_tool(
        self,
        name: str,
        description: str = "",
        *,
        parameters: JsonObject | None = None,
        options: RunOptions | Mapping[str, Any] | None = None,
    ) -> AgentTool:
        """Offer the agent as a tool to others.

        Each call is a child run of the one that calls, with a conversation of its own that begins
        with the turns of this session. Its result is the answer's text, or with an
        `output_schema` the structured result. The loop that calls it bounds its time:
        see `ToolLoopSettings.execution_timeout_ms`.

        Args:
            name: What a model calls it by.
            description: What it does, for the model.
            parameters: The JSON Schema of the arguments, which the agent gets as JSON text; by
                default, it is told in words what to do, as `input`.
            options: How the child run of each call is bounded and labelled.

        Raises:
            OptionsError: An option is unknown or wrong.
        """
        definition = ToolDefinition(name, description, parameters or text_input())
        checked = RunOptions.of(options)
        return AgentTool(self._runs, self._pipeline, self._state, definition, checked)

    def close(self) -> None:
        """Close the session; an active run is stopped."""
        self._state.close()
