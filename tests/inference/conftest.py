"""A registry of runs for each test."""

from collections.abc import AsyncIterator

import pytest

from marotte.runs import Runs, open_runs


@pytest.fixture
async def runs() -> AsyncIterator[Runs]:
    async with open_runs() as runs:
        yield runs
