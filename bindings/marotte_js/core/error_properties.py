"""What the errors of the module carry, for the typings."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from marotte.conversation import MarotteError, Turn
from marotte.runs import EngineError

__all__ = ["ERROR_PROPERTIES"]


class ErrorProperties(BaseModel):
    """What scripts find on an error, beside name, message and cause."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)

    code: str = Field(description="What went wrong, as a stable word; of a run, its stop reason.")
    run_id: str | None = Field(default=None, description="The run concerned.")
    session_id: str | None = Field(default=None, description="The session concerned.")
    partial_turn: Turn | None = Field(
        default=None, description="Seed and answer so far of a turn run that did not complete."
    )


class EngineErrorProperties(ErrorProperties):
    """What they find on the error of an engine."""

    provider: str | None = Field(
        default=None, description="Who served the model, of an error of a provider."
    )
    status: int | None = Field(default=None, description="The HTTP status it answered with.")
    request_id: str | None = Field(default=None, description="What it calls the request.")


ERROR_PROPERTIES: Mapping[type[BaseException], type[BaseModel]] = {
    MarotteError: ErrorProperties,
    EngineError: EngineErrorProperties,
}
