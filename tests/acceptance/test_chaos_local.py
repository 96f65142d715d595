"""Workers that are killed, stopped and cut off, and a database that restarts: nothing is lost."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from chaos.trial import SHORT, Trial
from unit.store import postgres


@pytest.mark.alone  # A busy machine looks like a silent one.
@pytest.mark.once
@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None,
    reason="machines of their own need root and PID namespaces",
)
def test_no_task_is_lost_or_done_twice(tmp_path: Path) -> None:
    """Every task succeeds, each step was done once, and never two runs of one at a time."""
    try:
        with postgres.running(durable=True) as server:
            report = Trial(tmp_path, SHORT, seed=17, server=server).run()
    except postgres.NoPostgresError as why:
        pytest.skip(f"workers on several machines: {why}")
    assert report.problems == []
    assert report.statuses == {"succeeded": SHORT.tasks}
    # The killed one does not come back; those that wake up hear that they were fenced.
    assert report.fenced >= 1
    assert report.refusals >= 1
