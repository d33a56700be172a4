"""The middlewares that the host provides, by name."""

import logging
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from marotte.conversation import (
    Block,
    InvalidValueError,
    Session,
    Turn,
    new_system_block,
    new_tool_call_block,
    new_tool_use_block,
    new_turn,
    new_user_block,
)
from marotte.inference import (
    DuplicateMiddlewareError,
    EchoEngine,
    EngineContext,
    FunctionEngine,
    FunctionMiddleware,
    MiddlewareTable,
    Pipeline,
    TurnComputation,
    UnknownMiddlewareError,
)
from marotte.inference.middleware.reorder_tool_results import reordered
from marotte.inference.tool_blocks import call_id, unanswered
from marotte.runs import EngineError, Runs


async def answered(
    runs: Runs, name: str, options: dict[str, JsonValue] | None, *blocks: Block
) -> Turn:
    pipeline = Pipeline(EchoEngine("ok"), middlewares=(MiddlewareTable().make(name, options),))
    computation = TurnComputation(pipeline)
    return await runs.start(computation, session=Session(), seed=new_turn(blocks))


class TestSystemPrompt:
    async def test_it_is_put_in_front(self, runs: Runs) -> None:
        turn = await answered(runs, "systemPrompt", {"prompt": "Be brief."}, new_user_block("go"))
        assert [block.kind for block in turn.blocks] == ["system", "user", "llm_text"]
        assert turn.blocks[0].payload == {"text": "Be brief."}
        assert turn.blocks[0].role == "system"
        assert turn.blocks[0].metadata == {"middleware": "systemprompt"}

    async def test_it_replaces_the_first_one(self, runs: Runs) -> None:
        blocks = (new_user_block("go"), new_system_block("one"), new_system_block("two"))
        turn = await answered(runs, "systemPrompt", {"prompt": "Be brief."}, *blocks)
        said = [block.payload["text"] for block in turn.blocks if block.kind == "system"]
        assert said == ["Be brief.", "two"]
        assert turn.blocks[1].metadata == {"middleware": "systemprompt"}
        assert turn.blocks[2].metadata == {}

    async def test_each_call_of_the_engine_has_one(self, runs: Runs) -> None:
        seen: list[list[str]] = []

        def engine(turn: Turn, ctx: EngineContext) -> str:
            seen.append([block.kind for block in turn.blocks])
            return "ok"

        session = Session()
        middleware = MiddlewareTable().make("systemPrompt", {"prompt": "Be brief."})
        pipeline = Pipeline(FunctionEngine(engine), middlewares=(middleware,))
        await runs.start(TurnComputation(pipeline), session=session, seed="go")
        await runs.start(TurnComputation(pipeline), session=session)
        assert seen == [["system", "user"], ["system", "user", "llm_text"]]

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (None, "systemPrompt.prompt: field required, got {}"),
            ({"prompt": 7}, "systemPrompt.prompt: input should be a valid string, got 7"),
            ({"prompt": "", "x": 1}, "systemPrompt.x: extra inputs are not permitted, got 1"),
        ],
    )
    def test_bad_options_are_named(self, options: dict[str, Any] | None, message: str) -> None:
        with pytest.raises(InvalidValueError) as caught:
            MiddlewareTable().make("systemPrompt", options)
        assert str(caught.value) == message


def a_call(id: str) -> Block:
    return new_tool_call_block(id, "look", {})


def a_use(id: str) -> Block:
    return new_tool_use_block(id, None)


def shown(blocks: list[Block]) -> str:
    letters = {"tool_call": "c", "tool_use": "u"}
    return " ".join(
        f"{letters[block.kind]}{call_id(block)}" if block.kind in letters else "t"
        for block in blocks
    )


def parsed(text: str) -> list[Block]:
    make = {"c": a_call, "u": a_use}
    return [
        new_user_block("t") if each == "t" else make[each[0]](each[1:]) for each in text.split()
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("t c1 t u1", "t c1 u1 t"),
        ("t c1 c2 t u2 u1 t", "t c1 c2 u1 u2 t t"),
        ("t c1 u1 c2 u2", "t c1 u1 c2 u2"),
        ("u1 t c1", "t c1 u1"),
        ("t c1 c2 u1", "t c1 c2 u1"),
        ("t u9 c1 u1", "t u9 c1 u1"),
        ("c1 t c1 t u1 u1", "c1 u1 t c1 u1 t"),
        ("c1 c2 u2 u1", "c1 c2 u1 u2"),
        ("", ""),
    ],
)
def test_results_are_moved_behind_their_calls(before: str, after: str) -> None:
    assert shown(reordered(parsed(before))) == after


@given(st.lists(st.sampled_from(("t", "c1", "c2", "u1", "u2", "u3")), max_size=12))
def test_reordering_loses_nothing_and_moves_nothing_else(parts: list[str]) -> None:
    blocks = parsed(" ".join(parts))
    once = reordered(blocks)
    assert sorted(id(block) for block in once) == sorted(id(block) for block in blocks)
    others = [block for block in once if block.kind != "tool_use"]
    assert others == [block for block in blocks if block.kind != "tool_use"]


@given(st.permutations(("t", "t", "c1", "u1", "c2", "u2", "c3", "u3")))
def test_reordering_is_done_once(parts: list[str]) -> None:
    once = reordered(parsed(" ".join(parts)))
    assert reordered(once) == once
    assert not unanswered(once)


async def test_reordering_reaches_the_engine(runs: Runs) -> None:
    blocks = (new_user_block("t"), a_call("1"), new_user_block("t"), a_use("1"))
    turn = await answered(runs, "reorderToolResults", None, *blocks)
    assert shown(turn.blocks) == "t c1 u1 t t"
    with pytest.raises(InvalidValueError, match=r"reorderToolResults\.x: extra inputs"):
        MiddlewareTable().make("reorderToolResults", {"x": 1})


class TestTurnLogging:
    async def test_it_tells_numbers_and_no_content(
        self, runs: Runs, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO, "marotte.turns"):
            await answered(runs, "turnLogging", None, new_user_block("secret"))
        first, second = (record.getMessage() for record in caplog.records)
        assert first.endswith(": 1 blocks in")
        assert ": 1 llm_text out after " in second
        assert "secret" not in caplog.text

    async def test_it_tells_of_failures(self, runs: Runs, caplog: pytest.LogCaptureFixture) -> None:
        def fail(turn: Turn, ctx: EngineContext) -> None:
            raise ValueError("secret")

        middleware = MiddlewareTable().make("turnLogging", {"level": "debug"})
        pipeline = Pipeline(FunctionEngine(fail), middlewares=(middleware,))
        with caplog.at_level(logging.DEBUG, "marotte.turns"), pytest.raises(EngineError):
            await runs.start(TurnComputation(pipeline), session=Session(), seed="go")
        assert ": EngineError after " in caplog.records[-1].getMessage()
        assert "secret" not in caplog.records[-1].getMessage()

    def test_another_level_is_refused(self) -> None:
        with pytest.raises(InvalidValueError, match=r"turnLogging\.level: input should be 'debug'"):
            MiddlewareTable().make("turnLogging", {"level": "loud"})


class TestTable:
    def test_an_unknown_one_names_those_that_are_known(self) -> None:
        with pytest.raises(UnknownMiddlewareError) as caught:
            MiddlewareTable({"mine": cast("Any", None)}).make("yours")
        assert str(caught.value) == (
            "unknown host middleware: yours; "
            "known are mine, reorderToolResults, systemPrompt, turnLogging"
        )

    def test_a_name_is_used_once(self) -> None:
        with pytest.raises(DuplicateMiddlewareError, match="turnLogging is registered already"):
            MiddlewareTable({"turnLogging": cast("Any", None)})

    def test_options_reach_the_factory(self) -> None:
        def make(options: dict[str, JsonValue] | None) -> FunctionMiddleware:
            return FunctionMiddleware(cast("Any", print), name=str(options))

        assert MiddlewareTable({"mine": make}).make("mine", {"a": 1}).name == "{'a': 1}"
