"""What the tests of bindings share: a page."""

from collections.abc import Iterator

import pytest
from tests.bindings.page import Page, open_page


@pytest.fixture
def page() -> Iterator[Page]:
    """A realm with all first-party bindings and no grants."""
    with open_page() as opened:
        yield opened
