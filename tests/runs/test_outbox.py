"""The way into the log: one order for all threads, batches of bounded size, nothing lost."""

import threading
import time

import anyio
import pytest
from tests.runs.workloads import SLACK, FaultyLog, until

from marotte.events import (
    Emission,
    MemoryRunLog,
    Output,
    OutputEvent,
    RunChange,
    RunRecord,
    RunStarted,
    happened,
)
from marotte.runs.outbox import MAX_UNDELIVERED, Outbox, Transition


def output(text: str) -> Emission:
    return happened(Output(level="log", text=text))


class Kicked:
    """An outbox on a log, and how often it asked to be flushed."""

    def __init__(self) -> None:
        self.log = MemoryRunLog()
        self.kicks = 0
        self.outbox = Outbox("r1", self.log, self._kick)

    def _kick(self) -> None:
        self.kicks += 1

    async def create(self) -> None:
        await self.log.create(RunRecord(id="r1", kind="script", created_at=1))

    async def texts(self) -> list[str]:
        events = await self.log.replay("r1")
        return [event.text for event in events if isinstance(event, OutputEvent)]


@pytest.fixture
async def slow() -> FaultyLog:
    """A log that takes its time."""
    log = FaultyLog()
    log.append_delay = 0.02
    await log.create(RunRecord(id="r1", kind="script", created_at=1))
    return log


@pytest.fixture
async def kicked() -> Kicked:
    kicked = Kicked()
    await kicked.create()
    return kicked


async def test_what_is_put_is_flushed_in_order_with_one_kick(kicked: Kicked) -> None:
    for number in range(3):
        assert kicked.outbox.put(output(str(number)))
    assert (len(kicked.outbox), kicked.kicks) == (3, 1)
    assert await kicked.outbox.flush() is None
    assert await kicked.texts() == ["0", "1", "2"]
    assert (len(kicked.outbox), kicked.outbox.appended_seq) == (0, 3)
    kicked.outbox.put(output("3"))
    assert kicked.kicks == 2


async def test_transitions_keep_their_place_among_events(kicked: Kicked) -> None:
    change = RunChange(status="running")
    kicked.outbox.put(output("before"))
    kicked.outbox.put(Transition(frozenset(("queued",)), change, (happened(RunStarted()),)))
    kicked.outbox.put(output("after"))
    record = await kicked.outbox.flush()
    assert record is not None
    assert record.status == "running"
    types = [event.type for event in await kicked.log.replay("r1")]
    assert types == ["output", "run-started", "output"]
    assert kicked.outbox.appended_seq == 3


async def test_a_transition_that_does_not_fit_is_passed_over(kicked: Kicked) -> None:
    kicked.outbox.put(Transition(frozenset(("waiting",)), RunChange(status="running")))
    kicked.outbox.put(output("after"))
    assert await kicked.outbox.flush() is None
    assert await kicked.texts() == ["after"]


async def test_a_flush_is_bounded_and_draining_is_not(kicked: Kicked) -> None:
    for number in range(5_000):
        kicked.outbox.put(output(str(number)))
    await kicked.outbox.flush()
    assert 0 < len(await kicked.texts()) < 5_000
    await kicked.outbox.drain()
    assert await kicked.texts() == [str(number) for number in range(5_000)]


async def test_closing_hands_back_what_was_not_flushed_and_refuses_the_rest(
    kicked: Kicked,
) -> None:
    kicked.outbox.put(output("unsent"))
    kicked.outbox.put(Transition(frozenset(("queued",)), RunChange(status="running")))
    (unsent,) = kicked.outbox.close()
    assert isinstance(unsent.body, Output)
    assert kicked.outbox.is_closed
    assert not kicked.outbox.put(output("late"))


async def test_threads_keep_their_own_order(kicked: Kicked) -> None:
    def put(name: str) -> None:
        for number in range(500):
            kicked.outbox.put(output(f"{name}{number}"))

    threads = [threading.Thread(target=put, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        await kicked.outbox.flush()
    await kicked.outbox.drain()
    texts = await kicked.texts()
    for name in "abc":
        assert [text for text in texts if text[0] == name] == [f"{name}{n}" for n in range(500)]


@pytest.mark.parametrize("end", ["flush", "close"])
async def test_a_thread_waits_for_room_until_there_is_some_or_never_will_be(
    kicked: Kicked, end: str
) -> None:
    for _ in range(MAX_UNDELIVERED):
        kicked.outbox.put(output("x"))
    waited: list[float] = []

    def wait() -> None:
        begun = time.monotonic()
        room = kicked.outbox.room()
        assert room is not None
        room.result(10)
        waited.append(time.monotonic() - begun)

    thread = threading.Thread(target=wait)
    thread.start()
    await anyio.sleep(0.05)
    assert waited == []
    if end == "flush":
        await kicked.outbox.flush()
    else:
        kicked.outbox.close()
    await anyio.to_thread.run_sync(thread.join)
    assert 0.04 <= waited[0] < 0.05 + SLACK


async def test_draining_waits_for_what_another_task_is_flushing(slow: FaultyLog) -> None:
    outbox = Outbox("r1", slow, lambda: None)
    outbox.put(output("x"))
    async with anyio.create_task_group() as group:
        group.start_soon(outbox.flush)
        await until(lambda: not len(outbox))
        await outbox.drain()
        assert len(await slow.replay("r1")) == 1


async def test_what_the_log_is_taking_fills_the_outbox_too(slow: FaultyLog) -> None:
    outbox = Outbox("r1", slow, lambda: None)
    for _ in range(MAX_UNDELIVERED):
        outbox.put(output("x"))
    async with anyio.create_task_group() as group:
        group.start_soon(outbox.flush)
        await until(lambda: not len(outbox))
        assert outbox.on_the_way == MAX_UNDELIVERED
        room = outbox.room()
        assert room is not None
        made = room
    made.result(0)
    assert (outbox.on_the_way, outbox.room()) == (0, None)
