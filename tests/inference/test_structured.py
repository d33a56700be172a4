"""Structured results: JSON that matches a schema, with one round of repair."""

from typing import Any

import pytest
from pydantic import JsonValue
from tests.inference.tool_support import Conversation, asks, bodies, call, uses

from marotte.conversation import Session, Turn
from marotte.events import Diagnostic
from marotte.inference import EngineContext, FunctionEngine, ReplyLike, TurnComputation, tool
from marotte.runs import EngineError, OptionsError, RunLimitError, RunOptions, Runs

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "people": {"type": "integer"}},
    "required": ["city"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ('{"city": "Bern"}', {"city": "Bern"}),
        ('  {"city": "Bern", "people": 134000}\n', {"city": "Bern", "people": 134000}),
        ('```json\n{"city": "Bern"}\n```', {"city": "Bern"}),
        ('```\n{"city": "Bern"}\n```\n', {"city": "Bern"}),
    ],
)
async def test_the_answer_is_read(runs: Runs, text: str, output: JsonValue) -> None:
    talk = Conversation(runs, [text])
    turn = await talk.start(output_schema=SCHEMA)
    assert turn.output == output
    assert turn.text == text
    assert talk.session.turns()[0].data == {"output": output}


async def test_the_engine_is_told_of_the_schema(runs: Runs) -> None:
    seen: list[object] = []

    def engine(turn: Turn, ctx: EngineContext) -> str:
        seen.append(ctx.output_schema)
        return '{"city": "Bern"}'

    computation = TurnComputation(FunctionEngine(engine))
    options = {"output_schema": SCHEMA}
    await runs.start(computation, session=Session(), seed="go", options=options)
    turn = await runs.start(computation, session=Session(), seed="go")
    assert seen == [SCHEMA, None]
    assert turn.output is None


@pytest.mark.parametrize(
    ("first", "problem"),
    [
        ("Bern", "output: no JSON: Expecting value: line 1 column 1 (char 0)"),
        ('{"city": 7}', "output.city: 7 is not of type 'string'"),
        ("{}", "output: 'city' is a required property"),
        ('{"city": NaN}', "output.city: expected a finite number, got nan"),
        ("", "output: no JSON: Expecting value: line 1 column 1 (char 0)"),
        ("[" * 100_000, "output: nested too deeply"),
    ],
)
async def test_one_that_does_not_match_is_repaired_once(
    runs: Runs, first: str, problem: str
) -> None:
    asked: list[str] = []

    def engine(turn: Turn, ctx: EngineContext) -> str:
        asked.append(str(turn.blocks[-1].payload["text"]))
        return '{"city": "Bern"}' if len(asked) == 2 else first

    session = Session()
    computation = TurnComputation(FunctionEngine(engine))
    options = {"output_schema": SCHEMA}
    handle = runs.start(computation, session=session, seed="go", options=options)
    turn = await handle
    assert turn.output == {"city": "Bern"}
    assert len(asked) == 2
    assert f"does not match the JSON schema of the result: {problem}" in asked[1]
    assert [block.kind for block in turn.blocks] == ["user", "llm_text"]
    assert turn.text == '{"city": "Bern"}'
    (told,) = await bodies(handle, Diagnostic)
    assert (told.code, problem in told.message) == ("output-repair", True)


async def test_a_second_one_that_does_not_match_fails_the_run(runs: Runs) -> None:
    talk = Conversation(runs, ["no", "still no", '{"city": "late"}'])
    handle = talk.start(output_schema=SCHEMA)
    with pytest.raises(EngineError) as caught:
        await handle
    assert str(caught.value).startswith(
        "the answer does not match the output schema: output: no JSON"
    )
    assert (handle.record.status, handle.record.stop_reason) == ("failed", "provider_error")
    assert (talk.engine.remaining, talk.session.turns()) == (1, [])
    assert handle.usage.requests == 2


async def test_tools_may_be_called_in_both_rounds(runs: Runs) -> None:
    @tool
    async def look() -> str:
        return "Bern"

    replies: list[ReplyLike] = [
        asks(call("look", "1"), text="Let me see."),
        "It is Bern.",
        asks(call("look", "2")),
        {"reasoning": "JSON", "text": '{"city": "Bern"}'},
    ]
    turn = await Conversation(runs, replies, [look]).start(output_schema=SCHEMA)
    assert turn.output == {"city": "Bern"}
    kinds = [block.kind for block in turn.blocks]
    pair = ["tool_call", "tool_use"]
    assert kinds == ["user", "llm_text", *pair, *pair, "reasoning", "llm_text"]
    assert [id for id, _, _ in uses(turn.blocks)] == ["1", "2"]


async def test_only_the_last_answer_counts(runs: Runs) -> None:
    @tool
    async def look() -> None: ...

    replies: list[ReplyLike] = [asks(call("look"), text="Let me see."), '{"city": "Bern"}']
    turn = await Conversation(runs, replies, [look]).start(output_schema=SCHEMA)
    assert turn.output == {"city": "Bern"}


async def test_the_repair_counts_as_an_iteration(runs: Runs) -> None:
    talk = Conversation(runs, ["no", '{"city": "Bern"}'], loop={"max_iterations": 1})
    with pytest.raises(RunLimitError, match=r"max iterations \(1\) reached"):
        await talk.start(output_schema=SCHEMA)


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (7, "output_schema expected a JSON Schema object, got 7"),
        ({"type": "city"}, "output_schema.type no valid JSON Schema: 'city' is not valid"),
    ],
)
def test_what_is_no_schema_is_refused(schema: object, message: str) -> None:
    with pytest.raises(OptionsError) as caught:
        RunOptions.of({"output_schema": schema})
    assert str(caught.value).startswith(message)
    with pytest.raises(OptionsError):
        RunOptions.from_js({"outputSchema": schema})
