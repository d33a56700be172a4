"""The computation of a turn run: what it takes, and what it refuses."""

import math
from collections.abc import Callable
from typing import Any, cast

import pytest

from marotte.conversation import InvalidValueError, Session, Turn, new_assistant_block
from marotte.events import TextDelta
from marotte.inference import (
    EchoEngine,
    EngineContext,
    FunctionEngine,
    Pipeline,
    ToolLoopSettings,
    TurnComputation,
)
from marotte.runs import RunContext, RunLimitError, Runs


class PlainEngine:
    """Anything with a name and `infer` is an engine."""

    name = "plain"

    async def infer(self, turn: Turn, ctx: EngineContext) -> None:
        ctx.check()
        turn.blocks.append(new_assistant_block("one"))
        turn.blocks.append(new_assistant_block("two"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TurnComputation(cast("Any", "echo")), 'engine: expected an engine, got "echo"'),
        (
            lambda: Pipeline(EchoEngine(), history=cast("Any", "some")),
            "history: expected 'all' or 'none', got \"some\"",
        ),
        (
            lambda: Pipeline(EchoEngine(), tool_loop=ToolLoopSettings(tool_choice="nobody")),
            'invalid toolChoice "nobody", expected one of: auto, none, required',
        ),
        (lambda: FunctionEngine(cast("Any", 7)), "function: expected a function, got 7"),
        (lambda: EchoEngine(cast("Any", 7)), "reply: expected text, got 7"),
        (lambda: EchoEngine(delay_ms=-1), "delayMs: expected a number >= 0, got -1"),
        (lambda: EchoEngine(delay_ms=math.inf), "delayMs: expected a number >= 0, got float inf"),
        (lambda: EchoEngine(delay_ms=cast("Any", "1")), 'delayMs: expected a number >= 0, got "1"'),
    ],
)
def test_bad_arguments_are_named(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        make()
    assert str(caught.value) == message


async def test_each_text_of_an_engine_that_streams_nothing_is_told(runs: Runs) -> None:
    handle = runs.start(TurnComputation(PlainEngine()), session=Session(), seed="hello")
    assert (await handle).text == "onetwo"
    deltas = [event async for event in handle if isinstance(event, TextDelta)]
    assert [(event.segment, event.delta) for event in deltas] == [("1", "one"), ("2", "two")]


async def test_a_limit_of_no_iteration_calls_no_engine(runs: Runs) -> None:
    session = Session()
    options = {"limits": {"iterations": 0}}
    handle = runs.start(
        TurnComputation(PlainEngine()), session=session, seed="hello", options=options
    )
    with pytest.raises(RunLimitError, match=r"max iterations \(0\) reached"):
        await handle
    assert session.turn_count == 0


async def test_an_engine_is_not_called_in_a_run_that_is_stopping(runs: Runs) -> None:
    called: list[str] = []

    class Stopping(TurnComputation):
        async def execute(self, ctx: RunContext) -> Turn:
            ctx.limit_exceeded("cpu", "no time left")
            return await super().execute(ctx)

    def note(turn: Turn, ctx: EngineContext) -> None:
        called.append(ctx.run_id)

    computation = Stopping(FunctionEngine(note))
    handle = runs.start(computation, session=Session(), seed="hello")
    with pytest.raises(RunLimitError, match="no time left"):
        await handle
    assert called == []
