"""Where numbers are wanted in what a script passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, BeforeValidator, Field, JsonValue, PlainValidator

from marotte.realm.functions.numbers import number_paths


class Limits(BaseModel):
    most: int | None = None
    is_hard: bool = False
    word: Literal[1, "all"] = 1


class Options(BaseModel):
    wait_ms: float = Field(default=0, alias="waitMs")
    limits: Limits = Limits()
    steps: list[Limits] = []
    pair: tuple[float, ...] = ()
    free: JsonValue = None
    named: dict[str, float] = {}
    below: Options | None = None


class Waits(BaseModel):
    limits: list[Limits] | float = 0
    most: Limits | str = ""


LIMITS = {"most": True}
OPTIONS = {
    "waitMs": True,
    "limits": LIMITS,
    "steps": {"*": LIMITS},
    "pair": {"*": True},
}


@pytest.mark.parametrize(
    ("annotation", "paths"),
    [
        (int, True),
        (float | None, True),
        (Annotated[int, Field(ge=0)], True),
        (bool, None),
        (str, None),
        (JsonValue, None),
        (dict[str, int], None),
        (Literal[5], None),
        (Limits, LIMITS),
        (Options | str | None, OPTIONS),
        (Sequence[Options], {"*": OPTIONS}),
        (Annotated[Any, PlainValidator(str, json_schema_input_type=Limits | None)], LIMITS),
        (Annotated[Limits, BeforeValidator(str)], LIMITS),
        (Annotated[Limits, PlainValidator(str, json_schema_input_type=str)], None),
        (Limits | Annotated[Options, "said"], {**OPTIONS, **LIMITS}),
        (int | Limits, [True, LIMITS]),
        (Limits | None | float | int, [True, LIMITS]),
        (list[int | Limits], {"*": [True, LIMITS]}),
        (list[int] | list[Limits], {"*": [True, LIMITS]}),
        (Waits, {"limits": [True, {"*": LIMITS}], "most": LIMITS}),
        (Waits | Limits, {"limits": [True, {"*": LIMITS}], "most": [True, LIMITS]}),
        (
            Options | Waits,
            {**OPTIONS, "limits": [True, {**LIMITS, "*": LIMITS}], "most": LIMITS},
        ),
        (
            int | Annotated[Any, PlainValidator(str, json_schema_input_type=int | Limits)],
            [True, LIMITS],
        ),
    ],
)
def test_paths(annotation: Any, paths: JsonValue) -> None:
    assert number_paths(annotation) == paths
