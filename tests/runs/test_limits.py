"""Limits: each ends a run with its own reason, and a stop that came first wins."""

from collections.abc import Awaitable, Callable

import anyio
import pytest
from tests.runs.workloads import (
    TurnWork,
    Work,
    answer,
    block,
    bodies,
    events_of,
    forever,
    running,
    session_with,
)

from marotte.conversation import Usage
from marotte.events import Diagnostic, Output
from marotte.runs import RunContext, RunHandle, RunLimitError, Runs


async def iterate(ctx: RunContext) -> None:
    for _ in range(4):
        ctx.count_iteration()


async def use_tools(ctx: RunContext) -> None:
    for _ in range(4):
        ctx.count_tool_call()


async def spend(ctx: RunContext) -> None:
    for _ in range(4):
        ctx.add_usage(Usage(input_tokens=5, output_tokens=5, cost_usd=0.25))


async def spin(ctx: RunContext) -> None:
    ctx.limit_exceeded("cpu", "CPU time of 50 ms used up")
    await forever(ctx)


@pytest.mark.parametrize(
    ("work", "limits", "reason", "message"),
    [
        (iterate, {"iterations": 3}, "max_iterations", "max iterations (3) reached"),
        (use_tools, {"tool_calls": 3}, "tool_calls", "max tool calls (3) reached"),
        (spend, {"tokens": 30}, "max_budget", "max tokens (30) reached"),
        (spend, {"cost_usd": 0.75}, "max_budget", "max cost ($0.75) reached"),
        (spin, {}, "cpu", "CPU time of 50 ms used up"),
    ],
)
async def test_a_limit_ends_the_run(
    runs: Runs,
    work: Callable[[RunContext], Awaitable[None]],
    limits: dict[str, float],
    reason: str,
    message: str,
) -> None:
    handle = runs.start(Work(work), options={"limits": limits, "cancel_grace_ms": 10})
    with pytest.raises(RunLimitError) as caught:
        await handle
    assert (str(caught.value), caught.value.code) == (message, reason)
    record = handle.record
    assert (record.status, record.stop_reason) == ("limit_reached", reason)
    assert record.error is not None
    assert record.error.message == message


@pytest.mark.parametrize("work", [iterate, use_tools, spend])
async def test_reaching_a_limit_without_breaking_it_is_fine(
    runs: Runs, work: Callable[[RunContext], Awaitable[None]]
) -> None:
    limits = {"iterations": 4, "tool_calls": 4, "tokens": 40, "cost_usd": 1}
    handle = runs.start(Work(work), options={"limits": limits})
    await handle
    assert handle.status == "completed"


async def test_a_broken_limit_cannot_be_swallowed(runs: Runs) -> None:
    async def swallow(ctx: RunContext) -> None:
        for _ in range(5):
            try:
                ctx.count_iteration()
            except RunLimitError:
                continue

    handle = runs.start(Work(swallow), options={"limits": {"iterations": 2}})
    assert (await handle.wait()).stop_reason == "max_iterations"


async def test_spend_is_recorded_beyond_the_limit(runs: Runs) -> None:
    handle = runs.start(Work(spend), options={"limits": {"tokens": 15}})
    assert (await handle.wait()).usage.tokens == 20


async def test_an_error_that_speaks_of_a_limit_is_one(runs: Runs) -> None:
    async def fail(ctx: RunContext) -> None:
        raise RunLimitError("max iterations (7) reached", code="max_iterations")

    record = await runs.start(Work(fail)).wait()
    assert (record.status, record.stop_reason) == ("limit_reached", "max_iterations")


async def test_a_full_session_refuses_a_new_turn_before_the_engine_is_called(runs: Runs) -> None:
    called: list[str] = []

    async def note(ctx: RunContext) -> None:
        called.append(ctx.run_id)
        await answer(ctx)

    session = session_with("one", "two")
    options = {"limits": {"turns": 2}}
    handle = runs.start(TurnWork(note), session=session, seed="three", options=options)
    with pytest.raises(RunLimitError, match=r"max turns \(2\) reached"):
        await handle
    assert (handle.record.stop_reason, called) == ("max_turns", [])
    assert session.turn_count == 2
    await runs.start(TurnWork(note), session=session, options=options)
    assert len(called) == 1


async def test_a_stop_goes_before_a_limit(runs: Runs) -> None:
    async def late(ctx: RunContext) -> None:
        await ctx.wait_stopping()
        ctx.count_iteration()

    handle = runs.start(Work(late), options={"limits": {"iterations": 0}})
    await running(handle)
    handle.stop()
    assert (await handle.wait()).stop_reason == "user_stop"


async def test_output_is_cut_at_its_limit_and_ends_the_run(runs: Runs) -> None:
    async def write(ctx: RunContext) -> None:
        for _ in range(4):
            await ctx.emit(Output(level="log", text="12345"))

    handle = runs.start(Work(write), options={"limits": {"output_chars": 12}})
    assert (await handle.wait()).stop_reason == "output"
    events = await events_of(handle)
    assert [event.text for event in bodies(events, Output)] == ["12345", "12345", "12", ""]
    assert [event.code for event in bodies(events, Diagnostic)] == ["text-cut"]


async def test_one_huge_output_is_cut_and_marked_once(runs: Runs) -> None:
    async def write(ctx: RunContext) -> None:
        for _ in range(2):
            await ctx.emit(Output(level="log", text="x" * 100_000))

    handle = runs.start(Work(write))
    await handle
    events = await events_of(handle)
    assert [len(event.text) for event in bodies(events, Output)] == [65_536, 65_536]
    (diagnostic,) = bodies(events, Diagnostic)
    assert diagnostic.message == "output of 100000 characters was cut to 65536"


async def test_limits_are_counted_from_many_threads(runs: Runs) -> None:
    async def count(ctx: RunContext) -> None:
        async with anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(anyio.to_thread.run_sync, _spend_much, ctx)

    handle = runs.start(Work(count))
    await handle
    assert handle.usage == Usage(requests=4_000)


def _spend_much(ctx: RunContext) -> None:
    for _ in range(1_000):
        ctx.add_usage(Usage(requests=1))


async def test_a_deadline_goes_before_a_limit(runs: Runs) -> None:
    async def late(ctx: RunContext) -> None:
        block(0.03)
        ctx.count_iteration()

    options = {"timeout_ms": 20, "limits": {"iterations": 0}}
    record = await runs.start(Work(late), options=options).wait()
    assert (record.status, record.stop_reason) == ("timed_out", "deadline")


@pytest.mark.parametrize("between", [0, 2])
@pytest.mark.parametrize(
    ("work", "limits", "reason"),
    [
        (use_tools, {"tool_calls": 3}, "tool_calls"),
        (spend, {"tokens": 30}, "max_budget"),
        (spend, {"cost_usd": 0.75}, "max_budget"),
    ],
)
async def test_a_limit_covers_the_runs_below(
    runs: Runs,
    between: int,
    work: Callable[[RunContext], Awaitable[None]],
    limits: dict[str, float],
    reason: str,
) -> None:
    below: list[RunHandle] = []

    async def delegate(ctx: RunContext, left: int = between) -> None:
        inner = Work(work) if left == 0 else Work(lambda ctx: delegate(ctx, left - 1))
        below.append(runs.start(inner))
        await below[-1]

    record = await runs.start(Work(delegate), options={"limits": limits}).wait()
    assert (record.status, record.stop_reason) == ("limit_reached", reason)
    assert record.usage == Usage()
    records = [await each.wait() for each in below]
    assert {(each.status, each.stop_reason) for each in records} == {("stopped", "parent_stopped")}
    if work is spend:
        assert records[-1].usage.tokens == 40


async def test_what_several_runs_below_spend_is_one_sum(runs: Runs) -> None:
    async def spend_ten(ctx: RunContext) -> None:
        ctx.add_usage(Usage(input_tokens=10))

    async def delegate(ctx: RunContext) -> None:
        for _ in range(4):
            await runs.start(Work(spend_ten), options={"limits": {"tokens": 10}})
            ctx.add_usage(Usage(output_tokens=1))

    record = await runs.start(Work(delegate), options={"limits": {"tokens": 43}}).wait()
    assert (record.status, record.usage.tokens) == ("limit_reached", 4)
    record = await runs.start(Work(delegate), options={"limits": {"tokens": 44}}).wait()
    assert (record.status, record.usage.tokens) == ("completed", 4)


@pytest.mark.parametrize(
    ("usage", "limits", "told"),
    [
        (Usage(input_tokens=1), {"cost_usd": 1}, 1),
        (Usage(input_tokens=1), {}, 0),
        (Usage(input_tokens=1, cost_usd=0.1), {"cost_usd": 1}, 0),
        (Usage(requests=1), {"cost_usd": 1}, 0),
    ],
)
async def test_a_limit_that_cannot_see_a_cost_says_so_once(
    runs: Runs, usage: Usage, limits: dict[str, float], told: int
) -> None:
    async def call_models(ctx: RunContext) -> None:
        for _ in range(2):
            ctx.add_usage(usage)

    async def delegate(ctx: RunContext) -> None:
        await runs.start(Work(call_models))
        await call_models(ctx)

    handle = runs.start(Work(delegate), options={"limits": limits})
    await handle
    found = [event.code for event in bodies(await events_of(handle), Diagnostic)]
    assert found == ["cost-unknown"] * told
