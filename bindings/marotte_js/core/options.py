"""Arguments that several functions take: seeds and run options."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import PlainValidator
from pydantic_core import PydanticCustomError

from marotte.conversation import InvalidValueError, Turn, as_turn
from marotte.realm import TypedAs
from marotte.runs import RunOptions

__all__ = ["GivenSeed", "Options", "Seed"]


def _seed(value: Any) -> Turn | None:
    if value is None:
        return None
    try:
        return as_turn(value, "seed")
    except InvalidValueError as error:
        raise PydanticCustomError("message", "{text}", {"text": str(error)}) from None


def _options(value: Any) -> RunOptions:
    try:
        return RunOptions.from_js(value)
    except InvalidValueError as error:
        raise PydanticCustomError("message", "{text}", {"text": str(error)}) from None


Seed: TypeAlias = Annotated[
    Turn | None, PlainValidator(_seed, json_schema_input_type=Turn | str | None)
]
"""A turn, or the text of a turn with one user block; absent: the latest turn is extended."""

GivenSeed: TypeAlias = Annotated[Seed, TypedAs(Turn | str)]
"""A turn, or the text of a turn with one user block."""

Options: TypeAlias = Annotated[
    RunOptions, PlainValidator(_options, json_schema_input_type=RunOptions | None)
]
"""How a run is bounded, stopped and labelled."""
