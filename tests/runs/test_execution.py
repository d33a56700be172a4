"""Executions can be waited for, cancelled and left behind."""

import asyncio
import gc
from contextvars import ContextVar, copy_context

import anyio
import anyio.lowlevel
import pytest
from tests.runs.workloads import until

from marotte.runs.execution import Background, Execution

name: ContextVar[str] = ContextVar("name", default="outside")


async def test_an_execution_has_its_own_context_and_a_result() -> None:
    async def work() -> str:
        before = name.get()
        name.set("changed inside")
        return before

    context = copy_context()
    context.run(name.set, "inside")
    execution = Execution(work(), context)
    assert not execution.is_done
    assert await execution.wait(1)
    assert (execution.value, execution.error) == ("inside", None)
    assert (name.get(), context[name]) == ("outside", "changed inside")


async def test_an_error_is_a_result_and_no_complaint() -> None:
    async def fail() -> None:
        raise ValueError("boom")

    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    execution = Execution(fail(), copy_context())
    assert await execution.wait()
    assert isinstance(execution.error, ValueError)
    del execution
    gc.collect()
    asyncio.get_running_loop().set_exception_handler(None)
    assert complaints == []


async def test_a_wait_ends_and_leaves_the_execution_alone() -> None:
    go = anyio.Event()
    execution = Execution(go.wait(), copy_context())
    assert not await execution.wait(0.01)
    go.set()
    assert await execution.wait(1)
    assert execution.error is None


async def test_a_cancelled_execution_says_so() -> None:
    execution = Execution(anyio.sleep_forever(), copy_context())
    done: list[str] = []
    execution.on_done(lambda: done.append("done"))
    await anyio.lowlevel.checkpoint()
    execution.cancel()
    assert await execution.wait(1)
    assert isinstance(execution.error, asyncio.CancelledError)
    await until(lambda: done == ["done"])


@pytest.mark.parametrize("fails", [False, True])
async def test_an_abandoned_execution_is_no_task_of_the_loop_and_may_end_late(fails: bool) -> None:
    go = anyio.Event()

    async def work() -> str:
        await go.wait()
        if fails:
            raise ValueError("late")
        return "late"

    execution = Execution(work(), copy_context())
    await anyio.lowlevel.checkpoint()
    tasks = len(asyncio.all_tasks())
    late: list[Execution] = []
    assert execution.abandon(late.append)
    assert len(asyncio.all_tasks()) == tasks - 1
    gc.collect()
    go.set()
    await until(lambda: late == [execution])
    assert (execution.value, isinstance(execution.error, ValueError)) == (
        (None, True) if fails else ("late", False)
    )


async def test_background_tasks_are_cancelled_together_and_not_for_ever() -> None:
    ended: list[str] = []

    async def wait() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append("cancelled")

    async def refuse() -> None:
        with anyio.CancelScope(shield=True):
            try:
                await anyio.sleep(0.2)
            except asyncio.CancelledError:
                await anyio.sleep(0.2)

    background = Background()
    await background.cancel(1)
    for work in (wait, wait, refuse):
        background.start(work(), copy_context())
    await anyio.lowlevel.checkpoint()
    with anyio.fail_after(0.15):
        await background.cancel(0.02)
    assert ended == ["cancelled"] * 2
    await anyio.sleep(0.25)


async def test_what_is_just_ending_is_not_abandoned() -> None:
    ended: list[tuple[bool, bool]] = []

    async def work() -> None:
        asyncio.get_running_loop().call_soon(look)

    def look() -> None:
        ended.append((execution.is_done, execution.abandon(lambda _: None)))

    execution = Execution(work(), copy_context())
    assert await execution.wait(1)
    assert ended == [(False, False)]
    assert not execution.abandon(lambda _: None)
