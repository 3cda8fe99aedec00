"""What all tests share."""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# A check fails for what was changed: not for a moment in which a busy machine was slow, nor for an example that nobody
# had tried before. `pytest --hypothesis-profile=default` looks for such ones.
settings.register_profile("check", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("check")


@pytest.fixture(autouse=True, scope="session")
def _heeding_interrupts() -> Iterator[None]:
    """A script's background jobs, and so their children, ignore SIGINT; a test run may be one."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
