"""The fixture of tests with a real executor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from unit.runner.control.executor_bench import Bench
from worldtree.runner.process import process_table


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A bench that leaves nothing behind."""
    found = Bench(tmp_path)
    yield found
    if found.executor is not None:
        found.executor.close()
    assert process_table.attempt_processes(found.attempt) == []
