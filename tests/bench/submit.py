"""From the request for a new cluster to its first run, on a worker that has nothing else to do."""

from __future__ import annotations

import os
import time
from pathlib import Path
from statistics import median
from typing import Any

from bench.documents import command_document
from bench.figures import Figure, table
from bench.served import Served, served

#: Seconds.
BOUND = 1.0
_ROUNDS = int(os.environ.get("WORLDTREE_BENCH_SUBMITS", "15"))
#: Seconds between a task's end and the next request, in which the worker gets its next process.
_PAUSE = 3.0
#: What is shown -> the event whose time it is.
_STAGES = {
    "task began": "task-started",
    "first run began": "attempt-started",
    "its first play began": "play-started",
    "task ended": "task-finished",
}


def measure(directory: Path) -> list[Figure]:
    """Return the figure of the time to the first run."""
    with served(directory) as service:
        # The first task finds no warm files.
        found = [_submit(service, number) for number in range(_ROUNDS + 1)][1:]
    middle = {name: median(one[name] for one in found) for name in found[0]}
    rows = [
        [name, f"{seconds:.2f}", f"{max(one[name] for one in found):.2f}"]
        for name, seconds in middle.items()
    ]
    value = middle["first run began"]
    return [
        Figure(
            "Service: from the request to the first run, idle worker",
            f"{value:.2f} s",
            f"≤ {BOUND:.0f} s",
            value <= BOUND,
            [
                f"{_ROUNDS} new clusters, one after another, in seconds after the request.",
                "",
                *table(["", "median (s)", "longest (s)"], rows),
            ],
        )
    ]


def _submit(service: Served, number: int) -> dict[str, float]:
    """Ask for one cluster; return the seconds until each stage."""
    began = time.time()
    answer = service.client.post(
        "/clusters",
        content=command_document(f"bench{number}"),
        headers={"Content-Type": "application/yaml"},
    )
    answered = time.time() - began
    answer.raise_for_status()
    place = f"/tasks/{answer.json()['task_id']}"
    while (task := service.client.get(place).json())["ended"] is None:
        # Few looks: they take time from what is measured.
        time.sleep(0.5)
    if task["status"] != "succeeded":
        raise RuntimeError(f"the task ended as {task['status']}")
    events = service.client.get(f"{place}/events", params={"limit": 100}).json()["items"]
    time.sleep(_PAUSE)
    return {"answered": answered, **_times(events, began)}


def _times(events: list[dict[str, Any]], began: float) -> dict[str, float]:
    first = {kind: [one for one in events if one["kind"] == kind] for kind in _STAGES.values()}
    return {name: first[kind][0]["time"] - began for name, kind in _STAGES.items()}
