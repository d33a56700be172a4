"""A stop between any two steps holds: what has begun ends, and nothing else begins."""

import threading
import time
from typing import Literal

import anyio
import anyio.lowlevel
import pytest
from tests.inference.tool_support import Conversation, asks, bodies, call, types, uses
from tests.runs.workloads import SLACK

from marotte.conversation import Turn
from marotte.events import StopMode, ToolExecutionFinished, ToolExecutionStarted
from marotte.inference import (
    AfterToolCall,
    BeforeToolCall,
    FunctionMiddleware,
    MiddlewareContext,
    Next,
    ToolContext,
    ToolFailure,
    ToolHooks,
    tool,
)
from marotte.runs import RunContext, RunError, Runs, RunStoppedError, RunTimeoutError, StopRequest

Step = Literal["middleware", "before", "tool", "on_error", "after"]


class Steps:
    """Stops the run when a step has begun for the n-th time, and notes what begins."""

    def __init__(self, at: tuple[Step, int], request: StopRequest) -> None:
        self.at = at
        self.request = request
        self.begun: list[Step] = []
        self.late: list[Step] = []

    def begin(self, step: Step, run: RunContext) -> None:
        if run.is_stopping:
            self.late.append(step)
        self.begun.append(step)
        if (step, self.begun.count(step)) == self.at:
            run.run.request_stop(self.request)

    def talk(self, runs: Runs) -> Conversation:
        async def middleware(turn: Turn, next: Next, ctx: MiddlewareContext) -> Turn:
            self.begin("middleware", ctx.run)
            return await next()

        async def before(payload: BeforeToolCall) -> None:
            self.begin("before", payload.ctx.run)

        @tool
        async def flaky(ctx: ToolContext) -> None:
            self.begin("tool", ctx.run)
            raise ValueError("no luck")

        async def on_error(payload: ToolFailure) -> None:
            self.begin("on_error", payload.ctx.run)

        async def after(payload: AfterToolCall) -> None:
            self.begin("after", payload.ctx.run)

        return Conversation(
            runs,
            [asks(call("flaky", "1"), call("flaky", "2")), "done"],
            [flaky],
            hooks=ToolHooks(before, after, on_error),
            middlewares=[FunctionMiddleware(middleware)],
            loop={
                "tool_error_handling": "retry",
                "retry_max_retries": 1,
                "retry_backoff_ms": 0,
                "max_parallel_tools": 1,
            },
        )


CALL: list[Step] = ["before", "tool", "on_error", "tool", "on_error", "after"]
ALL: list[Step] = ["middleware", *CALL, *CALL, "middleware"]


async def test_these_are_the_steps(runs: Runs) -> None:
    steps = Steps(("tool", 99), StopRequest("stop"))
    await steps.talk(runs).start()
    assert steps.begun == ALL


@pytest.mark.parametrize("position", range(len(ALL)))
@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (StopRequest("stop"), "stopped"),
        (StopRequest("cancel"), "stopped"),
        (StopRequest("cancel", "deadline"), "timed_out"),
        (StopRequest("stop", "session"), "stopped"),
    ],
)
async def test_nothing_begins_after_a_stop_at_any_step(
    runs: Runs, position: int, request_: StopRequest, status: str
) -> None:
    step = ALL[position]
    steps = Steps((step, ALL[: position + 1].count(step)), request_)
    talk = steps.talk(runs)
    handle = talk.start()
    with pytest.raises(RunError) as caught:
        await handle
    assert handle.record.status == status
    assert steps.begun == ALL[: position + 1]
    assert steps.late == []
    assert talk.session.turns() == []
    assert caught.value.partial_turn is not None
    assert caught.value.partial_turn.blocks[0].payload == {"text": "go"}
    assert (await types(handle)).count("run-finished") == 1


@pytest.mark.parametrize("mode", ["stop", "cancel"])
async def test_a_stop_by_one_of_parallel_tools_keeps_the_others_from_beginning(
    runs: Runs, mode: StopMode
) -> None:
    begun: list[str] = []

    @tool
    async def first_stops(ctx: ToolContext) -> None:
        begun.append(ctx.call_id)
        ctx.run.run.request_stop(StopRequest(mode))

    asked = asks(*(call("first_stops", id) for id in "abc"))
    handle = Conversation(runs, [asked, "done"], [first_stops]).start()
    with pytest.raises(RunStoppedError):
        await handle
    assert begun == ["a"]


async def test_a_tool_in_flight_finishes_within_its_own_time(runs: Runs) -> None:
    finished: list[str] = []
    started = anyio.Event()

    @tool
    async def work(label: str) -> str:
        started.set()
        await anyio.sleep(0.1)
        finished.append(label)
        return label

    asked = asks(*(call("work", label, label=label) for label in "abcd"))
    talk = Conversation(runs, [asked, "done"], [work], loop={"max_parallel_tools": 2})
    handle = talk.start(grace_ms=1)
    await started.wait()
    handle.stop()
    with pytest.raises(RunStoppedError) as caught:
        await handle
    assert sorted(finished) == ["a", "b"]
    assert caught.value.partial_turn is not None
    assert uses(caught.value.partial_turn.blocks) == [("a", "a", None), ("b", "b", None)]
    assert handle.record.halt == "boundary"


@pytest.mark.parametrize("most", [1, 3])
async def test_a_cancel_aborts_tools_in_flight(runs: Runs, most: int) -> None:
    cancelled: list[str] = []
    started = anyio.Event()

    @tool
    async def hang(label: str) -> None:
        started.set()
        try:
            await anyio.sleep(60)
        except BaseException:
            cancelled.append(label)
            raise

    asked = asks(*(call("hang", label, label=label) for label in "abc"))
    handle = Conversation(runs, [asked], [hang], loop={"max_parallel_tools": most}).start()
    await started.wait()
    await anyio.lowlevel.checkpoint()
    since = time.monotonic()
    handle.cancel()
    record = await handle.wait()
    assert time.monotonic() - since < 0.35 + SLACK
    assert (record.status, record.halted, record.halt) == ("stopped", True, "abort")
    assert sorted(cancelled) == list("abc"[:most])
    begun = await bodies(handle, ToolExecutionStarted)
    ended = await bodies(handle, ToolExecutionFinished)
    assert {each.tool_call_id for each in begun} == {each.tool_call_id for each in ended}
    assert {each.error for each in ended} == {"context canceled"}


async def test_a_stop_interrupts_the_wait_before_a_retry(runs: Runs) -> None:
    failed = anyio.Event()

    @tool
    async def fail() -> None:
        failed.set()
        raise ValueError("no luck")

    loop = {"tool_error_handling": "retry", "retry_backoff_ms": 60_000}
    handle = Conversation(runs, [asks(call("fail"))], [fail], loop=loop).start()
    await failed.wait()
    await anyio.sleep(0.01)
    since = time.monotonic()
    handle.stop()
    assert (await handle.wait()).status == "stopped"
    assert time.monotonic() - since < SLACK


async def test_a_deadline_ends_a_tool(runs: Runs) -> None:
    @tool
    async def hang() -> None:
        await anyio.sleep(60)

    handle = Conversation(runs, [asks(call("hang"))], [hang]).start(timeout_ms=30)
    with pytest.raises(RunTimeoutError, match="context deadline exceeded"):
        await handle
    assert handle.record.halted


@pytest.mark.parametrize("most", [1, 3])
async def test_a_tool_that_does_not_return_holds_nobody_up(runs: Runs, most: int) -> None:
    begun: list[float] = []
    released = threading.Event()

    @tool
    def wedged(ctx: ToolContext) -> None:
        begun.append(time.monotonic())
        ctx.run.run.request_stop(StopRequest("cancel", "deadline"))
        released.wait(30)

    asked = asks(*(call("wedged", id) for id in "ab"))
    talk = Conversation(runs, [asked], [wedged], loop={"max_parallel_tools": most})
    handle = talk.start(cancel_grace_ms=20)
    try:
        with pytest.raises(RunTimeoutError):
            await handle
        assert time.monotonic() - begun[0] < 0.12 + SLACK
        assert (handle.record.halted, handle.record.halt) == (False, "wedged")
        assert talk.session.active_run_id is None
        assert runs.statistics().abandoned == 1
    finally:
        released.set()


async def test_a_tool_that_checks_ends_the_run_and_is_no_failure(runs: Runs) -> None:
    told: list[object] = []

    @tool
    async def polite(ctx: ToolContext) -> None:
        ctx.run.limit_exceeded("memory", "too much")
        ctx.check()

    hooks = ToolHooks(on_tool_error=told.append)
    talk = Conversation(runs, [asks(call("polite"))], [polite], hooks=hooks)
    with pytest.raises(RunError, match="too much") as caught:
        await talk.start()
    assert caught.value.code == "memory"
    assert told == []


@pytest.mark.parametrize("mode", ["stop", "cancel"])
async def test_a_result_that_a_hook_was_to_see_is_told_to_nobody_without_it(
    runs: Runs, mode: StopMode
) -> None:
    @tool
    async def secret(ctx: ToolContext) -> str:
        ctx.run.run.request_stop(StopRequest(mode))
        return "secret"

    hooks = ToolHooks(after_tool_call=lambda payload: None)
    handle = Conversation(runs, [asks(call("secret"))], [secret], hooks=hooks).start()
    with pytest.raises(RunStoppedError) as caught:
        await handle
    assert caught.value.partial_turn is not None
    assert uses(caught.value.partial_turn.blocks) == []
    (finished,) = await bodies(handle, ToolExecutionFinished)
    assert (finished.result, finished.error) == (None, "context canceled")
