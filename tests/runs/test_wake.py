"""Waking: no wake-up is lost, whichever thread it comes from."""

import asyncio
import threading
import time

import anyio
from tests.runs.workloads import SLACK

from marotte.runs.wake import Wake


async def test_a_waiter_is_woken_from_another_thread_every_time() -> None:
    wake = Wake(asyncio.get_running_loop().call_soon_threadsafe)
    count, target = 0, 2_000
    lock = threading.Lock()

    def produce() -> None:
        nonlocal count
        for _ in range(target):
            with lock:
                count += 1
            wake.notify()

    threads = [threading.Thread(target=produce) for _ in range(2)]
    for thread in threads:
        thread.start()
    with anyio.fail_after(10):
        while count < 2 * target:
            await wake.wait()


async def test_all_waiters_are_woken() -> None:
    wake = Wake(asyncio.get_running_loop().call_soon_threadsafe)
    woken: list[int] = []

    async def wait(number: int) -> None:
        await wake.wait()
        woken.append(number)

    async with anyio.create_task_group() as group:
        for number in range(3):
            group.start_soon(wait, number)
        await anyio.wait_all_tasks_blocked()
        wake.notify()
    assert sorted(woken) == [0, 1, 2]


async def test_a_wait_ends_at_its_time() -> None:
    wake = Wake(asyncio.get_running_loop().call_soon_threadsafe)
    begun = time.monotonic()
    await wake.wait(begun + 0.02)
    assert 0.02 <= time.monotonic() - begun < 0.02 + SLACK
    await wake.wait(begun)
    assert time.monotonic() - begun < 0.02 + SLACK


async def test_a_wake_up_is_posted_once_until_it_has_been_noticed() -> None:
    posted: list[object] = []
    wake = Wake(posted.append)
    for _ in range(3):
        wake.notify()
    assert len(posted) == 1


def test_a_wake_up_after_the_end_of_the_loop_is_no_error() -> None:
    loop = asyncio.new_event_loop()
    wake = Wake(loop.call_soon_threadsafe)
    loop.close()
    wake.notify()
