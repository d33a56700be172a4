"""The tool loop: engine, tools, and again; results in call order, and every call answered once."""

import threading
from collections.abc import Iterator

import anyio
import pytest
from pydantic import JsonValue
from tests.inference.tool_support import Conversation, asks, bodies, call, types, uses

from marotte.conversation import (
    InvalidValueError,
    Session,
    Turn,
    new_assistant_block,
    new_tool_call_block,
    new_tool_use_block,
    new_turn,
    new_user_block,
)
from marotte.events import ToolCallRequested, ToolExecutionFinished, ToolExecutionStarted
from marotte.inference import (
    EchoEngine,
    EngineContext,
    FunctionEngine,
    Pipeline,
    ReplyLike,
    ScriptedEngine,
    ToolContext,
    ToolLoopSettings,
    ToolRegistry,
    TurnComputation,
    tool,
)
from marotte.runs import RunLimitError, Runs, current_run


@tool
async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@tool
async def nap(ms: float) -> float:
    await anyio.sleep(ms / 1000)
    return ms


class Busy:
    """A tool that knows how often it is executing."""

    def __init__(self) -> None:
        self.now = 0
        self.most = 0

    async def busy(self) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        await anyio.sleep(0.01)
        self.now -= 1


async def test_the_engine_sees_the_results_and_answers(runs: Runs) -> None:
    talk = Conversation(runs, [asks(call("add", a=19, b=23)), "It is 42."], [add])
    turn = await talk.start()
    kinds = [block.kind for block in turn.blocks]
    assert kinds == ["user", "tool_call", "tool_use", "llm_text"]
    assert uses(turn.blocks) == [("1", 42, None)]
    assert turn.text == "It is 42."
    assert talk.session.turns() == [turn]


async def test_it_goes_on_until_no_tool_is_asked_for(runs: Runs) -> None:
    replies = [asks(call("add", str(n), a=n, b=n)) for n in range(3)]
    turn = await Conversation(runs, [*replies, "done"], [add]).start()
    assert uses(turn.blocks) == [("0", 0, None), ("1", 2, None), ("2", 4, None)]


async def test_results_are_in_call_order_though_tools_return_in_another(runs: Runs) -> None:
    slow_first = [call("nap", str(ms), ms=ms) for ms in (40, 20, 1)]
    handle = Conversation(runs, [asks(*slow_first), "done"], [nap]).start()
    assert [id for id, _, _ in uses((await handle).blocks)] == ["40", "20", "1"]
    finished = await bodies(handle, ToolExecutionFinished)
    assert [each.tool_call_id for each in finished] == ["1", "20", "40"]


@pytest.mark.parametrize("most", [1, 2, 3, 6])
async def test_so_many_tools_execute_at_a_time_and_no_more(runs: Runs, most: int) -> None:
    busy = Busy()
    asked = asks(*(call("busy", str(n)) for n in range(6)))
    await Conversation(
        runs, [asked, "done"], [busy.busy], loop={"max_parallel_tools": most}
    ).start()
    assert busy.most == most


async def test_three_tools_execute_at_a_time_by_default(runs: Runs) -> None:
    busy = Busy()
    asked = asks(*(call("busy", str(n)) for n in range(6)))
    await Conversation(runs, [asked, "done"], [busy.busy]).start()
    assert busy.most == 3


async def test_events_tell_of_the_wish_the_beginning_and_the_end(runs: Runs) -> None:
    handle = Conversation(runs, [asks(call("add", a=1, b=2)), "done"], [add]).start()
    await handle
    assert [type for type in await types(handle) if type.startswith("tool")] == [
        "tool-call-requested",
        "tool-execution-started",
        "tool-execution-finished",
    ]
    (asked,) = await bodies(handle, ToolCallRequested)
    (started,) = await bodies(handle, ToolExecutionStarted)
    (finished,) = await bodies(handle, ToolExecutionFinished)
    assert asked.tool_call.args == {"a": 1, "b": 2}
    assert (started.tool_call_id, started.name) == ("1", "add")
    assert (finished.result, finished.error) == (3, None)
    assert finished.duration_ms >= 0


async def test_calls_of_an_engine_that_tells_nothing_are_told(runs: Runs) -> None:
    def engine(turn: Turn, ctx: EngineContext) -> None:
        if len(uses(turn.blocks)) == 2:
            turn.blocks.append(new_assistant_block("done"))
        else:
            turn.blocks.append(new_tool_call_block("1", "add", {"a": 1, "b": 2}))

    pipeline = Pipeline(FunctionEngine(engine), tools=ToolRegistry([add]))
    handle = runs.start(TurnComputation(pipeline), session=Session(), seed="go")
    assert uses((await handle).blocks) == [("1", 3, None)] * 2
    asked = await bodies(handle, ToolCallRequested)
    assert [(each.tool_call.id, each.tool_call.name) for each in asked] == [("1", "add")] * 2


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (call("subtract"), "tool not found: subtract"),
        (
            call("add", a=1, b="2"),
            "invalid arguments for tool add: arguments.b: '2' is not of type 'integer'",
        ),
        (
            call("add", a=1),
            "invalid arguments for tool add: arguments: 'b' is a required property",
        ),
        (
            call("add", a=1, b=2, c=3),
            "invalid arguments for tool add: arguments: Additional properties are not allowed "
            "('c' was unexpected)",
        ),
    ],
)
async def test_a_call_that_cannot_be_made_goes_back_to_the_model(
    runs: Runs, asked: dict[str, object], error: str
) -> None:
    handle = Conversation(runs, [asks(asked), "I see."], [add]).start()
    assert uses((await handle).blocks) == [("1", None, error)]
    assert await bodies(handle, ToolExecutionStarted) == []
    (finished,) = await bodies(handle, ToolExecutionFinished)
    assert finished.error == error


async def test_a_model_may_use_an_id_again(runs: Runs) -> None:
    asked = asks(call("add", "same", a=1, b=1), call("add", "same", a=2, b=2))
    again = asks(call("add", "same", a=3, b=3))
    turn = await Conversation(runs, [asked, again, "done"], [add]).start()
    assert uses(turn.blocks) == [("same", 2, None), ("same", 4, None), ("same", 6, None)]


async def test_calls_of_the_seed_are_made_and_answered_ones_are_not(runs: Runs) -> None:
    seed = new_turn(
        [
            new_user_block("go"),
            new_tool_call_block("old", "add", {"a": 1, "b": 1}),
            new_tool_use_block("old", 2),
            new_tool_call_block("new", "add", {"a": 2, "b": 2}),
        ]
    )
    pipeline = Pipeline(EchoEngine("ok"), tools=ToolRegistry([add]))
    turn = await runs.start(TurnComputation(pipeline), session=Session(), seed=seed)
    assert uses(turn.blocks) == [("old", 2, None), ("new", 4, None)]


class TestIterations:
    def endless(self) -> Iterator[dict[str, object]]:
        return (asks(call("add", str(n), a=n, b=n)) for n in range(30))

    async def test_over_the_limit_the_run_ends(self, runs: Runs) -> None:
        talk = Conversation(runs, self.endless(), [add], loop={"max_iterations": 3})
        handle = talk.start()
        with pytest.raises(RunLimitError) as caught:
            await handle
        assert str(caught.value) == "max iterations (3) reached"
        assert caught.value.code == "max_iterations"
        assert handle.record.status == "limit_reached"
        partial = caught.value.partial_turn
        assert partial is not None
        assert [id for id, _, _ in uses(partial.blocks)] == ["0", "1", "2"]
        assert talk.session.turns() == []
        assert talk.engine.remaining == 27

    async def test_the_limit_is_20_by_default(self, runs: Runs) -> None:
        talk = Conversation(runs, self.endless(), [add])
        with pytest.raises(RunLimitError, match=r"max iterations \(20\) reached"):
            await talk.start()
        assert talk.engine.remaining == 10

    async def test_a_run_may_have_a_smaller_one(self, runs: Runs) -> None:
        talk = Conversation(runs, self.endless(), [add])
        with pytest.raises(RunLimitError, match=r"max iterations \(2\) reached"):
            await talk.start(limits={"iterations": 2})


class TestLimits:
    async def test_tool_calls_are_counted(self, runs: Runs) -> None:
        executed: list[int] = []

        @tool
        async def note(n: int) -> None:
            executed.append(n)

        asked = asks(*(call("note", str(n), n=n) for n in range(4)))
        talk = Conversation(runs, [asked, "done"], [note], loop={"max_parallel_tools": 1})
        with pytest.raises(RunLimitError, match=r"max tool calls \(2\) reached") as caught:
            await talk.start(limits={"tool_calls": 2})
        assert caught.value.code == "tool_calls"
        assert executed == [0, 1]

    @pytest.mark.parametrize(
        ("usage", "limits", "message"),
        [
            ({"inputTokens": 90, "outputTokens": 11}, {"tokens": 200}, "max tokens (200) reached"),
            ({"costUsd": 0.3}, {"cost_usd": 0.5}, "max cost ($0.5) reached"),
        ],
    )
    async def test_tokens_and_cost_of_all_iterations_count(
        self, runs: Runs, usage: JsonValue, limits: dict[str, float], message: str
    ) -> None:
        replies = [{**asks(call("add", str(n), a=1, b=1)), "usage": usage} for n in range(4)]
        talk = Conversation(runs, replies, [add])
        handle = talk.start(limits=limits)
        with pytest.raises(RunLimitError) as caught:
            await handle
        assert (str(caught.value), caught.value.code) == (message, "max_budget")
        assert talk.engine.remaining == 2
        assert handle.usage.requests == 2


class TestToolChoice:
    def recording(self, seen: list[tuple[str, list[str]]]) -> type[ScriptedEngine]:
        class Recording(ScriptedEngine):
            async def infer(self, turn: Turn, ctx: EngineContext) -> None:
                seen.append((ctx.tool_choice, [each.name for each in ctx.tools]))
                await super().infer(turn, ctx)

        return Recording

    @pytest.mark.parametrize(
        ("choice", "told"),
        [
            ("auto", ["auto", "auto"]),
            ("none", ["none", "none"]),
            ("required", ["required", "auto"]),
            ("add", ["add", "auto"]),
        ],
    )
    async def test_the_engine_is_told_until_it_has_called(
        self, runs: Runs, choice: str, told: list[str]
    ) -> None:
        seen: list[tuple[str, list[str]]] = []
        engine = self.recording(seen)([asks(call("add", a=1, b=1)), "done"])
        settings = ToolLoopSettings(tool_choice=choice)
        pipeline = Pipeline(engine, tools=ToolRegistry([nap, add]), tool_loop=settings)
        await runs.start(TurnComputation(pipeline), session=Session(), seed="go")
        assert seen == [(each, ["nap", "add"]) for each in told]

    async def test_with_none_no_tool_is_executed(self, runs: Runs) -> None:
        replies: list[ReplyLike] = [asks(call("add", a=1, b=1)), "done"]
        turn = await Conversation(runs, replies, [add], loop={"tool_choice": "none"}).start()
        error = 'tools are not to be called: toolChoice is "none"'
        assert uses(turn.blocks) == [("1", None, error)]

    async def test_another_name_is_refused(self, runs: Runs) -> None:
        with pytest.raises(InvalidValueError) as caught:
            Conversation(runs, [], [add, nap], loop={"tool_choice": "sub"})
        expected = 'invalid toolChoice "sub", expected one of: auto, none, required, add, nap'
        assert str(caught.value) == expected


async def test_a_loop_that_is_not_enabled_offers_nothing_and_answers_once(runs: Runs) -> None:
    talk = Conversation(runs, [asks(call("add", a=1, b=1)), "done"], [add], loop={"enabled": False})
    handle = talk.start()
    turn = await handle
    assert [block.kind for block in turn.blocks] == ["user", "tool_call", "tool_use"]
    assert uses(turn.blocks) == [("1", None, "not executed: the tool loop is not enabled")]
    assert talk.engine.remaining == 1
    (finished,) = await bodies(handle, ToolExecutionFinished)
    assert (finished.tool_call_id, finished.error) == ("1", uses(turn.blocks)[0][2])
    assert await bodies(handle, ToolExecutionStarted) == []


async def test_a_tool_that_is_registered_meanwhile_is_offered(runs: Runs) -> None:
    talk = Conversation(runs, [asks(call("grow")), asks(call("add", a=1, b=1)), "done"])
    registry = talk.pipeline.tools
    assert registry is not None
    registry.register(tool(name="grow")(lambda: registry.register(add)))
    assert uses((await talk.start()).blocks) == [("1", None, None), ("1", 2, None)]


async def test_a_tool_has_a_complete_context(runs: Runs) -> None:
    seen: list[ToolContext] = []
    threads: list[threading.Thread] = []

    @tool
    def look(ctx: ToolContext) -> None:
        seen.append(ctx)
        threads.append(threading.current_thread())
        assert current_run.get() is ctx.run

    talk = Conversation(runs, [asks(call("look", "c1")), "done"], [look])
    handle = talk.start(tags={"ticket": "T-1"}, timeout_ms=60_000)
    turn = await handle
    (ctx,) = seen
    assert (ctx.run_id, ctx.session_id, ctx.turn_id) == (handle.id, talk.session.id, turn.id)
    assert (ctx.call_id, ctx.tool_name) == ("c1", "look")
    assert (dict(ctx.tags), ctx.deadline_ms) == ({"ticket": "T-1"}, handle.record.deadline)
    assert not ctx.token.is_set
    assert threads[0].daemon
