"""Where the time of one ``wt apply`` goes, from its own event stream."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping
from statistics import median

from bench.measure import PROGRAMS, Command

#: Parts of a run: name, event at its begin, event at its end.
_PARTS = (
    ("start, imports, copy and check of the bundle, connection check", "", "task-started"),
    ("scheduling until the first run starts", "task-started", "attempt-started"),
    ("start of supervisor and Ansible until the first play", "attempt-started", "play-started"),
    ("plays", "play-started", "run-stats"),
    ("end of Ansible and supervisor", "run-stats", "attempt-finished"),
    ("recording the results", "attempt-finished", "task-finished"),
    ("output of the results, end of the process", "task-finished", ""),
)


def measure(command: Command, rounds: int = 3) -> list[tuple[str, float]]:
    """Return the parts of ``command`` (a ``wt apply``) with their medians in seconds."""
    runs = [_run(command) for _ in range(rounds)]
    return [(name, median(run[end] - run[begin] for run in runs)) for name, begin, end in _NAMED]


_NAMED = tuple((name, begin or "began", end or "ended") for name, begin, end in _PARTS)


def _run(command: Command) -> Mapping[str, float]:
    """Return the moments of one run: the first of each kind of event, the last of closing ones."""
    line = [str(PROGRAMS / command.line[0]), *command.line[1:], "--events", "jsonl"]
    moments = {"began": time.time()}
    done = subprocess.run(
        line,
        cwd=command.cwd,
        env=dict(command.env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    moments["ended"] = time.time()
    for text in done.stdout.splitlines():
        event = json.loads(text)
        moments.setdefault(event["kind"], event["time"])
    return moments
