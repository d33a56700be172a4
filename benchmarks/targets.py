"""What Marotte has set out to reach, and whether a run of the benchmarks shows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["TARGETS", "Results", "Target"]

Results: TypeAlias = Mapping[str, Mapping[str, float]]
"""What was measured: by subject, then by row."""


@dataclass(frozen=True, slots=True)
class Target:
    """One target.

    Attributes:
        text: What it asks for.
        row: What of Marotte it is about.
        share: How much of what is allowed is used; it is met up to 1.
    """

    text: str
    row: str
    share: Callable[[Results], float]


def _at_most(row: str, limit: float) -> Callable[[Results], float]:
    return lambda results: results["marotte"][row] / limit


def _at_least(row: str, limit: float) -> Callable[[Results], float]:
    return lambda results: limit / results["marotte"][row]


def _against(row: str, subject: str, factor: float, its: str = "") -> Callable[[Results], float]:
    """Marotte's cost times a factor is at most that of another."""
    return lambda results: results["marotte"][row] * factor / results[subject][its or row]


TARGETS = (
    Target(
        "a realm with the whole prelude is no slower to make than a quickjs-rs context",
        "create",
        _against("create", "quickjs_rs", 1),
    ),
    Target("… and costs at most 300 KiB idle", "memory", _at_most("memory", 300)),
    Target(
        "the same where the script touches everything: no slower to make",
        "create_all",
        _against("create_all", "quickjs_rs", 1, "create"),
    ),
    Target("… and at most 300 KiB", "memory_all", _at_most("memory_all", 300)),
    Target(
        "a validated sync host call is at least 30 times cheaper than quickjs-rs's",
        "call_scalar",
        _against("call_scalar", "quickjs_rs", 30),
    ),
    Target(
        "1 000 parallel async host calls: at most 30 µs each",
        "async_many",
        _at_most("async_many", 30),
    ),
    Target("at least 100 000 events a second", "events", _at_least("events", 100)),
    Target("… by a listener that comes late", "replay", _at_least("replay", 100)),
    Target("cancel: p99 at most 5 ms", "cancel_p99", _at_most("cancel_p99", 5)),
    Target("heartbeat gap at most 50 ms", "gap", _at_most("gap", 50)),
)
