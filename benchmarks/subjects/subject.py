"""The shape of a subject: what it can do, measured, and what it cannot, said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

__all__ = ["Measure", "Subject"]

Measure: TypeAlias = Callable[[], list[float]]
"""Takes samples, in the unit of its row."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that is measured.

    Attributes:
        title: The heading of its column.
        measures: What it can do, by the key of a row.
        cannot: Why it has no measure for a row.
    """

    title: str
    measures: Mapping[str, Measure]
    cannot: Mapping[str, str] = field(default_factory=dict)
