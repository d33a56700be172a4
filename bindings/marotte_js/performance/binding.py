"""The binding: the host has the clock."""

from __future__ import annotations

import time
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from marotte.realm import Binding, face_source, host_function, js_name
from marotte_js.events import EventTarget

__all__ = ["BINDING", "Performance"]


@host_function(name="_clock", effect="control")
def clock() -> float:
    """Milliseconds of a clock that never goes back."""
    return time.perf_counter() * 1000


class PerformanceJSON(BaseModel):
    """What `JSON.stringify` shows of `performance`."""

    model_config = ConfigDict(frozen=True)

    timeOrigin: float = Field(description="As of `performance`.")


class Performance(EventTarget, Protocol):
    """A clock for measuring."""

    def now(self) -> float:
        """Milliseconds since `timeOrigin`, with fractions; it never goes back."""

    @property
    def time_origin(self) -> float:
        """When the script's realm was made, in milliseconds since the epoch."""

    @js_name("toJSON")
    def to_json(self) -> PerformanceJSON:
        """What `JSON.stringify` shows."""


BINDING = Binding(
    name="performance",
    functions=[clock],
    declared_classes=[Performance],
    declared_values={"performance": Performance},
    global_names=["Performance", "performance"],
    face=face_source("marotte_js.performance"),
    doc="A clock for measuring.",
)
