"""The rows of the table: what is measured, in which unit, and what becomes of the samples."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["IDLE", "ROWS", "Row"]

Statistic: TypeAlias = Callable[[Sequence[float]], float]


def p99(samples: Sequence[float]) -> float:
    """The smallest sample that 99 of 100 do not exceed."""
    return sorted(samples)[math.ceil(len(samples) * 0.99) - 1]


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        key: Its name in subjects and targets.
        title: What it says of itself.
        unit: Of samples and result.
        statistic: Makes the result of all samples of a run.
        of: The row whose samples it shares; by default its own.
        more_is_better: The result is a rate, not a cost.
    """

    key: str
    title: str
    unit: str
    statistic: Statistic = statistics.median
    of: str = ""
    more_is_better: bool = False

    @property
    def measure(self) -> str:
        """The measure that its samples are from."""
        return self.of or self.key


ROWS = (
    Row("startup", "process start to the end of an empty script", "ms"),
    Row("create", "realm made, first script evaluated", "µs"),
    Row("memory", "memory of an idle realm", "KiB"),
    Row("call_scalar", "sync host call, two numbers", "µs"),
    Row("call_object", "sync host call, object to object", "µs"),
    Row("async_alone", "async host call, one after another", "µs"),
    Row("async_many", "async host call, 1 000 at once, each", "µs"),
    Row("events", "events of a run to a JavaScript `*` listener", "1000/s", more_is_better=True),
    Row("replay", "… to one that comes when the run is over", "1000/s", more_is_better=True),
    Row("cancel", "cancel of `while(true){}`, median", "ms"),
    Row("cancel_p99", "cancel of `while(true){}`, p99", "ms", p99, of="cancel"),
    Row("gap", "longest gap of the host loop while a script spins", "ms", max),
    Row("runs", "1 000 concurrent runs, started by the host, each", "µs"),
    Row("runs_script", "1 000 concurrent runs, started by a script, each", "µs"),
    Row("model_1", "model call in a run of its own, one at a time, each", "µs"),
    Row("model_10", "… 10 at a time", "µs"),
    Row("model_100", "… 100 at a time", "µs"),
    Row("tool_1", "tool call of a loop, one run at a time, each", "µs"),
    Row("tool_10", "… 10 runs at a time", "µs"),
    Row("tool_100", "… 100 runs at a time", "µs"),
    Row("delta", "a model's piece of text, from the server to a listener", "ms"),
    Row("delta_p99", "… p99", "ms", p99, of="delta"),
)

IDLE = (
    Row("create_all", "realm made, script evaluated", "µs"),
    Row("memory_all", "memory of the idle realm", "KiB"),
)
"""Rows of a script that touches everything; `create` and `memory` are of one that uses nothing."""
