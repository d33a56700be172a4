"""Errors as data: what a record and an event say of them."""

from pathlib import Path

import pytest

from marotte.conversation import MarotteError, SessionBusyError
from marotte.realm import JavaScriptError
from marotte.runs import (
    EngineError,
    RunError,
    RunLimitError,
    RunLostError,
    RunStoppedError,
    RunTimeoutError,
    ScriptError,
    ToolError,
    error_info,
    script_stack,
    thrown,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RunStoppedError, "user_stop"),
        (RunTimeoutError, "deadline"),
        (RunLimitError, "max_iterations"),
        (EngineError, "provider_error"),
        (ToolError, "tool_error"),
        (ScriptError, "script_error"),
        (RunLostError, "worker_lost"),
        (RunError, "internal_error"),
    ],
)
def test_every_error_has_the_same_fields(error: type[RunError], code: str) -> None:
    plain = error("no")
    assert (plain.code, plain.run_id, plain.session_id, plain.partial_turn) == (
        code,
        None,
        None,
        None,
    )
    full = error("no", code="other", run_id="r1", session_id="s1")
    assert (full.code, full.run_id, full.session_id, str(full)) == ("other", "r1", "s1", "no")
    assert isinstance(full, MarotteError)


def raise_busy() -> None:
    raise SessionBusyError("busy")


def test_an_error_as_data_says_where_it_came_from_without_source() -> None:
    with pytest.raises(SessionBusyError) as caught:
        raise_busy()
    info = error_info(caught.value)
    assert (info.name, info.message, info.code) == ("SessionBusyError", "busy", "session_busy")
    assert info.stack is not None
    assert "at raise_busy (tests/runs/test_errors.py:" in info.stack
    assert str(Path(__file__).parent) not in info.stack
    assert "raise SessionBusyError" not in info.stack


def test_an_error_that_was_never_raised_has_no_stack() -> None:
    assert error_info(ValueError("boom")).stack is None
    assert error_info(ValueError("boom")).code is None


def test_a_scripts_own_stack_wins_and_text_is_well_formed() -> None:
    info = error_info(JavaScriptError("", "bad \udfff", stack="at f (x.js:1)\ud800"))
    assert (info.stack, info.message) == ("at f (x.js:1)\ufffd", "bad \ufffd")


def js_error(name: str, message: str, stack: str, cause: Exception | None = None) -> Exception:
    error = JavaScriptError(name, message, stack=stack)
    error.__cause__ = cause
    return error


INNER = js_error("TypeError", "no", "at f (x.js:1)")
BARE = js_error("TypeError", "no", "")


@pytest.mark.parametrize(
    ("error", "stack"),
    [
        (js_error("Error", "out", "at g (x.js:2)", INNER), "at g (x.js:2)"),
        (js_error("Error", "out", "", INNER), "at f (x.js:1)"),
        (js_error("EngineError", "TypeError: no", "at g (x.js:2)", INNER), "at f (x.js:1)"),
        (js_error("EngineError", "TypeError: no", "at g (x.js:2)", BARE), "at g (x.js:2)"),
        (BARE, None),
    ],
    ids=["its own", "its cause's", "passed on", "passed on without one", "none"],
)
def test_what_passes_an_error_on_has_the_stack_of_that(error: Exception, stack: str | None) -> None:
    assert script_stack(error) == stack


def test_in_a_circle_of_causes_each_stands_once() -> None:
    first = js_error("Error", "a", "at f (x.js:1)")
    second = js_error("Error", "b", "at f (x.js:2)", first)
    first.__cause__ = js_error(
        "Error", "b", "at f (x.js:2)", js_error("Error", "a", "at f (x.js:1)")
    )
    assert [str(each) for each in thrown(second)] == ["Error: b", "Error: a"]


@pytest.mark.parametrize("wrapper", [ScriptError, EngineError, ToolError, RunError])
def test_the_stack_of_a_scripts_error_is_that_of_the_error_it_caused(
    wrapper: type[RunError],
) -> None:
    def wrap() -> None:
        try:
            raise JavaScriptError("TypeError", "no", stack="at f (x.js:1)")
        except JavaScriptError as error:
            raise wrapper("failed") from error

    with pytest.raises(wrapper) as caught:
        wrap()
    assert error_info(caught.value).stack == "at f (x.js:1)"


def test_the_first_cause_says_where_it_was_raised() -> None:
    def wrap() -> None:
        try:
            raise_busy()
        except SessionBusyError as error:
            raise EngineError("failed") from error

    with pytest.raises(EngineError) as caught:
        wrap()
    assert "at raise_busy (" in (error_info(caught.value).stack or "")


def test_causes_that_go_round_are_told() -> None:
    error, cause = ScriptError("a"), ScriptError("b")
    error.__cause__, cause.__cause__ = cause, error
    assert error_info(error).stack is None
