"""`tools`: what a model may ask for, functions of the script and of the host side by side."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue
from pydantic_core import PydanticCustomError

from marotte.conversation import JsonObject, new_id
from marotte.host import Runtime, ScriptFunction
from marotte.inference import ToolContext, ToolDefinition, ToolRegistry
from marotte.realm import (
    Callback,
    Caller,
    HostLoop,
    HostObject,
    InvalidValueError,
    Signature,
    TypeScript,
    host_function,
    host_method,
)
from marotte.runs import current_run
from marotte_js.core.agent_tool import Agent, AgentToolOptions, agent_tool
from marotte_js.core.context_types import ToolContextType
from marotte_js.core.contexts import script_context
from marotte_js.core.tool_info import ToolInfo, tool_info
from marotte_js.core.waiting import wait_parked

__all__ = ["TOOLS", "ScriptTool", "ToolRegistryObject"]


_OF_SCHEMA = ("const S extends JsonSchema = JsonSchema",)
_OF_NAME = ("const N extends string = string",)
_OF_CALL = ("R", "const N extends keyof KnownTools<R> | (string & {})")
_OF_HOST = ("const N extends keyof HostTools | (string & {})",)


async def _handler(
    args: Annotated[object, TypeScript("FromSchema<S>", _OF_SCHEMA)], ctx: ToolContextType
) -> object:
    """Answers a call of a tool; may be async. What it throws goes to the model.

    Args:
        args: What the tool's `parameters` admit.
        ctx: Of the call, and of the run that it is made for.

    Returns:
        JSON, for the model.
    """


ToolHandler = Annotated[Callback, Signature(_handler, "ToolHandler")]


def _no_parameters() -> JsonObject:
    return {"type": "object", "properties": {}}


class ToolSpec(BaseModel):
    """A tool that is a function of the script."""

    model_config = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True)

    name: Annotated[str, Field(min_length=1), TypeScript("N", _OF_NAME)] = Field(
        description="What the model calls it by."
    )
    description: str = Field(default="", description="What it does, for the model.")
    parameters: Annotated[JsonObject, TypeScript("CheckedSchema<S>", _OF_SCHEMA)] = Field(
        default_factory=_no_parameters,
        description="The JSON Schema of its arguments. What does not fit it goes back to the "
        "model as the tool's error; the handler is not called.",
    )
    handler: ToolHandler = Field(
        description="Takes the arguments and a context; may be async. What it answers, or throws, "
        "goes to the model."
    )


def _spec(value: Any) -> Any:
    """Say of a handler that is none which tool it is for."""
    if isinstance(value, dict) and isinstance(value.get("name"), str):
        handler = value.get("handler")
        if not (isinstance(handler, dict) and "$function" in handler):
            text = f"tool {value['name']} handler must be a function"
            raise PydanticCustomError("message", "{text}", {"text": text})
    return value


class ScriptTool:
    """A tool that is a function `(args, ctx)` of a script; see ``marotte.inference.Tool``."""

    def __init__(self, definition: ToolDefinition, function: ScriptFunction) -> None:
        self.definition = definition
        self._function = function

    async def execute(self, args: JsonValue, ctx: ToolContext) -> JsonValue:
        """Call the function; its answer is the result.

        Raises:
            JavaScriptError: What it threw.
        """
        told = script_context(ctx.run, callId=ctx.call_id, toolName=ctx.tool_name)
        result: JsonValue = await self._function(args, told)
        return result


HostToolName: TypeAlias = Annotated[str, TypeScript("N", _OF_HOST)]
"""The name of a tool of the host; the known ones are offered."""

This: TypeAlias = Annotated["ToolRegistryObject", TypeScript("R")]
"""The registry that is asked, in its own type: one that knows more tools is a registry, too."""

ToolName: TypeAlias = Annotated[str, TypeScript("N", _OF_CALL)]
ToolArguments: TypeAlias = Annotated[
    JsonValue, TypeScript("ToolArguments<KnownTools<R>, N>", rest=True)
]
ToolResult: TypeAlias = Annotated[JsonValue, TypeScript("ToolResult<KnownTools<R>, N>")]
"""What a call takes and answers, as far as the compiler knows the tool."""

WithTool: TypeAlias = Annotated[
    "ToolRegistryObject",
    TypeScript("ToolRegistry<Known & { [K in N]: ScriptTool<FromSchema<S>> }>"),
]
"""The registry, of which the compiler knows a tool more."""

WithHostTools: TypeAlias = Annotated[
    "ToolRegistryObject",
    TypeScript("ToolRegistry<Known & Pick<HostTools, N & keyof HostTools>>"),
]
"""The registry, of which the compiler knows the host's tools."""


class ToolRegistryObject(HostObject, js_name="ToolRegistry", js_generic="Known = unknown"):
    """The tools that a session offers to its engine.

    What `register` and `useHostTools` answer is the same registry: of that, the compiler knows the
    tools that were added, and `call` their arguments.
    """

    call_id: str | None = None
    """What a call from the script itself is called; by default, each has an id of its own."""

    def __init__(self) -> None:
        self.registry = ToolRegistry()

    @host_method(effect="control")
    def register(
        self, caller: Caller, spec: Annotated[ToolSpec, BeforeValidator(_spec)]
    ) -> WithTool:
        """Add a tool that is a function of this script.

        Args:
            spec: Its name, what the model is told of it, and the function.

        Raises:
            DuplicateToolError: There is a tool of that name.
            TypeError: The parameters are no JSON Schema, or something else is wrong.

        Example:
            registry.register({
              name: "add",
              description: "Add two numbers.",
              parameters: {
                type: "object",
                properties: { a: { type: "number" }, b: { type: "number" } },
                required: ["a", "b"],
              },
              handler: ({ a, b }, ctx) => a + b,
            });
        """
        definition = ToolDefinition(spec.name, spec.description, spec.parameters)
        host = caller.realm.service(HostLoop)
        function = ScriptFunction(caller.realm.realm, host, spec.handler, spec.name)
        self.registry.register(ScriptTool(definition, function))
        return self

    @host_method(effect="control")
    def register_agent(
        self, caller: Caller, agent: Agent, options: AgentToolOptions | None = None
    ) -> ToolRegistryObject:
        """Add a tool whose every call is a run of an agent, a child of the run that calls.

        It is stopped with that, and counts for its limits of `depth` and `children`.

        Args:
            agent: The name of one that was defined with `agents.define`; or a session, with whose
                engine and tools each call is answered, in a conversation of its own that begins
                with the turns of the session. Its result is the text, or the structured result.
            options: What the model is told of it, and how its runs are bounded.

        Raises:
            UnknownAgentError: No agent of that name is defined.
            DuplicateToolError: There is a tool of that name.
        """
        self.registry.register(agent_tool(caller, agent, options or AgentToolOptions()))
        return self

    @host_method(effect="control")
    def use_host_tools(self, caller: Caller, names: list[HostToolName]) -> WithHostTools:
        """Add tools that the host provides; all of them, or in case of an error none.

        Args:
            names: As the host has registered them.

        Raises:
            ToolNotFoundError: "tool not found: X".
            DuplicateToolError: There is a tool of that name.
        """
        self.registry.use(caller.realm.service(Runtime).tools, names)
        return self

    @host_method(effect="control")
    def list(self) -> list[ToolInfo]:
        """The tools in the order in which they were added, those of the host included."""
        return [tool_info(definition) for definition in self.registry.definitions()]

    @host_method()
    def call(self: This, caller: Caller, name: ToolName, args: ToolArguments = None) -> ToolResult:
        """Call a tool and wait for its result; the script is parked meanwhile.

        Args:
            name: The tool.
            args: Its arguments, checked against its parameters; absent: none.

        Raises:
            ToolNotFoundError: "tool not found: X".
            NestingError: 8 calls are parked already.
        """
        return wait_parked(lambda: self._call(name, args), caller, "ToolRegistry.call")

    @host_method(holds_grace=False)
    async def call_async(self: This, name: ToolName, args: ToolArguments = None) -> ToolResult:
        """Call a tool; all refusals reject the promise.

        Args:
            name: As of `call`.
            args: As of `call`.
        """
        return await self._call(name, args)

    async def _call(self, name: str, args: JsonValue) -> JsonValue:
        run = current_run.get()
        if run is None:
            raise InvalidValueError("ToolRegistry.call(): tools are called within a run")
        ctx = ToolContext(run, call_id=self.call_id or new_id(), tool_name=name)
        return await self.registry.call(name, {} if args is None else args, ctx)


@host_function(effect="control")
def create_registry() -> ToolRegistryObject:
    """Make a registry of tools, empty."""
    return ToolRegistryObject()


TOOLS = (create_registry,)
