"""Stop, cancel and deadline in mid-call: what is let finish, what is aborted, what stays open."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from tests.inference.models.conftest import Asked
from tests.inference.models.raw_server import HEAD, delta, running_raw_server

from marotte.conversation import Session, Turn
from marotte.events import ModelCallFinished, ModelCallStarted, TextDelta
from marotte.inference import EngineContext, TurnComputation
from marotte.inference.models import ModelEngine
from marotte.runs import RunHandle, Runs, RunStoppedError, RunTimeoutError

CANCEL_GRACE = 0.25
SLACK = 0.1
CANCELS = 30
"""In the soak, 300."""


class Twice:
    """Calls a model twice, as a tool loop does."""

    name = "twice"

    def __init__(self, engine: ModelEngine) -> None:
        self.engine = engine

    async def infer(self, turn: Turn, ctx: EngineContext) -> None:
        await self.engine.infer(turn, ctx)
        await self.engine.infer(turn, ctx)


def start_twice(asked: Asked, session: Session | None = None) -> RunHandle[Turn]:
    computation = TurnComputation(Twice(asked.engine()))
    return asked.runs.start(computation, session=session or Session(), seed="hello")


def slow(asked: Asked) -> None:
    """An answer of about 300 ms, of which the usage is known."""
    names = ("prompt_tokens", "completion_tokens")
    if "chat" not in asked.wire:
        names = ("input_tokens", "output_tokens")
    usage = dict(zip(names, (11, 7), strict=True))
    asked.stand_in.say("word " * 20, {"usage": usage}, latency=40)


async def first(handle: RunHandle[Turn], kind: type[object]) -> None:
    async for event in handle:
        if isinstance(event, kind):
            return


def open_sockets() -> int:
    found = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            found += os.readlink(descriptor).startswith("socket:")
        except FileNotFoundError:
            continue
    return found


async def test_a_stop_lets_the_call_finish_and_nothing_begin(asked: Asked) -> None:
    slow(asked)
    handle = start_twice(asked)
    await first(handle, TextDelta)
    handle.stop()
    assert handle.status == "stopping"
    with pytest.raises(RunStoppedError):
        await handle
    ended = time.time() * 1000
    finished = [event async for event in handle if isinstance(event, ModelCallFinished)]
    assert [event.finish_reason for event in finished] == ["stop"]
    assert (handle.usage.input_tokens, handle.usage.output_tokens) == (11, 7)
    assert handle.usage.requests == 1
    assert ended - finished[0].time < 1000 * SLACK
    assert len(asked.stand_in.requests()) == 1


@pytest.mark.parametrize("moment", [ModelCallStarted, TextDelta])
async def test_a_cancel_aborts_the_call(asked: Asked, moment: type[object]) -> None:
    slow(asked)
    await asked.start()
    session = Session()
    handle = start_twice(asked, session)
    await first(handle, moment)
    began = time.monotonic()
    handle.cancel()
    with pytest.raises(RunStoppedError) as raised:
        await handle
    assert time.monotonic() - began < CANCEL_GRACE + SLACK
    assert session.turns() == []
    assert handle.usage.requests == 1
    finished = [event async for event in handle if isinstance(event, ModelCallFinished)]
    assert [event.finish_reason for event in finished] == [None]
    if moment is TextDelta:
        assert raised.value.partial_turn is not None
        assert raised.value.partial_turn.text.startswith("word ")


async def test_a_deadline_aborts_the_call(asked: Asked) -> None:
    slow(asked)
    await asked.start()
    began = time.monotonic()
    handle = asked.start(timeout_ms=150)
    with pytest.raises(RunTimeoutError):
        await handle
    assert 0.15 <= time.monotonic() - began < 0.15 + CANCEL_GRACE + SLACK


async def test_a_deadline_of_zero_calls_nobody(asked: Asked) -> None:
    asked.stand_in.say("never")
    handle = asked.runs.start(
        TurnComputation(asked.engine()),
        session=Session(),
        seed="hello",
        options={"timeout_ms": 0.001},
    )
    with pytest.raises(RunTimeoutError):
        await handle
    assert asked.stand_in.requests() == []


async def test_a_server_that_says_nothing_is_left(runs: Runs) -> None:
    async with running_raw_server((HEAD, delta("half of "), 60.0)) as server:
        engine = ModelEngine.of("openai-chat:m", base_url=f"{server.url}/v1")
        handle = runs.start(TurnComputation(engine), session=Session(), seed="hello")
        await first(handle, TextDelta)
        handle.cancel()
        with pytest.raises(RunStoppedError):
            await handle
        with anyio.fail_after(5):
            await server.idle.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="counts the descriptors of /proc")
@pytest.mark.parametrize("cancels", [CANCELS, pytest.param(300, marks=pytest.mark.soak, id="soak")])
async def test_cancels_leave_no_socket_open(asked: Asked, cancels: int) -> None:
    slow(asked)
    await asked.start()
    before = open_sockets()
    for number in range(cancels):
        handle = asked.start()
        await first(handle, (ModelCallStarted, TextDelta)[number % 2])
        await anyio.sleep(0.01 * (number % 5))
        handle.cancel()
        with pytest.raises(RunStoppedError):
            await handle
    assert open_sockets() <= before
    asked.stand_in.say("at once")
    for _ in range(10):
        assert (await asked.start()).text == "at once"
    assert open_sockets() <= before


@pytest.mark.skipif(sys.platform != "linux", reason="counts the descriptors of /proc")
@pytest.mark.parametrize("way", ["answer", "refusal", "hang-up", "stop"])
async def test_every_way_to_end_closes_the_client(asked: Asked, way: str) -> None:
    ways: dict[str, Callable[[], None]] = {
        "answer": lambda: asked.stand_in.say("fine"),
        "refusal": lambda: asked.stand_in.fail(400),
        "hang-up": lambda: asked.stand_in.say("many words " * 9, latency=9, truncateAfterChunks=2),
        "stop": lambda: asked.stand_in.say("many words " * 9, latency=9),
    }
    ways[way]()
    await asked.start(max_retries=0).wait()
    before = open_sockets()
    handle = asked.start(max_retries=0)
    if way == "stop":
        await first(handle, TextDelta)
        handle.stop()
    await handle.wait()
    assert open_sockets() <= before
