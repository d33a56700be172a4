"""Agents as tools of others: each call is a child run with a conversation of its own."""

from __future__ import annotations

import asyncio
import json

from pydantic import JsonValue

from marotte.conversation import JsonObject, Session
from marotte.inference import Pipeline, ToolContext, ToolDefinition, TurnComputation
from marotte.runs import RunOptions, Runs

__all__ = ["AgentTool", "text_input"]


def text_input() -> JsonObject:
    """Return the parameters of an agent that is told in words what to do."""
    text: JsonObject = {"type": "string", "description": "What to do."}
    return {
        "type": "object",
        "properties": {"input": text},
        "required": ["input"],
        "additionalProperties": False,
    }


class AgentTool:
    """A tool whose every call has a pipeline answer; see `AgentSession.as_tool`.

    The run is a child of the one that calls: it inherits deadline and tags, is stopped with it,
    and shows in its tree of events.
    """

    def __init__(
        self,
        runs: Runs,
        pipeline: Pipeline,
        state: Session,
        definition: ToolDefinition,
        options: RunOptions,
    ) -> None:
        self._runs = runs
        self._pipeline = pipeline
        self._state = state
        self._options = options
        self._definition = definition

    @property
    def definition(self) -> ToolDefinition:
        """What the model is told of it."""
        return self._definition

    async def execute(self, args: JsonValue, ctx: ToolContext) -> JsonValue:
        """Run the agent and return its text, or its structured result.

        Raises:
            RunTreeError: The tree of runs would be too deep or too wide.
            RunError: The run did not complete.
        """
        handle = self._runs.start(
            TurnComputation(self._pipeline),
            session=Session(turns=self._state.turns()),
            seed=_seed(args),
            options=self._options,
            name=self._definition.name,
        )
        try:
            turn = await handle
        except asyncio.CancelledError:
            handle.cancel("the tool call was given up", requested_by="parent")
            raise
        return turn.text if self._options.output_schema is None else turn.output


def _seed(args: JsonValue) -> str:
    """Return the text of a call with nothing else, and others as JSON."""
    if isinstance(args, dict) and list(args) == ["input"] and isinstance(args["input"], str):
        return args["input"]
    return json.dumps(args, ensure_ascii=False)
