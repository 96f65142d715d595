"""Workers as data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from worldtree.results.json_view import utc_text

if TYPE_CHECKING:
    from worldtree.app.tasks.worker_register import WorkerRecord


def worker_view(found: WorkerRecord, tasks: int) -> dict[str, Any]:
    """Return a worker; ``silent`` is in seconds, ``tasks`` is what it works on now."""
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
    }


def worker_list_view(found: Iterable[tuple[WorkerRecord, int]]) -> dict[str, Any]:
    """Return workers with the numbers of their tasks."""
    return {"items": [worker_view(*one) for one in found]}
