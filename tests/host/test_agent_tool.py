"""Agents as tools of others: child runs with conversations of their own."""

import json
from typing import Any

import anyio
import pytest
from tests.inference.tool_support import asks, call, uses

from marotte import (
    EchoEngine,
    EngineContext,
    FunctionEngine,
    RunOptions,
    RunStoppedError,
    Runtime,
    ScriptedEngine,
    ToolRegistry,
    Turn,
)
from marotte.conversation import new_assistant_block, new_tool_call_block, new_turn
from marotte.events import (
    ChildFinished,
    ChildStarted,
    RunFinished,
    TextDelta,
    ToolExecutionFinished,
)


async def test_its_answer_is_the_result() -> None:
    async with Runtime() as runtime:
        echo = runtime.session(engine=EchoEngine())
        engine = ScriptedEngine([asks(call("echo", input="hello")), "done"])
        session = runtime.session(engine=engine, tools=[echo.as_tool("echo", "Say it again.")])
        handle = session.start("go", tags={"ticket": "T-1"})
        turn = await handle
        assert uses(turn.blocks) == [("1", "hello", None)]
        assert echo.turns() == []
        events = [event async for event in handle.tree()]
        deltas = [event for event in events if isinstance(event, TextDelta)]
        assert [event.delta for event in deltas] == ["hello", "done"]
        assert [event.tags for event in deltas] == [{"ticket": "T-1"}] * 2
        assert deltas[0].parent_run_id == handle.id
        (started,) = [event for event in events if isinstance(event, ChildStarted)]
        assert (started.name, started.child_run_id) == ("echo", deltas[0].run_id)


async def test_each_call_has_a_conversation_that_begins_as_the_session_is() -> None:
    seen: list[list[str]] = []

    def engine(turn: Turn, ctx: EngineContext) -> str:
        seen.append([each.text for each in ctx.history])
        return "ok"

    async with Runtime() as runtime:
        agent = runtime.session(engine=FunctionEngine(engine))
        agent.append(new_turn([new_assistant_block("before")]))
        asked = asks(call("agent", "1", input="a"), call("agent", "2", input="b"))
        session = runtime.session(
            engine=ScriptedEngine([asked, "done"]), tools=[agent.as_tool("agent")]
        )
        await session.start("go")
    assert seen == [["before"], ["before"]]


async def test_parameters_of_its_own_are_told_as_json() -> None:
    parameters: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "integer"}}}
    async with Runtime() as runtime:
        echo = runtime.session(engine=EchoEngine()).as_tool("echo", parameters=parameters)
        session = runtime.session(
            engine=ScriptedEngine([asks(call("echo", a=1)), "done"]), tools=[echo]
        )
        ((_, result, _),) = uses((await session.start("go")).blocks)
    assert json.loads(str(result)) == {"a": 1}


async def test_its_result_may_be_structured() -> None:
    schema: dict[str, Any] = {"type": "object", "required": ["a"]}
    async with Runtime() as runtime:
        agent = runtime.session(engine=EchoEngine('{"a": 1}'))
        agent_tool = agent.as_tool("agent", options=RunOptions(output_schema=schema))
        session = runtime.session(
            engine=ScriptedEngine([asks(call("agent", input="x")), "done"]), tools=[agent_tool]
        )
        assert uses((await session.start("go")).blocks) == [("1", {"a": 1}, None)]


async def test_one_that_fails_is_a_tool_that_fails() -> None:
    def fail(turn: Turn, ctx: EngineContext) -> None:
        raise ValueError("no luck")

    async with Runtime() as runtime:
        agent = runtime.session(engine=FunctionEngine(fail)).as_tool("agent")
        session = runtime.session(
            engine=ScriptedEngine([asks(call("agent", input="x")), "done"]), tools=[agent]
        )
        handle = session.start("go")
        assert uses((await handle).blocks) == [("1", None, "no luck")]
        (ended,) = [event async for event in handle if isinstance(event, ChildFinished)]
        assert ended.status == "failed"


@pytest.mark.parametrize("mode", ["stop", "cancel"])
async def test_it_is_stopped_with_the_one_that_calls(mode: str) -> None:
    began = anyio.Event()

    async def hang(turn: Turn, ctx: EngineContext) -> None:
        began.set()
        while True:
            await anyio.sleep(0.005)
            ctx.check()

    async with Runtime() as runtime:
        agent = runtime.session(engine=FunctionEngine(hang)).as_tool("agent")
        session = runtime.session(
            engine=ScriptedEngine([asks(call("agent", input="x"))]), tools=[agent]
        )
        handle = session.start("go")
        await began.wait()
        handle.stop() if mode == "stop" else handle.cancel()
        with pytest.raises(RunStoppedError):
            await handle
        ended = [each async for each in handle.tree() if isinstance(each, RunFinished)]
    assert [each.stop_reason for each in ended] == ["parent_stopped", f"user_{mode}"]


async def test_one_that_takes_too_long_is_cancelled_and_the_loop_goes_on() -> None:
    async with Runtime() as runtime:
        agent = runtime.session(engine=EchoEngine("a b c", delay_ms=60_000)).as_tool("agent")
        session = runtime.session(
            engine=ScriptedEngine([asks(call("agent", input="x")), "done"]),
            tools=[agent],
            tool_loop={"executionTimeoutMs": 30},
        )
        handle = session.start("go")
        turn = await handle
        assert uses(turn.blocks) == [("1", None, "tool agent took longer than 30 ms")]
        assert handle.record.halted
        ended = [each async for each in handle.tree() if isinstance(each, RunFinished)]
        assert [each.status for each in ended] == ["stopped", "completed"]


async def test_agents_that_call_themselves_come_to_an_end() -> None:
    def engine(turn: Turn, ctx: EngineContext) -> None:
        if turn.blocks[-1].kind != "tool_use":
            turn.blocks.append(new_tool_call_block("1", "self", {"input": "deeper"}))

    async with Runtime() as runtime:
        registry = ToolRegistry()
        session = runtime.session(engine=FunctionEngine(engine), tools=registry)
        registry.register(session.as_tool("self"))
        handle = session.start("go")
        await handle
        errors = [
            each.error
            async for each in handle.tree()
            if isinstance(each, ToolExecutionFinished) and each.error
        ]
        assert errors == ["max depth (8) reached"]


async def test_bad_options_are_refused_at_once() -> None:
    async with Runtime() as runtime:
        session = runtime.session(engine=EchoEngine())
        with pytest.raises(TypeError, match="unknown option timeout"):
            session.as_tool("a", options={"timeout": 1})
