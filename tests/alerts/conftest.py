"""What the tests of alerts share."""

from collections.abc import Iterator

import pytest

from tests.alerts.making import OPENED


@pytest.fixture(autouse=True)
def _close_outboxes() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()
