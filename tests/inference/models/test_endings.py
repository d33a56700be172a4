"""How streams of Anthropic's Messages and OpenAI's Responses end other than well."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from pydantic import JsonValue
from tests.inference.models.raw_server import (
    END,
    HEAD,
    RawServer,
    Step,
    chunk,
    delta,
    failure,
    named,
    running_raw_server,
)

from marotte.conversation import Session, Turn
from marotte.events import Diagnostic, ModelCallFinished
from marotte.inference import TurnComputation
from marotte.inference.models import ModelEngine
from marotte.runs import EngineError, RunHandle, Runs

CLAUDE, GPT, CHAT = "anthropic:claude-x", "openai-responses:gpt", "openai-chat:m"


def block(type: str, **fields: JsonValue) -> bytes:
    return named("content_block_start", index=0, content_block={"type": type, **fields})


def piece(type: str, **fields: JsonValue) -> bytes:
    return named("content_block_delta", index=0, delta={"type": type, **fields})


def because(reason: str) -> bytes:
    stop = {"stop_reason": reason, "stop_sequence": None}
    return named("message_delta", delta=stop, usage={"output_tokens": 5})


BEGIN = named(
    "message_start",
    message={
        "id": "m",
        "type": "message",
        "role": "assistant",
        "content": [],
        "model": "claude-x",
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 3, "output_tokens": 1},
    },
)
HALF = block("text", text="") + piece("text_delta", text="half")
THOUGHT = block("thinking", thinking="", signature="") + piece("thinking_delta", thinking="hm")
HALF_A_CALL = block("tool_use", id="t1", name="a", input={}) + piece(
    "input_json_delta", partial_json='{"a": 1'
)
STOP = named("message_stop")
OVERLOADED = named("error", error={"type": "overloaded_error", "message": "Overloaded"})

RESPONSE: dict[str, JsonValue] = {
    "id": "r1",
    "object": "response",
    "created_at": 1,
    "model": "gpt",
    "output": [],
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
    "status": "in_progress",
}


def responses(type: str, **fields: JsonValue) -> bytes:
    return named(f"response.{type}", sequence_number=1, response={**RESPONSE, **fields})


CREATED = responses("created")
FAILED = responses(
    "failed", status="failed", error={"code": "server_error", "message": "it went wrong"}
)
INCOMPLETE = responses(
    "incomplete", status="incomplete", incomplete_details={"reason": "max_output_tokens"}
)


def ask(
    runs: Runs, server: RawServer, wire: str, session: Session | None = None
) -> RunHandle[Turn]:
    url = f"{server.url}/v1" if wire.startswith("openai") else server.url
    engine = ModelEngine.of(wire, base_url=url, api_key="k", max_retries=2)
    return runs.start(TurnComputation(engine), session=session or Session(), seed="x")


@pytest.mark.parametrize(
    ("wire", "script", "why"),
    [
        pytest.param(CLAUDE, (BEGIN, HALF, OVERLOADED, END), "Overloaded", id="error"),
        pytest.param(CLAUDE, (BEGIN, HALF, END), "broke off the answer", id="no end"),
        pytest.param(CLAUDE, (BEGIN, HALF), "broke off the answer", id="hang-up"),
        pytest.param(CLAUDE, (BEGIN, HALF, STOP, END), "broke off the answer", id="no reason"),
        pytest.param(
            CLAUDE,
            (BEGIN, HALF, chunk(b"event: content_block_delta\ndata: {no\n\n"), END),
            "failed",
            id="no JSON",
        ),
        pytest.param(GPT, (CREATED, FAILED, END), "it went wrong", id="response failed"),
        pytest.param(GPT, (CREATED, END), "broke off the answer", id="response without an end"),
    ],
)
async def test_what_ends_early_is_not_committed(
    runs: Runs, wire: str, script: tuple[Step, ...], why: str
) -> None:
    session = Session()
    async with running_raw_server((HEAD, *script)) as server:
        with pytest.raises(EngineError, match=why) as raised:
            await ask(runs, server, wire, session)
    assert session.turns() == []
    assert raised.value.partial_turn is not None
    assert raised.value.partial_turn.text == ("half" if wire == CLAUDE else "")
    assert raised.value.request_id == "req-raw"


@pytest.mark.parametrize("status", [500, 503, 529])
async def test_an_overloaded_server_is_asked_again(runs: Runs, status: int) -> None:
    answer: Sequence[Step] = (HEAD, BEGIN, HALF, because("end_turn"), STOP, END)
    async with running_raw_server((failure(status, "retry-after-ms: 5"),), answer) as server:
        turn = await ask(runs, server, CLAUDE)
    assert (turn.text, turn.metadata["stop_reason"]) == ("half", "stop")
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("wire", "script", "reason", "said"),
    [
        pytest.param(
            CLAUDE, (BEGIN, HALF, because("max_tokens"), STOP), "length", "half", id="messages"
        ),
        pytest.param(
            CLAUDE, (BEGIN, HALF, because("refusal"), STOP), "content_filter", "half", id="refusal"
        ),
        pytest.param(
            CLAUDE,
            (BEGIN, HALF_A_CALL, because("max_tokens"), STOP),
            "length",
            '{"a": 1',
            id="call",
        ),
        pytest.param(CHAT, (delta("half"), delta("", "length")), "length", "half", id="chat"),
    ],
)
async def test_a_cut_answer_says_so(
    runs: Runs, wire: str, script: tuple[bytes, ...], reason: str, said: str
) -> None:
    async with running_raw_server((HEAD, *script, END)) as server:
        handle = ask(runs, server, wire)
        turn = await handle
    events = [event async for event in handle]
    (told,) = [event for event in events if isinstance(event, Diagnostic)]
    (finished,) = [event for event in events if isinstance(event, ModelCallFinished)]
    payloads = [block.payload for block in turn.blocks]
    assert said in [each.get("text", each.get("args")) for each in payloads]
    assert turn.metadata["stop_reason"] == finished.finish_reason == reason
    assert told.code == "answer-cut"
    assert told.message.endswith(f"cut the answer off: {reason}")


@pytest.mark.parametrize(
    ("wire", "script"),
    [
        pytest.param(GPT, (CREATED, INCOMPLETE), id="responses"),
        pytest.param(CLAUDE, (BEGIN, because("max_tokens"), STOP), id="messages"),
        pytest.param(CLAUDE, (BEGIN, THOUGHT, because("max_tokens"), STOP), id="reasoning alone"),
        pytest.param(CHAT, (delta("", "length"),), id="chat"),
    ],
)
async def test_where_all_was_cut_the_run_fails(
    runs: Runs, wire: str, script: tuple[bytes, ...]
) -> None:
    session = Session()
    async with running_raw_server((HEAD, *script, END)) as server:
        handle = ask(runs, server, wire, session)
        with pytest.raises(EngineError, match=r"ended before there was an answer: length"):
            await handle
    assert session.turns() == []
    assert len(server.requests) == 1
    reasons = [e.finish_reason async for e in handle if isinstance(e, ModelCallFinished)]
    assert reasons == ["length"]
