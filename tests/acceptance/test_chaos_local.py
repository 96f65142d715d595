"""Workers that are killed, stopped and cut off, and a database that restarts: nothing is lost.

`make chaos` runs the trial at full size, which takes half an hour.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from chaos.report import Report
from chaos.trial import SHORT, Trial
from unit.store import postgres

pytestmark = [
    pytest.mark.alone,  # A busy machine looks like a silent one.
    pytest.mark.once,
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("unshare") is None,
        reason="machines of their own need root and PID namespaces",
    ),
]


def test_no_task_is_lost_or_done_twice(tmp_path: Path) -> None:
    """Three of four workers are killed, stopped and cut off at once, after a short outage."""
    report = run(tmp_path)
    assert report.statuses == {"succeeded": SHORT.tasks}
    # The killed one does not come back; the others hear that they were fenced when they are back.
    assert report.fenced >= 3
    assert report.refusals >= 2
    # How many tasks the three had at that moment is chance.
    assert report.passed_on >= 1


def run(place: Path) -> Report:
    """Run a trial; every task succeeded, each step was done once, never two runs at a time."""
    with postgres.running_or_skip("workers on several machines", durable=True) as server:
        report = Trial(place, SHORT, seed=17, server=server).run()
    print(report)
    assert report.problems == []
    return report
