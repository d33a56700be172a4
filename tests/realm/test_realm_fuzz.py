"""The fuzz of realms, short for every day and long for `make soak`."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.realm.fuzz.realm_fuzz import BatchReport, run_batches

SOME, MANY = 2, 20
SCRIPTS = 1000
HAPPENED = [
    "parked",
    "outcome ScriptInterrupted",
    "outcome JavaScriptError",
    "outcome RealmClosedError",
    "limit memory",
    "limit cpu",
    "unhandled",
    "ended by loop",
    "_close",
    "_interrupt_realm",
]


def failures(reports: list[BatchReport]) -> list[str]:
    """What went wrong in any batch."""
    return [failure for report in reports for failure in report.failures]


@pytest.mark.timeout(300)
def test_short_scripts_do_no_harm_whatever_they_do_to_each_other() -> None:
    reports = run_batches(range(SOME), SCRIPTS)
    assert failures(reports) == []
    assert [report.scripts for report in reports] == [SCRIPTS] * SOME
    seen = sum((Counter(report.seen) for report in reports), Counter[str]())
    assert [what for what in HAPPENED if not seen[what]] == []


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_twenty_thousand_scripts_do_no_harm_and_leave_memory_flat() -> None:
    reports = run_batches(range(100, 100 + MANY), SCRIPTS)
    assert failures(reports) == []
    assert sum(report.scripts for report in reports) == MANY * SCRIPTS
