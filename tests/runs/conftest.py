"""A registry of runs for each test."""

from collections.abc import AsyncIterator

import pytest

from marotte.events import MemoryRunLog
from marotte.runs import Runs, open_runs


@pytest.fixture
def log() -> MemoryRunLog:
    return MemoryRunLog()


@pytest.fixture
async def runs(log: MemoryRunLog) -> AsyncIterator[Runs]:
    async with open_runs(log) as runs:
        yield runs
