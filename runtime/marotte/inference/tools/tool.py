"""The tool protocol, and what a tool sees of its call."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from pydantic import JsonValue

from marotte.inference.run_view import RunView
from marotte.inference.tools.definition import ToolDefinition
from marotte.runs import RunContext


class ToolContext(RunView):
    """The run's view for one call of a tool, and for the hooks around it.

    Attributes:
        call_id: Identifies the call within its turn.
        tool_name: The tool.
    """

    def __init__(self, run: RunContext, call_id: str, tool_name: str) -> None:
        super().__init__(run)
        self.call_id = call_id
        self.tool_name = tool_name


@runtime_checkable
class Tool(Protocol):
    """Something that a model may ask the host to do."""

    @property
    def definition(self) -> ToolDefinition:
        """What the model is told of it."""
        ...

    async def execute(self, args: JsonValue, ctx: ToolContext) -> JsonValue:
        """Do it, on the host loop, and return the result.

        Whoever calls has validated `args` against the definition's schema. What is raised here
        fails the call: its text goes to the model. Only the error of the run itself, which
        `ctx.check` raises, ends the run. When the run is cancelled, or the call takes longer than
        it may, `CancelledError` is raised where this waits.
        """
        ...
