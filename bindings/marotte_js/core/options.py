"""Arguments that several functions take: seeds and run options."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import PlainValidator, ValidationInfo

from marotte.conversation import Turn, as_turn
from marotte.realm import Lifts, TypeArguments, TypedAs
from marotte.runs import RunOptions, StopToken
from marotte_js.abort.token import SignalToken
from marotte_js.core.wording import in_own_words

__all__ = ["OF_OUTPUT", "AnswerOptions", "GivenSeed", "Options", "Seed"]


@in_own_words
def _seed(value: Any) -> Turn | None:
    return None if value is None else as_turn(value, "seed")


@in_own_words
def _options(value: Any, info: ValidationInfo) -> RunOptions:
    if isinstance(value, dict) and isinstance(value.get("signal"), dict):
        value = {**value, "signal": _token(value["signal"], info)}
    return RunOptions.from_js(value)


def _token(value: dict[str, Any], info: ValidationInfo) -> StopToken | dict[str, Any]:
    """The token of an `AbortSignal`; what is none stays, to be refused with the other options."""
    found = info.context.host_object(value.get("$object")) if info.context is not None else None
    return found.token if isinstance(found, SignalToken) else value


Seed: TypeAlias = Annotated[
    Turn | None, PlainValidator(_seed, json_schema_input_type=Turn | str | None)
]
"""A turn, or the text of a turn with one user block; absent: the latest turn is extended."""

GivenSeed: TypeAlias = Annotated[Seed, TypedAs(Turn | str)]
"""A turn, or the text of a turn with one user block."""

OF_OUTPUT = ("const S extends JsonSchema = JsonSchema",)
"""The type parameter of what starts a run that answers: its `outputSchema`."""

_AnyOptions: TypeAlias = Annotated[RunOptions, TypeArguments()]
_AnswerOptions: TypeAlias = Annotated[RunOptions, TypeArguments(("S",), OF_OUTPUT)]

Options: TypeAlias = Annotated[
    RunOptions,
    PlainValidator(_options, json_schema_input_type=_AnyOptions | None),
    Lifts({"signal": True}),
]
"""How a run is bounded, stopped and labelled."""

AnswerOptions: TypeAlias = Annotated[
    RunOptions,
    PlainValidator(_options, json_schema_input_type=_AnswerOptions | None),
    Lifts({"signal": True}),
]
"""As `Options`, of a run whose turn says what its `outputSchema` makes of it."""
