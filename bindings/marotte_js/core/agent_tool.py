"""Agents as tools: a model may call one, as a child run."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from marotte.conversation import InvalidValueError, JsonObject
from marotte.host import AgentSession, AgentTable, text_input
from marotte.inference import Tool, ToolContext, ToolDefinition
from marotte.realm import Caller, HostObject, TypedAs, TypeScript
from marotte.runs import RunOptions
from marotte_js.core.options import AnswerOptions
from marotte_js.core.waiting import Result

__all__ = ["Agent", "AgentToolOptions", "NamedAgentTool", "SessionHolder", "agent_tool"]


_OF_INPUT = ("const P extends JsonSchema = JsonSchema",)


class AgentToolOptions(BaseModel):
    """Options of `registerAgent`."""

    model_config = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True)

    name: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="What the model calls it by; absent: the agent's name, where it has one.",
    )
    description: str = Field(default="", description="What it does, for the model.")
    parameters: Annotated[JsonObject | None, TypeScript("CheckedSchema<P> | null", _OF_INPUT)] = (
        Field(
            default=None,
            description="The JSON Schema of the agent's input; absent: the model gives a text.",
        )
    )
    run: AnswerOptions = Field(
        default_factory=RunOptions,
        description="How the child run of each call is bounded and labelled.",
    )


class SessionHolder(HostObject):
    """Holds a session: the base of what scripts know as `Session`."""

    def __init__(self, session: AgentSession) -> None:
        self.session = session


Agent: TypeAlias = Annotated[
    str | SessionHolder, TypedAs(Annotated[object, TypeScript("string | Session")])
]
"""An agent by its name, or the session whose engine and tools answer."""


def agent_tool(caller: Caller, agent: Agent, options: AgentToolOptions) -> Tool:
    """Make a tool of an agent.

    Raises:
        UnknownAgentError: No agent of that name is defined.
        InvalidValueError: A session has no name.
    """
    if isinstance(agent, str):
        table = caller.realm.service(AgentTable)
        table.require(agent)
        return NamedAgentTool(table, agent, options)
    if options.name is None:
        raise InvalidValueError("options.name", "is required, because a session has no name")
    return agent.session.as_tool(
        options.name, options.description, parameters=options.parameters, options=options.run
    )


class NamedAgentTool:
    """A tool whose every call is a run of an agent of the script; see ``marotte.inference.Tool``.

    The run is a child of the one that calls: it is stopped with it, and its events name it.
    """

    def __init__(self, agents: AgentTable, agent: str, options: AgentToolOptions) -> None:
        self._agents = agents
        self._agent = agent
        self._takes_text = options.parameters is None
        self._run = options.run
        self.definition = ToolDefinition(
            agent if options.name is None else options.name,
            options.description,
            text_input() if options.parameters is None else options.parameters,
        )

    async def execute(self, args: JsonValue, ctx: ToolContext) -> JsonValue:
        """Run the agent and return what it answers.

        Raises:
            UnknownAgentError: No agent of that name is defined any more.
            RunTreeError: The tree of runs would be too deep or too wide.
            RunError: The run did not complete.
        """
        text = args.get("input") if self._takes_text and isinstance(args, dict) else args
        result: JsonValue = await Result(self._agents.start(self._agent, text, self._run))
        return result
