"""Until when the runs of a task may go on: a file beside them, which their task renews.

A worker that no longer reaches the database may have been taken for dead; its runs then have to end
before another machine goes on with their task, also when the process of the task was killed.
Times are this machine's since its start (``core.worker_times.uptime``).
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from worldtree.core.worker_times import uptime

#: In the directory of the task; without it, as of tasks at a terminal, runs go on.
DEADLINE_FILE = "deadline"


def write_deadline(task_directory: Path, moment: float) -> None:
    """Let the runs of a task go on until ``moment``. Raises ``OSError``."""
    path = task_directory / DEADLINE_FILE
    part = path.with_name(f".{DEADLINE_FILE}.{os.getpid()}")
    part.write_text(f"{moment:.3f}\n", encoding="ascii")
    part.replace(path)


def remove_deadline(task_directory: Path) -> None:
    """Let the runs of a task go on for as long as they take."""
    with suppress(OSError):
        (task_directory / DEADLINE_FILE).unlink()


def is_over(attempt_directory: Path) -> bool:
    """Whether the deadline of an attempt's task is over; a file that cannot be read says no."""
    try:
        text = (attempt_directory.parent.parent / DEADLINE_FILE).read_text(encoding="ascii")
        return uptime() > float(text)
    except (OSError, ValueError):
        return False
