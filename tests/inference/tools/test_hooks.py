"""Hooks: what may change a tool call, before and after it is executed."""

import threading
from collections.abc import Callable
from typing import Any, cast

import anyio
import anyio.lowlevel
import pytest
from tests.inference.tool_support import Conversation, asks, bodies, call, uses

from marotte.conversation import InvalidValueError
from marotte.events import Diagnostic, ToolCall, ToolExecutionFinished, ToolExecutionStarted
from marotte.inference import (
    AfterToolCall,
    BeforeToolCall,
    CallDecision,
    ErrorDecision,
    ReplyLike,
    ResultDecision,
    ToolFailure,
    ToolHooks,
    tool,
)
from marotte.runs import Runs, ToolError, current_run

ASKED: list[ReplyLike] = [asks(call("add", a=1, b=2)), "done"]
FAILING: list[ReplyLike] = [asks(call("fail")), "done"]


@tool
async def add(a: int, b: int) -> int:
    return a + b


@tool
async def fail() -> None:
    raise ValueError("no luck")


class TestBefore:
    async def test_it_may_rewrite_the_call(self, runs: Runs) -> None:
        async def before(payload: BeforeToolCall) -> CallDecision:
            return CallDecision(ToolCall(id="other", name="add", args={"a": 20, "b": 22}))

        hooks = ToolHooks(before_tool_call=before)
        handle = Conversation(runs, [asks(call("sub")), "done"], [add], hooks=hooks).start()
        turn = await handle
        assert uses(turn.blocks) == [("1", 42, None)]
        assert turn.blocks[1].payload == {"id": "1", "name": "sub", "args": {}}
        (started,) = await bodies(handle, ToolExecutionStarted)
        assert (started.tool_call_id, started.name) == ("1", "add")

    async def test_what_it_rewrites_is_validated_too(self, runs: Runs) -> None:
        def before(payload: BeforeToolCall) -> CallDecision:
            return CallDecision(payload.call.model_copy(update={"args": {"a": "x", "b": 2}}))

        hooks = ToolHooks(before_tool_call=before)
        turn = await Conversation(runs, ASKED, [add], hooks=hooks).start()
        ((_, _, error),) = uses(turn.blocks)
        assert str(error).startswith("invalid arguments for tool add: arguments.a: ")

    @pytest.mark.parametrize(
        ("abort", "told"), [("not allowed", "not allowed"), ("", "aborted by beforeToolCall")]
    )
    async def test_it_may_abort_the_call(self, runs: Runs, abort: str, told: str) -> None:
        hooks = ToolHooks(before_tool_call=lambda payload: CallDecision(abort=abort))
        handle = Conversation(runs, ASKED, [add], hooks=hooks).start()
        assert uses((await handle).blocks) == [("1", None, told)]
        assert await bodies(handle, ToolExecutionStarted) == []
        (finished,) = await bodies(handle, ToolExecutionFinished)
        assert finished.error == told

    async def test_nothing_leaves_the_call_as_it_is(self, runs: Runs) -> None:
        seen: list[BeforeToolCall] = []
        hooks = ToolHooks(before_tool_call=lambda payload: seen.append(payload))
        turn = await Conversation(runs, ASKED, [add], hooks=hooks).start()
        assert uses(turn.blocks) == [("1", 3, None)]
        assert seen[0].call == ToolCall(id="1", name="add", args={"a": 1, "b": 2})


class TestAfter:
    @pytest.mark.parametrize(
        ("decision", "told"),
        [
            (None, ("1", 3, None)),
            (ResultDecision(), ("1", 3, None)),
            (ResultDecision(result={"sum": 3}), ("1", {"sum": 3}, None)),
            (ResultDecision(result=None), ("1", None, None)),
            (ResultDecision(error="secret"), ("1", None, "secret")),
            (ResultDecision(result=4, error="doubtful"), ("1", 4, "doubtful")),
        ],
    )
    async def test_it_may_rewrite_a_result(
        self, runs: Runs, decision: ResultDecision | None, told: tuple[object, ...]
    ) -> None:
        hooks = ToolHooks(after_tool_call=lambda payload: decision)
        handle = Conversation(runs, ASKED, [add], hooks=hooks).start()
        assert uses((await handle).blocks) == [told]
        (finished,) = await bodies(handle, ToolExecutionFinished)
        assert ("1", finished.result, finished.error) == told

    @pytest.mark.parametrize(
        ("decision", "told"),
        [
            (None, ("1", None, "no luck")),
            (ResultDecision(error="better words"), ("1", None, "better words")),
            (ResultDecision(error=None), ("1", None, None)),
            (ResultDecision(result="instead"), ("1", "instead", None)),
        ],
    )
    async def test_it_may_rewrite_an_error(
        self, runs: Runs, decision: ResultDecision | None, told: tuple[object, ...]
    ) -> None:
        hooks = ToolHooks(after_tool_call=lambda payload: decision)
        turn = await Conversation(runs, FAILING, [fail], hooks=hooks).start()
        assert uses(turn.blocks) == [told]

    async def test_an_error_that_it_takes_back_does_not_abort_the_run(self, runs: Runs) -> None:
        hooks = ToolHooks(after_tool_call=lambda payload: ResultDecision(result="instead"))
        loop = {"tool_error_handling": "abort"}
        turn = await Conversation(runs, FAILING, [fail], hooks=hooks, loop=loop).start()
        assert uses(turn.blocks) == [("1", "instead", None)]

    async def test_it_is_told_of_calls_that_fail_and_how_long_they_took(self, runs: Runs) -> None:
        seen: list[AfterToolCall] = []
        hooks = ToolHooks(after_tool_call=lambda payload: seen.append(payload))
        asked = asks(call("add", "1", a=1, b=2), call("fail", "2"), call("add", "3"))
        loop = {"max_parallel_tools": 1}
        await Conversation(runs, [asked, "done"], [add, fail], hooks=hooks, loop=loop).start()
        assert [each.result for each in seen] == [3, None, None]
        assert [bool(each.error) for each in seen] == [False, True, True]
        assert all(0 <= each.duration_ms < 10_000 for each in seen)

    @pytest.mark.parametrize("reply", [object(), 3, "text", CallDecision(abort="x")])
    async def test_another_reply_fails_the_call(self, runs: Runs, reply: object) -> None:
        hooks = ToolHooks(after_tool_call=lambda payload: cast("Any", reply))
        turn = await Conversation(runs, ASKED, [add], hooks=hooks).start()
        ((_, result, error),) = uses(turn.blocks)
        assert result is None
        assert str(error).startswith("afterToolCall hook: reply: expected a ResultDecision")

    async def test_a_result_that_is_no_json_fails_the_call(self, runs: Runs) -> None:
        decision = ResultDecision(result=cast("Any", {1, 2}))
        hooks = ToolHooks(after_tool_call=lambda payload: decision)
        turn = await Conversation(runs, ASKED, [add], hooks=hooks).start()
        ((_, _, error),) = uses(turn.blocks)
        assert str(error).startswith("afterToolCall hook: result: expected a JSON value")


class TestOnError:
    async def test_it_may_have_the_tool_executed_again(self, runs: Runs) -> None:
        seen: list[ToolFailure] = []

        @tool
        async def flaky() -> str:
            if len(seen) < 2:
                raise ValueError(f"failure {len(seen)}")
            return "fine"

        async def on_error(payload: ToolFailure) -> ErrorDecision:
            seen.append(payload)
            return ErrorDecision("retry", backoff_ms=0)

        hooks = ToolHooks(on_tool_error=on_error)
        turn = await Conversation(runs, [asks(call("flaky")), "done"], [flaky], hooks=hooks).start()
        assert uses(turn.blocks) == [("1", "fine", None)]
        assert [(each.attempt, each.error) for each in seen] == [(0, "failure 0"), (1, "failure 1")]

    @pytest.mark.parametrize("most", [0, 3, None])
    async def test_it_may_do_so_ten_times_or_as_often_as_was_said(
        self, runs: Runs, most: int | None
    ) -> None:
        attempts: list[int] = []

        def on_error(payload: ToolFailure) -> ErrorDecision:
            attempts.append(payload.attempt)
            return ErrorDecision("retry", backoff_ms=0)

        hooks = ToolHooks(on_tool_error=on_error)
        if most is not None:
            hooks = ToolHooks(on_tool_error=on_error, max_hook_retries=most)
        turn = await Conversation(runs, FAILING, [fail], hooks=hooks).start()
        assert uses(turn.blocks) == [("1", None, "no luck")]
        assert attempts == list(range((10 if most is None else most) + 1))

    async def test_it_may_end_the_run(self, runs: Runs) -> None:
        hooks = ToolHooks(on_tool_error=lambda payload: ErrorDecision("abort"))
        with pytest.raises(ToolError, match="tool fail: no luck"):
            await Conversation(runs, FAILING, [fail], hooks=hooks).start()

    async def test_it_may_have_the_loop_go_on_though_the_settings_retry(self, runs: Runs) -> None:
        seen: list[ToolFailure] = []

        def on_error(payload: ToolFailure) -> ErrorDecision:
            seen.append(payload)
            return ErrorDecision("continue")

        loop = {"tool_error_handling": "retry", "retry_backoff_ms": 70}
        hooks = ToolHooks(on_tool_error=on_error)
        turn = await Conversation(runs, FAILING, [fail], hooks=hooks, loop=loop).start()
        assert uses(turn.blocks) == [("1", None, "no luck")]
        assert [(each.default_retry, each.default_backoff_ms) for each in seen] == [(True, 70)]

    async def test_nothing_leaves_it_to_the_settings(self, runs: Runs) -> None:
        seen: list[tuple[int, bool, float]] = []

        def on_error(payload: ToolFailure) -> ErrorDecision | None:
            seen.append((payload.attempt, payload.default_retry, payload.default_backoff_ms))
            return None if payload.attempt else ErrorDecision(backoff_ms=0)

        loop = {"tool_error_handling": "retry", "retry_backoff_ms": 2, "retry_backoff_factor": 3}
        hooks = ToolHooks(on_tool_error=on_error)
        await Conversation(runs, FAILING, [fail], hooks=hooks, loop=loop).start()
        assert seen == [(0, True, 2), (1, True, 6), (2, False, 18)]


class TestFailing:
    def hooks(self, which: str, *, fail_open: bool) -> ToolHooks:
        def throw(payload: object) -> None:
            raise RuntimeError("broken")

        every = {
            "before_tool_call": ToolHooks(before_tool_call=throw, fail_open=fail_open),
            "after_tool_call": ToolHooks(after_tool_call=throw, fail_open=fail_open),
            "on_tool_error": ToolHooks(on_tool_error=throw, fail_open=fail_open),
        }
        return every[which]

    @pytest.mark.parametrize(
        ("which", "name"),
        [("before_tool_call", "beforeToolCall"), ("after_tool_call", "afterToolCall")],
    )
    async def test_a_hook_that_raises_fails_the_call(
        self, runs: Runs, which: str, name: str
    ) -> None:
        hooks = self.hooks(which, fail_open=False)
        turn = await Conversation(runs, ASKED, [add], hooks=hooks).start()
        assert uses(turn.blocks) == [("1", None, f"{name} hook: broken")]

    async def test_one_for_errors_has_nothing_retried(self, runs: Runs) -> None:
        hooks = self.hooks("on_tool_error", fail_open=False)
        loop = {"tool_error_handling": "retry"}
        turn = await Conversation(runs, FAILING, [fail], hooks=hooks, loop=loop).start()
        assert uses(turn.blocks) == [("1", None, "onToolError hook: broken")]

    @pytest.mark.parametrize("which", ["before_tool_call", "after_tool_call"])
    async def test_failing_open_it_is_as_if_there_were_none(self, runs: Runs, which: str) -> None:
        handle = Conversation(runs, ASKED, [add], hooks=self.hooks(which, fail_open=True)).start()
        assert uses((await handle).blocks) == [("1", 3, None)]
        (told,) = await bodies(handle, Diagnostic)
        assert told.code == "hook-failed"
        assert "RuntimeError: broken" in told.message

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (
                lambda: ToolHooks(before_tool_call=cast("Any", 7)),
                "before_tool_call: expected a function, got 7",
            ),
            (
                lambda: ToolHooks(max_hook_retries=-1),
                "max_hook_retries: expected a count >= 0, got -1",
            ),
        ],
    )
    def test_what_are_no_hooks_is_refused(self, make: Callable[[], object], message: str) -> None:
        with pytest.raises(InvalidValueError) as caught:
            make()
        assert str(caught.value) == message


async def test_sync_hooks_have_a_thread_and_all_know_their_run(runs: Runs) -> None:
    seen: list[tuple[str, bool]] = []

    def note(payload: BeforeToolCall | AfterToolCall) -> None:
        run = current_run.get()
        assert run is payload.ctx.run
        assert (payload.ctx.call_id, payload.ctx.tool_name) == ("1", "add")
        assert dict(payload.ctx.tags) == {"a": "b"}
        in_thread = threading.current_thread() is not threading.main_thread()
        seen.append((type(payload).__name__, in_thread))

    async def note_async(payload: AfterToolCall) -> None:
        await anyio.lowlevel.checkpoint()
        note(payload)

    hooks = ToolHooks(before_tool_call=note, after_tool_call=note_async)
    await Conversation(runs, ASKED, [add], hooks=hooks).start(tags={"a": "b"})
    assert seen == [("BeforeToolCall", True), ("AfterToolCall", False)]
