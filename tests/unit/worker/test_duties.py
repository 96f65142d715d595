"""Duties of a worker."""

from __future__ import annotations

from dataclasses import dataclass, field

from worldtree.core.errors import RefusedError
from worldtree.worker.duties import DutyList


@dataclass
class _Counted:
    """Counts its runs, and fails in each one as told."""

    name: str
    interval: float
    problem: Exception | None = None
    runs: list[float] = field(default_factory=list)
    now: list[float] = field(default_factory=lambda: [0.0])

    def run_once(self) -> None:
        self.runs.append(self.now[0])
        if self.problem is not None:
            raise self.problem


def test_each_duty_runs_at_its_own_interval_also_after_one_failed() -> None:
    """What fails, in a known way or not, is tried again at its next time."""
    now = [0.0]
    refused = RefusedError("refused", code="task-running")
    duties = [
        _Counted("one", 2.0, now=now),
        _Counted("refused", 3.0, refused, now=now),
        _Counted("broken", 4.0, ValueError("broken"), now=now),
    ]
    found = DutyList(duties, clock=lambda: now[0])
    for second in range(7):
        now[0] = float(second)
        found.run_due()
    assert [duty.runs for duty in duties] == [[0.0, 2.0, 4.0, 6.0], [0.0, 3.0, 6.0], [0.0, 4.0]]
