"""Middleware: what stands around each call of the engine."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, cast

import anyio
import anyio.lowlevel
import pytest
from tests.inference.tool_support import Conversation, asks, bodies, call, uses
from tests.runs.workloads import until

from marotte.conversation import InvalidValueError, Session, Turn, new_assistant_block, new_turn
from marotte.events import TextDelta
from marotte.inference import (
    EngineContext,
    FunctionEngine,
    FunctionMiddleware,
    Middleware,
    MiddlewareContext,
    Next,
    Pipeline,
    ReplyLike,
    SyncNext,
    TurnComputation,
    tool,
)
from marotte.runs import EngineError, RunError, RunHandle, Runs, RunStoppedError, current_run


def start(
    runs: Runs, *functions: Callable[..., Any], engine: FunctionEngine | None = None
) -> RunHandle[Turn]:
    middlewares = tuple(FunctionMiddleware(each) for each in functions)
    pipeline = Pipeline(engine or FunctionEngine(answer), middlewares=middlewares)
    return runs.start(TurnComputation(pipeline), session=Session(), seed="go")


def answer(turn: Turn, ctx: EngineContext) -> None:
    number = sum(block.kind == "llm_text" for block in turn.blocks)
    turn.blocks.append(new_assistant_block(f"answer {number}"))


def texts(turn: Turn) -> list[object]:
    return [block.payload["text"] for block in turn.blocks]


async def test_the_first_is_outermost(runs: Runs) -> None:
    order: list[str] = []

    def named(name: str) -> Callable[..., Any]:
        async def around(turn: Turn, next: Next, ctx: MiddlewareContext) -> Turn:
            order.append(f"{name} in")
            answered = await next(turn)
            order.append(f"{name} out")
            return answered

        return around

    await start(runs, named("a"), named("b"))
    assert order == ["a in", "b in", "b out", "a out"]


async def test_it_wraps_each_call_of_the_engine(runs: Runs) -> None:
    seen: list[int] = []

    @tool
    async def look() -> None: ...

    async def count(turn: Turn, next: Next, ctx: MiddlewareContext) -> None:
        seen.append(len(turn.blocks))
        await next()

    replies: list[ReplyLike] = [asks(call("look")), asks(call("look")), "done"]
    middlewares = [FunctionMiddleware(count)]
    turn = await Conversation(runs, replies, [look], middlewares=middlewares).start()
    assert seen == [1, 3, 5]
    assert len(uses(turn.blocks)) == 2


class TestNext:
    async def test_it_takes_another_turn(self, runs: Runs) -> None:
        async def other(turn: Turn, next: Next, ctx: MiddlewareContext) -> Turn:
            return await next(new_turn([*turn.blocks, new_assistant_block("before")], id="mine"))

        handle = start(runs, other)
        turn = await handle
        assert texts(turn) == ["go", "before", "answer 1"]
        assert turn.id == handle.record.turn_id

    async def test_without_one_it_passes_the_original(self, runs: Runs) -> None:
        async def same(turn: Turn, next: Next, ctx: MiddlewareContext) -> Turn:
            return await next()

        assert texts(await start(runs, same)) == ["go", "answer 0"]

    async def test_what_was_changed_in_place_is_kept(self, runs: Runs) -> None:
        async def change(turn: Turn, next: Next, ctx: MiddlewareContext) -> Turn:
            turn.metadata["seen"] = True
            return await next()

        assert (await start(runs, change)).metadata == {"seen": True}

    async def test_each_call_is_one_of_the_engine(self, runs: Runs) -> None:
        async def twice(turn: Turn, next: Next, ctx: MiddlewareContext) -> Turn:
            first = await next()
            second = await next(first)
            return second

        assert texts(await start(runs, twice)) == ["go", "answer 0", "answer 1"]

    async def test_a_second_one_does_not_see_the_first_answer(self, runs: Runs) -> None:
        async def again(turn: Turn, next: Next, ctx: MiddlewareContext) -> None:
            await next()
            await next()

        assert texts(await start(runs, again)) == ["go", "answer 0"]

    async def test_each_call_counts_as_an_iteration_of_the_run(self, runs: Runs) -> None:
        async def again(turn: Turn, next: Next, ctx: MiddlewareContext) -> None:
            while True:
                await next()

        pipeline = Pipeline(FunctionEngine(answer), middlewares=(FunctionMiddleware(again),))
        options = {"limits": {"iterations": 5}}
        handle = runs.start(
            TurnComputation(pipeline), session=Session(), seed="go", options=options
        )
        with pytest.raises(RunError, match=r"max iterations \(5\) reached"):
            await handle

    async def test_it_need_not_be_called(self, runs: Runs) -> None:
        async def instead(turn: Turn, next: Next, ctx: MiddlewareContext) -> Turn:
            turn.blocks.append(new_assistant_block("from memory"))
            return turn

        handle = start(runs, instead)
        assert texts(await handle) == ["go", "from memory"]
        assert [each.delta for each in await bodies(handle, TextDelta)] == ["from memory"]

    async def test_a_call_that_was_not_waited_for_is(self, runs: Runs) -> None:
        tasks: list[asyncio.Task[Turn]] = []

        async def hasty(turn: Turn, next: Next, ctx: MiddlewareContext) -> None:
            tasks.append(asyncio.create_task(next()))
            await anyio.lowlevel.checkpoint()

        assert texts(await start(runs, hasty)) == ["go", "answer 0"]
        assert tasks[0].done()

    async def test_it_is_refused_when_the_middleware_has_returned(self, runs: Runs) -> None:
        kept: list[Next] = []

        async def keep(turn: Turn, next: Next, ctx: MiddlewareContext) -> None:
            kept.append(next)
            await next()

        await start(runs, keep)
        with pytest.raises(InvalidValueError, match="middleware keep has returned already"):
            await kept[0]()

    async def test_it_takes_turns_only(self, runs: Runs) -> None:
        async def wrong(turn: Turn, next: Next, ctx: MiddlewareContext) -> Turn:
            return await next(cast("Any", "text"))

        with pytest.raises(RunError, match=r'wrong: next\(turn\): expected a turn, got "text"'):
            await start(runs, wrong)


class TestReturning:
    async def test_nothing_keeps_what_next_gave(self, runs: Runs) -> None:
        async def silent(turn: Turn, next: Next, ctx: MiddlewareContext) -> None:
            await next()

        assert texts(await start(runs, silent, silent)) == ["go", "answer 0"]

    async def test_nothing_without_next_keeps_the_turn(self, runs: Runs) -> None:
        async def silent(turn: Turn, next: Next, ctx: MiddlewareContext) -> None:
            turn.metadata["seen"] = True

        turn = await start(runs, silent)
        assert (texts(turn), turn.metadata) == (["go"], {"seen": True})

    async def test_a_mapping_is_a_turn(self, runs: Runs) -> None:
        async def wire(turn: Turn, next: Next, ctx: MiddlewareContext) -> dict[str, object]:
            answered = await next()
            return {**answered.wire(), "metadata": {"seen": True}}

        turn = await start(runs, wire)
        assert (texts(turn), turn.metadata) == (["go", "answer 0"], {"seen": True})

    async def test_something_else_ends_the_run(self, runs: Runs) -> None:
        async def wrong(turn: Turn, next: Next, ctx: MiddlewareContext) -> object:
            return 7

        handle = start(runs, wrong)
        with pytest.raises(RunError, match="wrong: turn: expected a turn, got 7"):
            await handle
        assert handle.record.stop_reason == "internal_error"


class TestErrors:
    async def test_one_says_which_middleware(self, runs: Runs) -> None:
        async def broken(turn: Turn, next: Next, ctx: MiddlewareContext) -> None:
            await next()
            raise ValueError("no luck")

        handle = start(runs, broken)
        with pytest.raises(RunError, match=r"^broken: no luck$") as caught:
            await handle
        assert isinstance(caught.value.__cause__, ValueError)
        assert caught.value.partial_turn is not None
        assert texts(caught.value.partial_turn) == ["go", "answer 0"]

    async def test_one_of_the_engine_passes_through(self, runs: Runs) -> None:
        def fail(turn: Turn, ctx: EngineContext) -> None:
            raise ValueError("engine down")

        async def around(turn: Turn, next: Next, ctx: MiddlewareContext) -> None:
            await next()

        with pytest.raises(EngineError, match=r"^engine down$"):
            await start(runs, around, engine=FunctionEngine(fail))

    async def test_one_of_the_engine_can_be_caught(self, runs: Runs) -> None:
        calls: list[int] = []

        def fail_once(turn: Turn, ctx: EngineContext) -> str:
            calls.append(1)
            if len(calls) == 1:
                raise ValueError("engine down")
            return "up"

        async def retry(turn: Turn, next: Next, ctx: MiddlewareContext) -> Turn:
            try:
                return await next()
            except EngineError:
                return await next()

        assert texts(await start(runs, retry, engine=FunctionEngine(fail_once))) == ["go", "up"]

    async def test_a_stop_cannot_be_caught(self, runs: Runs) -> None:
        calls: list[int] = []

        async def stubborn(turn: Turn, next: Next, ctx: MiddlewareContext) -> Turn:
            ctx.run.limit_exceeded("memory", "too much")
            try:
                return await next()
            except RunError:
                calls.append(1)
                return await next()

        with pytest.raises(RunError, match="too much"):
            await start(runs, stubborn)
        assert calls == [1]


class TestSync:
    async def test_next_waits(self, runs: Runs) -> None:
        def around(turn: Turn, next: SyncNext, ctx: MiddlewareContext) -> Turn:
            assert threading.current_thread() is not threading.main_thread()
            assert current_run.get() is ctx.run
            answered = next(turn)
            answered.metadata["seen"] = True
            return answered

        turn = await start(runs, around, around)
        assert (texts(turn), turn.metadata) == (["go", "answer 0"], {"seen": True})

    async def test_what_the_engine_raises_is_raised_by_next(self, runs: Runs) -> None:
        def fail(turn: Turn, ctx: EngineContext) -> None:
            raise ValueError("engine down")

        def around(turn: Turn, next: SyncNext, ctx: MiddlewareContext) -> Turn:
            with pytest.raises(EngineError, match="engine down"):
                next()
            return turn

        assert texts(await start(runs, around, engine=FunctionEngine(fail))) == ["go"]

    async def test_a_cancel_reaches_the_engine_below(self, runs: Runs) -> None:
        began = anyio.Event()
        ended: list[bool] = []

        async def hang(turn: Turn, ctx: EngineContext) -> None:
            began.set()
            try:
                await anyio.sleep(60)
            finally:
                ended.append(True)

        def around(turn: Turn, next: SyncNext, ctx: MiddlewareContext) -> None:
            next()

        handle = start(runs, around, engine=FunctionEngine(hang))
        await began.wait()
        handle.cancel()
        with pytest.raises(RunStoppedError):
            await handle
        assert (ended, handle.record.halted) == ([True], True)

    async def test_one_that_does_not_return_holds_nobody_up(self, runs: Runs) -> None:
        release = threading.Event()

        def wedged(turn: Turn, next: SyncNext, ctx: MiddlewareContext) -> None:
            release.wait(5)

        handle = start(runs, wedged)
        await until(lambda: handle.status == "running")
        handle.cancel()
        with pytest.raises(RunStoppedError):
            await handle
        assert not handle.record.halted
        release.set()
        await until(lambda: runs.statistics().abandoned == 0)


async def test_it_has_a_complete_context(runs: Runs) -> None:
    seen: list[MiddlewareContext] = []

    async def look(turn: Turn, next: Next, ctx: MiddlewareContext) -> None:
        seen.append(ctx)
        await next()

    session = Session()
    pipeline = Pipeline(FunctionEngine(answer), middlewares=(FunctionMiddleware(look, "mine"),))
    options = {"tags": {"a": "b"}, "timeout_ms": 60_000}
    handle = runs.start(TurnComputation(pipeline), session=session, seed="go", options=options)
    turn = await handle
    (ctx,) = seen
    assert ctx.middleware_name == "mine"
    assert (ctx.run_id, ctx.session_id, ctx.turn_id) == (handle.id, session.id, turn.id)
    assert (dict(ctx.tags), ctx.deadline_ms) == ({"a": "b"}, handle.record.deadline)
    assert not ctx.token.is_set


def test_what_is_none_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="middleware: expected a function, got 7"):
        FunctionMiddleware(cast("Any", 7))
    assert isinstance(FunctionMiddleware(answer), Middleware)
