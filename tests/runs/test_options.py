"""Options: one model for Python and JavaScript, and errors that say what is wrong where."""

import contextlib
from collections.abc import Mapping
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.runs.workloads import Work, nothing

import marotte
import marotte.runs
from marotte.conversation import Session
from marotte.runs import Limits, OptionsError, RunOptions, Runs, StopToken

KNOWN = "timeoutMs, tags, signal, graceMs, cancelGraceMs, onBusy, limits, outputSchema"
KNOWN_LIMITS = (
    "turns, iterations, tokens, costUsd, toolCalls, cpuMs, memoryBytes, outputChars, "
    "depth, children"
)


def test_python_and_javascript_give_the_same_options() -> None:
    token = StopToken()
    limits = {"cost_usd": 1.5, "turns": 3}
    from_python = RunOptions.of(
        {"timeout_ms": 50, "tags": {"a": "b"}, "cancel_token": token, "limits": limits}
    )
    from_js = RunOptions.from_js(
        {
            "timeoutMs": 50,
            "tags": {"a": "b"},
            "signal": token,
            "limits": {"costUsd": 1.5, "turns": 3.0},
        }
    )
    plain = RunOptions(
        timeout_ms=50, tags={"a": "b"}, cancel_token=token, limits=Limits(cost_usd=1.5, turns=3)
    )
    assert from_python == from_js == plain
    assert RunOptions.of(plain) is plain


def test_what_is_absent_has_its_default() -> None:
    for options in (RunOptions(), RunOptions.of(None), RunOptions.from_js(None)):
        assert (options.timeout_ms, options.grace_ms, options.cancel_grace_ms) == (0, 10_000, 250)
        assert (options.on_busy, options.tags, options.limits) == ("reject", {}, Limits())


@pytest.mark.parametrize(
    ("options", "path", "message"),
    [
        (7, "options", "run options must be an object"),
        ([], "options", "run options must be an object"),
        ({"timeoutMs": -1}, "timeoutMs", "timeoutMs must be >= 0"),
        ({"graceMs": -0.5}, "graceMs", "graceMs must be >= 0"),
        ({"timeoutMs": "5"}, "timeoutMs", 'timeoutMs must be a number, got "5"'),
        ({"timeoutMs": None}, "timeoutMs", "timeoutMs must be a number, got null"),
        ({"timeoutMs": True}, "timeoutMs", "timeoutMs must be a number, got true"),
        (
            {"timeoutMs": float("inf")},
            "timeoutMs",
            "timeoutMs must be a finite number, got float inf",
        ),
        (
            {"timeout_ms": 5},
            "timeout_ms",
            f"unknown option timeout_ms, expected one of: {KNOWN}",
        ),
        ({"tags": {"a": 5}}, "tags.a", "tags.a must be text, got 5"),
        ({"tags": []}, "tags", "tags must be an object, got []"),
        ({"tags": {"a": "x" * 2_000}}, "tags.a", "tags.a must not be longer than 1024"),
        (
            {"tags": {str(n): "" for n in range(65)}},
            "tags",
            "tags must not be longer than 64",
        ),
        ({"signal": 5}, "signal", "signal must be an AbortSignal (a StopToken in Python), got 5"),
        (
            {"onBusy": "wait"},
            "onBusy",
            "onBusy must be 'reject', 'enqueue' or 'supersede', got \"wait\"",
        ),
        ({"limits": 5}, "limits", "limits must be an object, got 5"),
        ({"limits": {"turns": -1}}, "limits.turns", "limits.turns must be >= 0"),
        (
            {"limits": {"memoryBytes": 1000}},
            "limits.memoryBytes",
            "limits.memoryBytes must be at least 1048576, what a realm needs, got 1000",
        ),
        (
            {"limits": {"turns": 1.5}},
            "limits.turns",
            "limits.turns must be a whole number, got 1.5",
        ),
        (
            {"limits": {"cost_usd": 1}},
            "limits.cost_usd",
            f"unknown option limits.cost_usd, expected one of: {KNOWN_LIMITS}",
        ),
    ],
)
def test_bad_options_are_named(options: object, path: str, message: str) -> None:
    with pytest.raises(OptionsError) as caught:
        RunOptions.from_js(options)
    assert (caught.value.path, str(caught.value)) == (path, message)
    assert isinstance(caught.value, TypeError)


@pytest.mark.parametrize(
    "options",
    [{"timeoutMs": 5}, {"limits": {"costUsd": 1}}, {"nonsense": 1}, "text"],
)
def test_python_refuses_other_names(options: Mapping[str, object]) -> None:
    with pytest.raises(OptionsError):
        RunOptions.of(options)


@pytest.mark.parametrize(
    ("options", "python", "javascript", "problem"),
    [
        ({"timeout_ms": "a"}, "timeout_ms", "timeoutMs", 'must be a number, got "a"'),
        (
            {"cancel_token": 5},
            "cancel_token",
            "signal",
            "must be an AbortSignal (a StopToken in Python), got 5",
        ),
        ({"tags": {"a_b": 5}}, "tags.a_b", "tags.a_b", "must be text, got 5"),
        ({"limits": {"cpu_ms": -1}}, "limits.cpu_ms", "limits.cpuMs", "must be >= 0"),
        ({"limits": 5}, "limits", "limits", "must be an object, got 5"),
    ],
)
def test_each_language_reads_its_own_names(
    options: dict[str, Any], python: str, javascript: str, problem: str
) -> None:
    with pytest.raises(OptionsError) as caught:
        RunOptions.of(options)
    assert (caught.value.path, str(caught.value)) == (python, f"{python} {problem}")
    head = python.partition(".")[0]
    given = options[head]
    if head == "limits" and isinstance(given, dict):
        given = {javascript.removeprefix("limits."): value for value in given.values()}
    with pytest.raises(OptionsError) as caught:
        RunOptions.from_js({javascript.partition(".")[0]: given})
    assert (caught.value.path, str(caught.value)) == (javascript, f"{javascript} {problem}")


def test_each_language_reads_its_own_name_of_a_schema() -> None:
    with pytest.raises(OptionsError, match=r"^output_schema") as caught:
        RunOptions.of({"output_schema": {"type": 5}})
    assert caught.value.path.startswith("output_schema")
    with pytest.raises(OptionsError, match=r"^outputSchema") as caught:
        RunOptions.from_js({"outputSchema": {"type": 5}})
    assert caught.value.path.startswith("outputSchema")


def test_the_models_themselves_refuse_in_the_same_way() -> None:
    with pytest.raises(OptionsError, match=r"^timeout_ms must be >= 0$"):
        RunOptions(timeout_ms=-1)
    with pytest.raises(OptionsError, match=r"^limits\.turns must be >= 0$"):
        Limits(turns=-1)
    with pytest.raises(OptionsError, match=r"^unknown option nonsense, expected one of: "):
        RunOptions(**cast("dict[str, Any]", {"nonsense": 1}))


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none(), min_size=1))
def test_arbitrary_objects_are_options_or_refused(options: dict[str, object]) -> None:
    with contextlib.suppress(OptionsError):
        assert isinstance(RunOptions.from_js(options), RunOptions)


async def test_bad_options_change_nothing(runs: Runs) -> None:
    session = Session()
    with pytest.raises(OptionsError):
        await runs.start(Work(nothing), options={"timeout_ms": -1})
    assert runs.statistics().started == 0
    assert session.active_run_id is None


@pytest.mark.parametrize("name", ["OptionsError", "RunError", "RunsClosedError"])
def test_what_an_embedder_catches_is_exported(name: str) -> None:
    assert name in marotte.__all__
    assert getattr(marotte, name) is getattr(marotte.runs, name)
