"""Tools and middlewares of a runtime and its sessions."""

from typing import Any, cast

import pytest
from pydantic import JsonValue
from tests.inference.tool_support import asks, call, uses

from marotte import (
    BeforeToolCall,
    Binding,
    CallDecision,
    DuplicateToolError,
    EchoEngine,
    FunctionMiddleware,
    InvalidValueError,
    MiddlewareContext,
    Next,
    Runtime,
    ScriptedEngine,
    ToolHooks,
    ToolNotFoundError,
    ToolRegistry,
    Turn,
    tool,
)
from marotte.inference import DuplicateMiddlewareError


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def double(a: int) -> int:
    return 2 * a


async def test_a_session_takes_functions_and_plain_settings() -> None:
    async def mark(turn: Turn, next: Next, ctx: MiddlewareContext) -> None:
        turn.metadata["seen"] = ctx.middleware_name
        await next()

    def limit(payload: BeforeToolCall) -> CallDecision | None:
        return CallDecision(abort="too much") if payload.call.args == {"a": 9} else None

    asked = asks(call("add", "1", a=1, b=2), call("double", "2", a=2), call("double", "3", a=9))
    async with Runtime() as runtime:
        session = runtime.session(
            engine=ScriptedEngine([asked, "done"]),
            tools=[add, double],
            tool_loop={"maxParallelTools": 1},
            tool_hooks=ToolHooks(before_tool_call=limit),
            middlewares=[mark, runtime.middlewares.make("systemPrompt", {"prompt": "Be brief."})],
        )
        turn = await session.start("go")
    assert uses(turn.blocks) == [("1", 3, None), ("2", 4, None), ("3", None, "too much")]
    assert turn.metadata == {"seen": "mark"}
    assert turn.blocks[0].payload == {"text": "Be brief."}


async def test_the_tools_of_the_host_are_used_by_name() -> None:
    async with Runtime(tools=[add, double]) as runtime:
        assert runtime.tools.names() == ("add", "double")
        registry = ToolRegistry()
        registry.use(runtime.tools, ["double"])
        with pytest.raises(ToolNotFoundError, match="tool not found: triple"):
            registry.use(runtime.tools, ["triple"])
        engine = ScriptedEngine([asks(call("double", a=2)), "done"])
        turn = await runtime.session(engine=engine, tools=registry).start("go")
    assert uses(turn.blocks) == [("1", 4, None)]


async def test_the_middlewares_of_the_host_are_made_by_name() -> None:
    def make(options: dict[str, JsonValue] | None) -> FunctionMiddleware:
        async def mark(turn: Turn, next: Next, ctx: MiddlewareContext) -> None:
            turn.metadata.update(options or {})
            await next()

        return FunctionMiddleware(mark)

    async with Runtime(middlewares={"mark": make}) as runtime:
        middleware = runtime.middlewares.make("mark", {"seen": True})
        turn = await runtime.session(engine=EchoEngine(), middlewares=[middleware]).start("go")
    assert turn.metadata == {"seen": True}


async def test_a_plugin_brings_tools_and_middlewares() -> None:
    def make(options: dict[str, JsonValue] | None) -> FunctionMiddleware:
        return FunctionMiddleware(lambda turn, next, ctx: next(), name="plain")

    binding = Binding(name="arithmetic", tools=[add], middlewares={"plain": make})
    async with Runtime(bindings=[binding], tools=[double]) as runtime:
        assert runtime.tools.names() == ("double", "add")
        assert runtime.middlewares.make("plain").name == "plain"
    with pytest.raises(DuplicateToolError, match="tool add is registered already"):
        Runtime(bindings=[binding], tools=[add])


def test_a_runtime_refuses_two_of_one_name() -> None:
    with pytest.raises(DuplicateToolError, match="tool add is registered already"):
        Runtime(tools=[add, add])
    with pytest.raises(DuplicateMiddlewareError, match="systemPrompt is registered already"):
        Runtime(middlewares={"systemPrompt": cast("Any", None)})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tools": [7]}, "tool: expected a tool or a function, got 7"),
        ({"tool_loop": {"toolChoice": "sub"}, "tools": []}, 'invalid toolChoice "sub"'),
        ({"tool_loop": 7}, "toolLoop: expected an object, got 7"),
        ({"tool_hooks": 7}, "toolHooks: expected hooks, got 7"),
        ({"middlewares": [7]}, "middleware: expected a function, got 7"),
    ],
)
async def test_a_session_names_what_is_wrong(options: dict[str, object], message: str) -> None:
    async with Runtime() as runtime:
        with pytest.raises(InvalidValueError) as caught:
            runtime.session(engine=EchoEngine(), **cast("Any", options))
    assert str(caught.value).startswith(message)
