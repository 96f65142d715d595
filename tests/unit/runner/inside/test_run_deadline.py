"""The deadline of the runs of a worker's task."""

from __future__ import annotations

from pathlib import Path

from worldtree.core.worker_times import WorkerTimes, uptime
from worldtree.runner.inside.run_deadline import (
    DEADLINE_FILE,
    is_over,
    remove_deadline,
    write_deadline,
)


def test_a_run_goes_on_until_the_deadline_of_its_task(tmp_path: Path) -> None:
    """Without one, and with one that cannot be read, it goes on for as long as it takes."""
    attempt = tmp_path / "attempts" / "a1"
    assert not is_over(attempt)
    write_deadline(tmp_path, uptime() + 100)
    assert not is_over(attempt)
    write_deadline(tmp_path, uptime() - 1)
    assert is_over(attempt)
    (tmp_path / DEADLINE_FILE).write_text("soon", encoding="ascii")
    assert not is_over(attempt)
    remove_deadline(tmp_path)
    remove_deadline(tmp_path)
    assert not is_over(attempt)
    assert list(tmp_path.iterdir()) == []


def test_nobody_takes_over_before_a_silent_task_has_ended() -> None:
    """Whatever the setting: the runs end, with time to do so, before the takeover."""
    for outage in (1.0, 6.0, 75.0, 600.0):
        times = WorkerTimes(outage)
        assert times.heartbeat * 3 < times.silence < times.outage
        assert times.takeover > times.outage + 5
    times = WorkerTimes()
    assert (times.heartbeat, times.silence) == (5.0, 20.0)
    # Others look for silent workers at their own heartbeats: a dead one is known within 30 s.
    assert times.silence + times.heartbeat < 30
