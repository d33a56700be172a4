"""When a provider fails: what the error says, what is tried again, what is left of the answer."""

import time

import pytest
from tests.inference.models.conftest import Asked
from tests.inference.models.raw_server import (
    DONE,
    END,
    HEAD,
    RawServer,
    chunk,
    delta,
    failure,
    running_raw_server,
)

from marotte.conversation import Session, Turn
from marotte.events import Diagnostic, ModelCallFinished, RunFinished
from marotte.inference import TurnComputation
from marotte.inference.models import ModelEngine
from marotte.runs import EngineError, RunHandle, Runs, RunStoppedError

ANSWER = (HEAD, delta("all of "), delta("it", "stop"), DONE)


def ask(runs: Runs, server: RawServer, **options: object) -> RunHandle[Turn]:
    engine = ModelEngine.of("openai-chat:m", base_url=f"{server.url}/v1", **options)
    return runs.start(TurnComputation(engine), session=Session(), seed="hello")


async def retries(handle: RunHandle[Turn]) -> list[str]:
    return [
        event.message
        async for event in handle
        if isinstance(event, Diagnostic) and event.code == "model-retry"
    ]


class TestErrors:
    @pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
    async def test_what_cannot_pass_is_told_at_once(self, asked: Asked, status: int) -> None:
        asked.stand_in.fail(status, "this is why")
        with pytest.raises(EngineError, match="this is why") as raised:
            await asked.start()
        error = raised.value
        (request,) = asked.stand_in.requests()
        assert error.status == status
        assert error.code == "provider_error"
        assert error.provider is not None
        assert str(error).startswith(f"{error.provider} answered {status}: ")
        assert error.request_id == request["headers"]["x-request-id"]

    async def test_no_other_error_is_tied_to_it(self, asked: Asked) -> None:
        asked.stand_in.fail(400)
        with pytest.raises(EngineError) as raised:
            await asked.start()
        assert (raised.value.__cause__, raised.value.__context__) == (None, None)

    async def test_nobody_there(self, runs: Runs) -> None:
        async with running_raw_server(ANSWER) as server:
            pass
        with pytest.raises(EngineError, match="could not be reached"):
            await ask(runs, server, max_retries=0)

    async def test_a_call_is_told_and_counted_though_it_fails(self, asked_once: Asked) -> None:
        asked_once.stand_in.fail(400)
        handle = asked_once.start()
        await handle.wait()
        events = [event async for event in handle]
        assert [type(event).__name__ for event in events][-2:] == [
            "ModelCallFinishedEvent",
            "RunFinishedEvent",
        ]
        assert handle.usage.requests == 1


class TestRetries:
    @pytest.mark.parametrize("status", [429, 500, 503])
    async def test_what_passes_is_tried_again(self, runs: Runs, status: int) -> None:
        async with running_raw_server((failure(status, "retry-after-ms: 5"),), ANSWER) as server:
            handle = ask(runs, server)
            turn = await handle
        assert turn.text == "all of it"
        assert len(server.requests) == 2
        assert len(await retries(handle)) == 1

    async def test_retry_after_is_honoured(self, runs: Runs) -> None:
        async with running_raw_server((failure(429, "retry-after: 1"),), ANSWER) as server:
            began = time.monotonic()
            await ask(runs, server)
            assert time.monotonic() - began >= 1

    async def test_the_stand_ins_rate_limit_passes_too(self, asked: Asked) -> None:
        asked.stand_in.answer(
            {
                "match": {"sequenceIndex": 0},
                "response": {"error": {"message": "later"}, "status": 429, "retryAfter": 1},
            },
            {"match": {}, "response": {"content": "now"}},
        )
        began = time.monotonic()
        turn = await asked.start()
        assert turn.text == "now"
        assert time.monotonic() - began >= 1

    async def test_without_it_the_wait_doubles(self, runs: Runs) -> None:
        async with running_raw_server((failure(500),), (failure(500),), ANSWER) as server:
            handle = ask(runs, server)
            await handle
        first, second = await retries(handle)
        assert "retry 1 of 2 in 0." in first
        assert "retry 2 of 2 in " in second

    async def test_a_wait_that_is_too_long_is_not_begun(self, runs: Runs) -> None:
        async with running_raw_server((failure(429, "retry-after: 61"),), ANSWER) as server:
            with pytest.raises(EngineError, match="429"):
                await ask(runs, server)
        assert len(server.requests) == 1

    async def test_they_are_counted(self, runs: Runs) -> None:
        async with running_raw_server((failure(500, "retry-after-ms: 1"),)) as server:
            with pytest.raises(EngineError, match="500"):
                await ask(runs, server, max_retries=3)
        assert len(server.requests) == 4

    async def test_what_was_begun_is_not_begun_again(self, runs: Runs) -> None:
        async with running_raw_server((HEAD, delta("half of "))) as server:
            handle = ask(runs, server)
            with pytest.raises(EngineError, match="broke off the answer"):
                await handle
        assert len(server.requests) == 1

    @pytest.mark.parametrize("stop", ["stop", "cancel"])
    async def test_a_stop_ends_the_wait(self, runs: Runs, stop: str) -> None:
        async with running_raw_server((failure(429, "retry-after: 30"),)) as server:
            handle = ask(runs, server)
            async for event in handle:
                if isinstance(event, Diagnostic):
                    began = time.monotonic()
                    getattr(handle, stop)()
            with pytest.raises(RunStoppedError):
                await handle
        assert time.monotonic() - began < 1
        assert len(server.requests) == 1


class TestBrokenStreams:
    BROKEN = (
        pytest.param((HEAD, delta("half of ")), id="hang-up"),
        pytest.param((HEAD, delta("half of "), END), id="end in good order"),
        pytest.param((HEAD, delta("half of "), DONE), id="done without a reason"),
        pytest.param((HEAD, delta("half of "), chunk(b"data: {no json\n\n"), END), id="no JSON"),
        pytest.param((HEAD, delta("half of "), b"zz\r\n"), id="no chunk"),
        pytest.param(
            (HEAD, delta("half of "), chunk(b'data: {"error":{"message":"x"}}\n\n')), id="error"
        ),
    )

    @pytest.mark.parametrize("script", BROKEN)
    async def test_half_an_answer_is_never_committed(
        self, runs: Runs, script: tuple[bytes, ...]
    ) -> None:
        session = Session()
        async with running_raw_server(script) as server:
            engine = ModelEngine.of("openai-chat:m", base_url=f"{server.url}/v1")
            handle = runs.start(TurnComputation(engine), session=session, seed="hello")
            with pytest.raises(EngineError) as raised:
                await handle
        assert session.turns() == []
        assert raised.value.partial_turn is not None
        assert raised.value.partial_turn.text == "half of "
        assert raised.value.request_id == "req-raw"

    @pytest.mark.parametrize("how", ["truncateAfterChunks", "disconnectAfterMs"])
    async def test_each_wire_notices_a_hang_up(self, asked: Asked, how: str) -> None:
        values = {"truncateAfterChunks": 3, "disconnectAfterMs": 60}
        answer = {"match": {}, "response": {"content": "many words " * 20}, "latency": 20}
        asked.stand_in.answer({**answer, how: values[how]})
        session = Session()
        with pytest.raises(EngineError, match=r"broke off|failed"):
            await asked.start(session=session, max_retries=0)
        assert session.turns() == []

    async def test_a_malformed_answer(self, asked: Asked) -> None:
        asked.stand_in.say("never", chaos={"malformedRate": 1})
        with pytest.raises(EngineError):
            await asked.start(max_retries=0)

    async def test_a_call_has_a_timeout(self, runs: Runs) -> None:
        async with running_raw_server((HEAD, delta("half of "), 30.0)) as server:
            handle = ask(runs, server, timeout_ms=200)
            with pytest.raises(EngineError, match=r"did not finish within 0\.2 s"):
                await handle
        finished = [event async for event in handle if isinstance(event, ModelCallFinished)]
        assert finished[0].duration_ms < 5000
        assert [event.status async for event in handle if isinstance(event, RunFinished)] == [
            "failed"
        ]
