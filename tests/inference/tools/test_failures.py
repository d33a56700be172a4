"""Tools that fail or take too long, and what the settings make of that."""

import time
from collections.abc import Callable

import anyio
import pytest
from pydantic import JsonValue
from tests.inference.tool_support import Conversation, asks, bodies, call, uses
from tests.runs.workloads import SLACK, until

from marotte.events import Diagnostic, ToolExecutionFinished, ToolExecutionStarted
from marotte.inference import ToolContext, ToolDefinition, tool
from marotte.runs import RunError, Runs, RunTreeError, ToolError


class Flaky:
    """A tool that fails so many times."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.times: list[float] = []

    async def flaky(self) -> str:
        self.times.append(time.monotonic())
        if len(self.times) <= self.failures:
            raise ValueError(f"failure {len(self.times)}")
        return "fine"

    @property
    def waits(self) -> list[float]:
        return [later - earlier for earlier, later in zip(self.times, self.times[1:], strict=False)]


@tool
async def fail() -> None:
    raise ValueError("no luck")


@tool
async def succeed() -> str:
    return "fine"


async def test_by_default_the_model_is_told_and_the_loop_goes_on(runs: Runs) -> None:
    asked = asks(call("fail", "1"), call("succeed", "2"))
    handle = Conversation(runs, [asked, "I see."], [fail, succeed]).start()
    turn = await handle
    assert uses(turn.blocks) == [("1", None, "no luck"), ("2", "fine", None)]
    assert turn.text == "I see."


def passed_on(cause: Exception) -> Exception:
    error = RuntimeError(f"{type(cause).__name__}: {cause}")
    error.__cause__ = cause
    return error


def circular() -> Exception:
    one, other = RuntimeError("round"), RuntimeError("round")
    one.__cause__, other.__cause__ = other, one
    return one


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (ValueError("why"), "why"),
        (ValueError(), "ValueError"),
        (KeyError("key"), "KeyError: 'key'"),
        (ToolError("mine"), "mine"),
        (RunError("of another run", run_id="other"), "of another run"),
        (passed_on(passed_on(RunTreeError("too deep"))), "too deep"),
        (circular(), "round"),
        (ValueError("half \ud83d of it"), "half \ufffd of it"),
    ],
)
async def test_the_text_of_an_error_is_told(runs: Runs, raised: Exception, told: str) -> None:
    @tool
    async def throw() -> None:
        raise raised

    turn = await Conversation(runs, [asks(call("throw")), "done"], [throw]).start()
    assert uses(turn.blocks) == [("1", None, told)]


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: float("nan"), "expected a finite number, got nan"),
        (object, "expected JSON: Unable to serialize unknown type"),
        (lambda: 2**60, "integer beyond 2**53 - 1 would be rounded; send it as a string"),
        (lambda: "x" * 2_000_000, "characters of JSON, more than the limit of 1048576"),
    ],
)
async def test_a_result_that_is_no_json_is_an_error(
    runs: Runs, make: Callable[[], object], problem: str
) -> None:
    @tool
    async def odd() -> object:
        return make()

    turn = await Conversation(runs, [asks(call("odd")), "done"], [odd]).start()
    ((_, result, error),) = uses(turn.blocks)
    assert result is None
    assert str(error).startswith("result of tool odd: ")
    assert problem in str(error)


class TestAbort:
    async def test_the_run_ends_and_good_results_are_kept(self, runs: Runs) -> None:
        asked = asks(call("succeed", "1"), call("fail", "2"), call("succeed", "3"))
        talk = Conversation(
            runs, [asked, "done"], [fail, succeed], loop={"tool_error_handling": "abort"}
        )
        handle = talk.start()
        with pytest.raises(ToolError) as caught:
            await handle
        error = caught.value
        assert (str(error), error.code) == ("tool fail: no luck", "tool_error")
        assert isinstance(error.__cause__, ValueError)
        assert handle.record.status == "failed"
        assert handle.record.stop_reason == "tool_error"
        assert error.partial_turn is not None
        told = uses(error.partial_turn.blocks)
        assert told[:2] == [("1", "fine", None), ("2", None, "no luck")]
        assert talk.session.turns() == []
        assert talk.engine.remaining == 1

    async def test_what_has_not_begun_does_not_begin(self, runs: Runs) -> None:
        asked = asks(call("fail", "1"), call("succeed", "2"))
        options: dict[str, object] = {"tool_error_handling": "abort", "max_parallel_tools": 1}
        handle = Conversation(runs, [asked, "done"], [fail, succeed], loop=options).start()
        with pytest.raises(ToolError):
            await handle
        started = await bodies(handle, ToolExecutionStarted)
        assert [each.tool_call_id for each in started] == ["1"]

    async def test_what_is_in_flight_finishes(self, runs: Runs) -> None:
        @tool
        async def linger() -> str:
            await anyio.sleep(0.03)
            return "late"

        asked = asks(call("fail", "1"), call("linger", "2"))
        talk = Conversation(runs, [asked], [fail, linger], loop={"tool_error_handling": "abort"})
        with pytest.raises(ToolError) as caught:
            await talk.start()
        assert caught.value.partial_turn is not None
        assert uses(caught.value.partial_turn.blocks)[1] == ("2", "late", None)


class TestRetry:
    async def test_a_failed_tool_is_executed_again(self, runs: Runs) -> None:
        flaky = Flaky(2)
        options: dict[str, object] = {"tool_error_handling": "retry", "retry_backoff_ms": 1}
        talk = Conversation(runs, [asks(call("flaky")), "done"], [flaky.flaky], loop=options)
        handle = talk.start()
        assert uses((await handle).blocks) == [("1", "fine", None)]
        assert len(await bodies(handle, ToolExecutionStarted)) == 1
        assert len(await bodies(handle, ToolExecutionFinished)) == 1
        told = [each.message for each in await bodies(handle, Diagnostic)]
        assert told == [
            "tool flaky failed: retry 1 after 1 ms",
            "tool flaky failed: retry 2 after 2 ms",
        ]

    async def test_after_the_last_one_the_model_is_told(self, runs: Runs) -> None:
        flaky = Flaky(9)
        options: dict[str, object] = {
            "tool_error_handling": "retry",
            "retry_backoff_ms": 0,
            "retry_max_retries": 3,
        }
        talk = Conversation(runs, [asks(call("flaky")), "done"], [flaky.flaky], loop=options)
        assert uses((await talk.start()).blocks) == [("1", None, "failure 4")]
        assert len(flaky.times) == 4

    async def test_each_wait_is_longer_by_the_factor(self, runs: Runs) -> None:
        flaky = Flaky(2)
        options: dict[str, object] = {
            "tool_error_handling": "retry",
            "retry_backoff_ms": 20,
            "retry_backoff_factor": 3,
        }
        talk = Conversation(runs, [asks(call("flaky")), "done"], [flaky.flaky], loop=options)
        await talk.start()
        first, second = flaky.waits
        assert first >= 0.02
        assert second >= 0.06

    @pytest.mark.parametrize("asked", [call("nothing"), call("flaky", surplus=1)])
    async def test_what_fails_before_it_executes_is_not_tried_again(
        self, runs: Runs, asked: dict[str, object]
    ) -> None:
        talk = Conversation(
            runs, [asks(asked), "done"], [Flaky(0).flaky], loop={"tool_error_handling": "retry"}
        )
        handle = talk.start()
        await handle
        assert await bodies(handle, Diagnostic) == []

    async def test_each_execution_counts(self, runs: Runs) -> None:
        flaky = Flaky(9)
        options: dict[str, object] = {"tool_error_handling": "retry", "retry_backoff_ms": 0}
        talk = Conversation(runs, [asks(call("flaky")), "done"], [flaky.flaky], loop=options)
        with pytest.raises(RunError, match=r"max tool calls \(2\) reached"):
            await talk.start(limits={"tool_calls": 2})
        assert len(flaky.times) == 2


class TestTimeout:
    async def test_a_tool_that_takes_too_long_is_cancelled(self, runs: Runs) -> None:
        cancelled: list[bool] = []

        @tool
        async def hang() -> None:
            try:
                await anyio.sleep(60)
            finally:
                cancelled.append(True)

        options: dict[str, object] = {"execution_timeout_ms": 20}
        handle = Conversation(runs, [asks(call("hang")), "done"], [hang], loop=options).start()
        turn = await handle
        assert uses(turn.blocks) == [("1", None, "tool hang took longer than 20 ms")]
        assert cancelled == [True]
        assert (handle.record.halted, handle.record.halt) == (True, "boundary")

    async def test_a_thread_that_does_not_return_is_left_behind(self, runs: Runs) -> None:
        @tool
        def stuck(ctx: ToolContext) -> str:
            time.sleep(0.4)
            return "late"

        options: dict[str, object] = {"execution_timeout_ms": 20}
        handle = Conversation(runs, [asks(call("stuck")), "done"], [stuck], loop=options).start()
        started = time.monotonic()
        turn = await handle
        assert time.monotonic() - started < 0.3 + SLACK
        assert uses(turn.blocks) == [("1", None, "tool stuck took longer than 20 ms")]
        assert (handle.record.status, handle.record.halted) == ("completed", False)
        assert runs.statistics().abandoned == 1
        await until(lambda: runs.statistics().abandoned == 0)

    async def test_a_tool_that_ended_meanwhile_lets_the_run_halt(self, runs: Runs) -> None:
        @tool
        def late() -> None:
            time.sleep(0.1)

        options: dict[str, object] = {"execution_timeout_ms": 10}
        replies = [asks(call("late")), {"text": "a b c d", "delayMs": 60}]
        handle = Conversation(runs, replies, [late], loop=options).start()
        await handle
        assert handle.record.halted
        codes = [each.code for each in await bodies(handle, Diagnostic)]
        assert codes == ["late-result"]

    async def test_no_limit_is_none(self, runs: Runs) -> None:
        @tool
        async def nap() -> str:
            await anyio.sleep(0.05)
            return "rested"

        options: dict[str, object] = {"execution_timeout_ms": 0}
        turn = await Conversation(runs, [asks(call("nap")), "done"], [nap], loop=options).start()
        assert uses(turn.blocks) == [("1", "rested", None)]

    async def test_a_timeout_is_a_failure_as_others_are(self, runs: Runs) -> None:
        attempts: list[int] = []

        @tool
        async def slow_once() -> str:
            attempts.append(1)
            if len(attempts) == 1:
                await anyio.sleep(60)
            return "quick"

        options: dict[str, object] = {
            "execution_timeout_ms": 20,
            "tool_error_handling": "retry",
            "retry_backoff_ms": 0,
        }
        talk = Conversation(runs, [asks(call("slow_once")), "done"], [slow_once], loop=options)
        assert uses((await talk.start()).blocks) == [("1", "quick", None)]

    async def test_a_tool_that_cancels_itself_has_failed(self, runs: Runs) -> None:
        @tool
        async def give_up() -> None:
            raise anyio.get_cancelled_exc_class()

        turn = await Conversation(runs, [asks(call("give_up")), "done"], [give_up]).start()
        error = "tool give_up was cancelled, but not through its run"
        assert uses(turn.blocks) == [("1", None, error)]


class Slow:
    """A tool whose pattern a backtracking engine would try for years."""

    definition = ToolDefinition(
        "slow",
        parameters={"type": "object", "properties": {"text": {"pattern": "^(a+)+$"}}},
    )

    async def execute(self, args: JsonValue, ctx: ToolContext) -> str:
        return "fine"


async def test_a_pattern_does_not_hold_up_the_host(runs: Runs) -> None:
    asked = asks(call("slow", "1", text="a" * 60 + "!"), call("slow", "2", text="a" * 60))
    handle = Conversation(runs, [asked, "I see."], [Slow()]).start(timeout_ms=5_000)
    with anyio.fail_after(2):
        first, second = uses((await handle).blocks)
    assert "does not match" in str(first[2])
    assert second == ("2", "fine", None)
