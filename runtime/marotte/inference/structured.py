"""Structured results: answers that are JSON and match a schema, with one round of repair."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable

from pydantic import JsonValue

from marotte.conversation import (
    Block,
    InvalidValueError,
    JsonObject,
    JsonSchema,
    copy_json,
    new_user_block,
)
from marotte.runs import EngineError, RunContext

_FENCED = re.compile(r"```(?:json)?\s*\n(?P<text>.*)\n```", re.DOTALL)
_ANSWERS = ("llm_text", "reasoning")


class StructuredAnswer:
    """Reads the result from the answer of one run.

    The result is written to the turn's `data.output`. An answer that does not match is put back
    to the engine once, with what is wrong with it; neither that question nor the answer that
    failed stays in the turn.
    """

    def __init__(self, run: RunContext, schema: JsonObject) -> None:
        self._run = run
        self._schema = JsonSchema(schema, "outputSchema")

    async def read(self, answer_again: Callable[[], Awaitable[object]]) -> None:
        """Read the result of the staged turn.

        Args:
            answer_again: Has the turn answered once more.

        Raises:
            EngineError: The second answer does not match either.
        """
        try:
            value = self._value()
        except InvalidValueError as error:
            await self._repair(str(error), answer_again)
            value = self._repaired_value()
        self._run.turn.data["output"] = value

    async def _repair(self, problem: str, answer_again: Callable[[], Awaitable[object]]) -> None:
        self._run.diagnose("output-repair", f"the answer does not match its schema: {problem}")
        blocks = self._run.turn.blocks
        failed = _answer(blocks)
        request = new_user_block(
            f"Your answer does not match the JSON schema of the result: {problem}\n"
            "Answer again, with nothing but JSON that matches it."
        )
        blocks.append(request)
        await answer_again()
        gone = {block.id for block in (*failed, request)}
        turn = self._run.turn
        turn.blocks = [block for block in turn.blocks if block.id not in gone]

    def _repaired_value(self) -> JsonValue:
        try:
            return self._value()
        except InvalidValueError as error:
            raise EngineError(f"the answer does not match the output schema: {error}") from None

    def _value(self) -> JsonValue:
        text = "".join(_texts(_answer(self._run.turn.blocks)))
        value = copy_json(_parse(text), "output")
        problem = self._schema.problem(value, "output")
        if problem is not None:
            path, _, said = problem.partition(": ")
            raise InvalidValueError(path, said)
        return value


def _answer(blocks: list[Block]) -> list[Block]:
    """Return the blocks at the end that are an answer: text and reasoning."""
    start = len(blocks)
    while start and blocks[start - 1].kind in _ANSWERS:
        start -= 1
    return blocks[start:]


def _texts(blocks: Iterable[Block]) -> Iterable[str]:
    for block in blocks:
        text = block.payload.get("text")
        if block.kind == "llm_text" and isinstance(text, str):
            yield text


def _parse(text: str) -> object:
    """Return what JSON text says; models like to put it into a fence."""
    fenced = _FENCED.fullmatch(text.strip())
    try:
        return json.loads(fenced["text"] if fenced else text)
    except ValueError as error:
        raise InvalidValueError("output", f"no JSON: {error}") from None
    except RecursionError:
        raise InvalidValueError("output", "nested too deeply") from None
