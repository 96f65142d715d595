"""Workers as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from worldtree.results.json_view import utc_text

if TYPE_CHECKING:
    from worldtree.app.tasks.worker_register import WorkerRecord
    from worldtree.store.task_queue import QueuedTask


def worker_view(found: WorkerRecord, tasks: int) -> dict[str, Any]:
    """Return a worker; ``silent`` is in seconds, ``tasks`` is what it works on now.

    ``obstacle`` says why it takes no tasks; None where it does.
    """
    return {
        "id": found.id,
        "state": found.state,
        "host": found.process.host,
        "process": found.process.pid,
        "user": found.process.user,
        "version": found.version,
        "tags": list(found.tags),
        "capacity": found.capacity,
        "tasks": tasks,
        "started": utc_text(found.started),
        "silent": round(found.silent, 1),
        "obstacle": found.obstacle,
    }


def worker_detail_view(
    found: WorkerRecord, rows: Sequence[QueuedTask], projects: Mapping[str, str]
) -> dict[str, Any]:
    """Return a worker with the tasks that it works on; ``projects`` are ids -> names."""
    return {
        **worker_view(found, len(rows)),
        "gone": utc_text(found.gone),
        "working_on": [
            {"task_id": row.task, "project": projects.get(row.project, row.project)} for row in rows
        ],
    }


def worker_list_view(found: Iterable[tuple[WorkerRecord, int]]) -> dict[str, Any]:
    """Return workers with the numbers of their tasks."""
    return {"items": [worker_view(*one) for one in found]}
