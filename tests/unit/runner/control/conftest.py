"""The fixture of tests with a real executor."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from unit.runner.control.executor_bench import Bench
from worldtree.runner.process import process_table

#: Seconds after which a process is one that stays.
_LONGEST_END = 60


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A bench that leaves nothing behind.

    A server that was asked to end does so by itself, which takes its time on a busy machine.
    """
    found = Bench(tmp_path)
    yield found
    if found.executor is not None:
        found.executor.close()
    latest = time.monotonic() + _LONGEST_END
    while left := process_table.attempt_processes(found.attempt):
        assert time.monotonic() < latest, left
        time.sleep(0.05)
