"""Random tool loops that are a script's own: handlers, hooks, middlewares and engine in JavaScript.

The twin of the tests for functions of Python; what ends a run is asked for by the script, too.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from tests.bindings.agent_support import evaluate
from tests.inference.tool_support import check_results

SCRIPT = Path(__file__).with_name("random_loop.js").read_text(encoding="utf-8")

calls = st.fixed_dictionaries(
    {
        "name": st.sampled_from(("sync", "later", "missing")),
        "id": st.sampled_from(("", "", "a")),
        "manners": st.lists(
            st.sampled_from(("return", "return", "throw", "pause", "hang")), min_size=1, max_size=2
        ),
    }
)
loops = st.fixed_dictionaries(
    {
        "enabled": st.sampled_from((True, True, True, False)),
        "maxIterations": st.integers(2, 5),
        "maxParallelTools": st.integers(1, 6),
        "executionTimeoutMs": st.sampled_from((20, 30)),
        "toolErrorHandling": st.sampled_from(("continue", "abort", "retry")),
        "retryMaxRetries": st.integers(0, 2),
        "retryBackoffMs": st.integers(0, 3),
    }
)
plans = st.fixed_dictionaries(
    {
        "passes": st.lists(st.lists(calls, min_size=1, max_size=6), max_size=3),
        "loop": loops,
        "beforeToolCall": st.sampled_from(("none", "keep", "rewrite", "abort", "throw")),
        "afterToolCall": st.sampled_from(("none", "keep", "result", "error", "throw")),
        "onToolError": st.sampled_from(("none", "throw", "retry", "abort", "continue")),
        "failOpen": st.booleans(),
        "isAsync": st.booleans(),
        "isOffered": st.sampled_from((True, True, True, False)),
        "middlewares": st.integers(0, 2),
        "end": st.none() | st.sampled_from(("stop", "cancel")),
        "at": st.integers(1, 6) | st.integers(1, 30),
        "timeoutMs": st.sampled_from((0, 0, 0, 5, 20, 60)),
    }
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans)
def test_whatever_happens_a_script_s_loop_ends_whole(plan: dict[str, Any]) -> None:
    played = with_keys(plan)
    told = asyncio.run(evaluate(f"const plan = {json.dumps(played)};\n{SCRIPT}"))
    event(told["status"])
    assert told["late"] == []
    check_events(told["events"], told["status"])
    if told["status"] == "completed":
        (turn,) = told["turns"]
        check_results(calls_of(turn), whole=True)
        check_answer(turn, played)
    else:
        assert told["turns"] == []
        assert told["partial"]["blocks"][0]["payload"] == {"text": "go"}
        check_results(calls_of(told["partial"]), whole=False)


def with_keys(plan: dict[str, Any]) -> dict[str, Any]:
    """The plan with its calls in one list, and the rows as positions in it."""
    keys = count()
    rows = [[next(keys) for _ in row] for row in plan["passes"]]
    flat = [each for row in plan["passes"] for each in row]
    named = [{**each, "id": each["id"] or f"c{key}"} for key, each in enumerate(flat)]
    return {**plan, "rows": rows, "calls": named}


def check_events(events: list[dict[str, Any]], status: str) -> None:
    assert [each["seq"] for each in events] == list(range(1, len(events) + 1))
    assert [each["type"] for each in events].count("run-finished") == 1
    assert (events[-1]["type"], events[-1]["status"]) == ("run-finished", status)
    begun = Counter(ids(events, "tool-execution-started"))
    ended = Counter(ids(events, "tool-execution-finished"))
    asked = Counter(each["toolCall"]["id"] for each in of(events, "tool-call-requested"))
    assert begun <= ended <= asked
    assert ended == asked or status != "completed"


def of(events: list[dict[str, Any]], type: str) -> list[dict[str, Any]]:
    return [each for each in events if each["type"] == type]


def ids(events: list[dict[str, Any]], type: str) -> list[str]:
    return [each["toolCallId"] for each in of(events, type)]


def calls_of(turn: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(block["kind"], block["payload"].get("id")) for block in turn["blocks"]]


def check_answer(turn: dict[str, Any], plan: dict[str, Any]) -> None:
    """The answer is whole: all that the engine asked for, and its last word."""
    executes = plan["isOffered"] and plan["loop"]["enabled"]
    rows = plan["rows"] if executes else plan["rows"][:1]
    asked = [plan["calls"][key]["id"] for row in rows for key in row]
    assert [id for kind, id in calls_of(turn) if kind == "tool_call"] == asked
    if executes or not plan["rows"]:
        assert turn["blocks"][-1]["payload"]["text"] == "done"
