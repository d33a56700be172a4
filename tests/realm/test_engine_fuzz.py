"""The fuzz of engines: thousands of random scripts, no crash, no hang, flat memory."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.realm.engine_support import FACTORIES
from tests.realm.fuzz.engine_fuzz import Report, run_batch

engines = pytest.mark.parametrize("engine", FACTORIES)

MEBIBYTE = 1 << 20


def run_batches(engine: str, seeds: range, scripts: int) -> list[Report]:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda s: run_batch(s, engine=engine, scripts=scripts), seeds))


def check(reports: list[Report], scripts: int) -> None:
    assert not [report.failure for report in reports if report.failure]
    assert sum(report.happened["scripts"] for report in reports) == scripts
    for report in reports:
        assert report.end_bytes < 1.3 * report.warm_bytes + 8 * MEBIBYTE, report


@engines
def test_two_thousand_random_scripts_bring_no_engine_down(engine: str) -> None:
    check(run_batches(engine, range(1000, 1004), 500), 2000)


@engines
@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_twenty_thousand_random_scripts_bring_no_engine_down(engine: str) -> None:
    check(run_batches(engine, range(20), 1000), 20_000)
