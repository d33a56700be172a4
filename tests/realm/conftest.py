"""Fixtures of the tests of realms."""

from collections.abc import Iterator

import pytest
from tests.realm.realm_support import World, running_loop


@pytest.fixture
def world() -> Iterator[World]:
    """A loop thread, and a way to make realms on it."""
    with running_loop() as loop:
        yield World(loop)
