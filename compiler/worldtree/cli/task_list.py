"""Tasks as a table and as data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from worldtree.cli.progress.words import COLOURS, duration
from worldtree.cli.table import Cell, Row, write_table
from worldtree.results.shape import utc
from worldtree.results.tree import TaskResult

if TYPE_CHECKING:
    from worldtree.app.history import TaskRecord


def write_tasks(found: Sequence[tuple[TaskRecord, TaskResult]]) -> None:
    """Print a line for each task."""
    rows: list[Row] = []
    for task, result in found:
        hosts, changed, failed = host_counts(result)
        rows.append(
            [
                task.id,
                task.cluster,
                task.pipeline,
                Cell(task.status.value, COLOURS[task.status.value]),
                _moment(task.started or task.created),
                "" if (took := _took(task)) is None else duration(took),
                str(hosts),
                str(changed),
                Cell(str(failed), "red" if failed else None),
            ]
        )
    write_table(
        ["ID", "CLUSTER", "PIPELINE", "STATUS", "STARTED", "TIME", "HOSTS", "CHANGED", "FAILED"],
        rows,
        spare=["PIPELINE", "STARTED", "CLUSTER", "HOSTS"],
    )


def task_data(task: TaskRecord, result: TaskResult) -> dict[str, Any]:
    """Return a task as JSON data."""
    hosts, changed, failed = host_counts(result)
    return {
        "id": task.id,
        "cluster": task.cluster,
        "pipeline": task.pipeline,
        "command": task.command,
        "status": task.status.value,
        "message": task.message,
        "created": utc(task.created),
        "started": utc(task.started),
        "ended": utc(task.ended),
        "duration": _took(task),
        "hosts": hosts,
        "changed": changed,
        "failed": failed,
    }


def host_counts(result: TaskResult) -> tuple[int, int, int]:
    """Return how many hosts there are, how many of them changed, and how many were lost."""
    parts = [(name, host) for node in result.nodes for name, host in node.hosts.items()]
    return (
        len({name for name, _ in parts}),
        len({name for name, host in parts if host.changed}),
        len({name for name, host in parts if host.status.is_lost}),
    )


def _moment(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _took(task: TaskRecord) -> float | None:
    if task.started is None or task.ended is None:
        return None
    return round(task.ended - task.started, 3)
