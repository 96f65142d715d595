"""What holds for all tests: the lab's fixtures, the length of random tests, SIGINT."""

from __future__ import annotations

import gc
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples import load_profile
from interruptible import heed_interrupts

pytest_plugins = ["lab_plugin"]

load_profile()
heed_interrupts()
# Modules and thousands of tests stay to the end: nothing looks through them for garbage.
gc.disable()


def pytest_collection_finish() -> None:
    """Look for garbage from now on, in what tests make."""
    gc.freeze()
    gc.enable()


@pytest.fixture
def ignoring_interrupts() -> Iterator[None]:
    """SIGINT is ignored, here and in what is started, as below `nohup` and a shell's `&`."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def same_length_path() -> Iterator[Path]:
    """A directory whose path is as long in each run, so that YAML files fold in the same places."""
    with tempfile.TemporaryDirectory(prefix="wt-", dir="/tmp") as directory:
        yield Path(directory)
