"""The union of events: what is on the wire, and what comes back from it."""

import json
from typing import get_args

import pytest
from pydantic import ValidationError

from marotte.conversation import (
    MAX_DEPTH,
    InvalidValueError,
    TooDeepError,
    TooLargeError,
    Usage,
)
from marotte.events import (
    EVENT_OF,
    EVENT_TYPES,
    MAX_PLUGIN_DATA,
    Body,
    ChildFinished,
    ChildStarted,
    Diagnostic,
    Emission,
    ErrorInfo,
    EventsDropped,
    ModelCallFinished,
    ModelCallStarted,
    Output,
    PluginBody,
    ReasoningDelta,
    ReasoningFinished,
    RunEvent,
    RunFinished,
    RunRecord,
    RunResumed,
    RunStarted,
    RunStopping,
    RunYielded,
    Stamp,
    TextDelta,
    TextFinished,
    ToolCall,
    ToolCallRequested,
    ToolExecutionFinished,
    ToolExecutionStarted,
    TurnCommitted,
    check_event_type,
    event_adapter,
    parse_event,
)

BODIES: list[Body] = [
    RunStarted(input={"deep": [None, 1.5, "ä"]}, deadline=5),
    TextDelta(segment="1", delta="häl\ud83d"),
    TextFinished(segment="1", text="hello"),
    ReasoningDelta(segment="2", delta="hm"),
    ReasoningFinished(segment="2", text="hm"),
    ToolCallRequested(tool_call=ToolCall(id="c1", name="add", args={"a": None})),
    ToolExecutionStarted(tool_call_id="c1", name="add"),
    ToolExecutionFinished(tool_call_id="c1", name="add", result=[1, None], duration_ms=1.5),
    ModelCallStarted(model="m", provider="p"),
    ModelCallFinished(model="m", provider="p", usage=Usage(requests=1), duration_ms=2),
    Output(level="log", text="hello"),
    TurnCommitted(),
    ChildStarted(child_run_id="r2", name="helper"),
    ChildFinished(child_run_id="r2", status="stopped"),
    RunYielded(reason="a question"),
    RunResumed(reason="a question"),
    Diagnostic(code="late-result", message="came late", stack="at f (x.js:1)"),
    EventsDropped(count=2, first_seq=3, last_seq=4),
    RunStopping(mode="stop", requested_by="user", waiting_for="model call"),
    RunFinished(
        status="failed",
        stop_reason="script_error",
        error=ErrorInfo(name="TypeError", message="no"),
        usage=Usage(),
        halted=True,
        halt="boundary",
    ),
    PluginBody(type="acme.progress", data={"done": 0.5, "none": None}),
]


def record(**changes: object) -> RunRecord:
    fields = {"id": "r1", "kind": "turn", "session_id": "s1", "created_at": 1} | changes
    return RunRecord.model_validate(fields)


def stamped(body: Body, seq: int = 7) -> RunEvent:
    stamp = Stamp(record(turn_id="t0", parent_run_id="r0", tags={"ticket": "T-1"}))
    return stamp(Emission(1_700_000_000_000, body), seq)


def test_there_is_a_sample_of_each_event() -> None:
    assert {type(body) for body in BODIES} == set(EVENT_OF)
    assert {body.type for body in BODIES} == {*EVENT_TYPES, "acme.progress"}
    assert set(EVENT_OF.values()) == {*EVENT_TYPES.values(), get_args(RunEvent)[1]}


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.type)
def test_a_stamped_event_is_what_validation_would_have_made(body: Body) -> None:
    event = stamped(body)
    fields = body.model_dump() | {
        "run_id": "r1",
        "session_id": "s1",
        "turn_id": "t0",
        "parent_run_id": "r0",
        "seq": 7,
        "time": 1_700_000_000_000,
        "tags": {"ticket": "T-1"},
    }
    assert event == event_adapter.validate_python(fields)
    assert isinstance(event, type(body))
    assert type(event) is EVENT_OF[type(body)]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.type)
def test_json_text_comes_back_as_the_same_event(body: Body) -> None:
    event = stamped(body)
    assert parse_event(event.to_json()) == event
    assert json.loads(parse_event(event.to_json()).to_json()) == event.wire()


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.type)
def test_the_wire_is_camel_case_with_the_whole_envelope(body: Body) -> None:
    wire = stamped(body).wire()
    assert {"runId", "sessionId", "turnId", "parentRunId", "seq", "time", "tags", "type"} <= set(
        wire
    )
    assert not [key for key in wire if "_" in key]


def test_absent_fields_are_not_on_the_wire_and_null_values_within_are() -> None:
    stamp = Stamp(record())
    wire = stamp(Emission(1, RunStarted(input={"a": None})), 1).wire()
    assert wire == {
        "type": "run-started",
        "input": {"a": None},
        "runId": "r1",
        "sessionId": "s1",
        "seq": 1,
        "time": 1,
        "tags": {},
    }


def test_events_are_immutable() -> None:
    event = stamped(TextDelta(segment="1", delta="x"))
    with pytest.raises(ValidationError, match="frozen"):
        event.__setattr__("seq", 8)


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "text-delta", "runId": "r", "sessionId": "", "seq": 1, "time": 1}',
        '{"type": "nonsense", "runId": "r", "sessionId": "", "seq": 1, "time": 1, "data": {}}',
        '{"type": "acme.x", "runId": "r", "sessionId": "", "seq": 0, "time": 1, "data": {}}',
    ],
)
def test_what_is_no_event_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        parse_event(text)


@pytest.mark.parametrize(
    ("given", "expected"),
    [("", "*"), ("*", "*"), ("text-delta", "text-delta"), ("acme.x", "acme.x")],
)
def test_names_to_listen_for(given: str, expected: str) -> None:
    assert check_event_type(given) == expected


@pytest.mark.parametrize("given", ["text_delta", None, 7])
def test_an_unknown_name_is_a_type_error_with_the_known_ones(given: object) -> None:
    with pytest.raises(InvalidValueError, match=r"expected one of: run-started, text-delta, .*"):
        check_event_type(given)


def test_payloads_are_limited_in_depth_and_plugins_also_in_size() -> None:
    deep: object = 1
    for _ in range(MAX_DEPTH + 1):
        deep = [deep]
    with pytest.raises(TooDeepError, match=r"^event\[0\]"):
        ToolCall.model_validate({"id": "c1", "name": "x", "args": deep})
    with pytest.raises(TooDeepError, match=r"^data\.deep\[0\]"):
        PluginBody.model_validate({"type": "acme.x", "data": {"deep": deep}})
    with pytest.raises(TooLargeError, match=r"^data: \d+ characters of JSON, more than"):
        PluginBody(type="acme.x", data={"x": "x" * MAX_PLUGIN_DATA})


@pytest.mark.parametrize("type", ["plain", "acme.", ".x", "a b.c", "acme.*"])
def test_a_plugins_type_needs_its_prefix(type: str) -> None:
    with pytest.raises(ValidationError):
        PluginBody(type=type)
