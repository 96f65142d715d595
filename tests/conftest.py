"""What holds for all tests: the lab's fixtures, time for property tests, a SIGINT that counts."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from interruptible import heed_interrupts

pytest_plugins = ["lab_plugin"]

# How long an example takes says more about the machine's load than about the code.
settings.register_profile(
    "unhurried", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unhurried")

heed_interrupts()


@pytest.fixture
def ignoring_interrupts() -> Iterator[None]:
    """SIGINT is ignored, here and in what is started, as below `nohup` and a shell's `&`."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)
