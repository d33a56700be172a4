"""`runInference`: one turn on a session that is thrown away."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, create_model

from marotte.realm import Caller, Lifts, host_function
from marotte.runs import RunOptions
from marotte_js.core.engines import EngineObject
from marotte_js.core.options import GivenSeed, Options
from marotte_js.core.pipeline import PipelineOptions, open_session
from marotte_js.core.turns import RunTurn
from marotte_js.core.waiting import wait_parked_for_turn

__all__ = ["run_inference"]

_OWN = frozenset(str(field.alias) for field in PipelineOptions.model_fields.values())


class _Split(PipelineOptions):
    """The options of the run apart from what stands around the engine."""

    run: Options = Field(default_factory=RunOptions)


def _split(value: Any) -> Any:
    if not isinstance(value, dict):
        return {"run": value}
    own = {key: given for key, given in value.items() if key in _OWN}
    return {**own, "run": {key: given for key, given in value.items() if key not in _OWN}}


_OF_A_RUN: dict[str, Any] = {
    name: (field.annotation, field) for name, field in RunOptions.model_fields.items()
}
_Described = create_model(
    "InferenceOptions",
    __base__=PipelineOptions,
    __doc__="Options of `runInference`: those of a run, and what stands around the engine.",
    **_OF_A_RUN,
)
"""What the two are together, for the typings."""

InferenceOptions: TypeAlias = Annotated[
    _Split,
    BeforeValidator(_split, json_schema_input_type=_Described | None),
    Lifts({"signal": True}),
]
"""How a run is bounded, stopped and labelled, and what stands around its engine."""


@host_function
def run_inference(
    caller: Caller, engine: EngineObject, turn: GivenSeed, options: InferenceOptions | None = None
) -> RunTurn:
    """Answer one turn on a session that is thrown away; the script is parked meanwhile.

    Args:
        engine: What answers.
        turn: A turn, or the user's text.
        options: How the run is bounded and labelled, and what stands around the engine.

    Example:
        const turn = runInference(engines.echo({ reply: "hello" }), "hi", { timeoutMs: 5_000 });
        console.log(turn.text);
    """
    caller.realm.realm.loop.check_parking()
    given = options or _Split()
    session = open_session(caller, engine.engine, given, "none")
    return wait_parked_for_turn(session.start(turn, given.run), caller)
