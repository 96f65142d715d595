"""Tasks as a table and as data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from worldtree.cli.progress.style import COLOURS, format_duration
from worldtree.cli.table import Cell, Row, write_table
from worldtree.results.json_view import utc_text

if TYPE_CHECKING:
    from worldtree.app.tasks.history import HostCounts, TaskRecord


def write_tasks(found: Sequence[tuple[TaskRecord, HostCounts]]) -> None:
    """Print a line for each task."""
    from worldtree.results.task_command import READ_ONLY_COMMANDS

    rows: list[Row] = []
    for task, (hosts, changed, failed) in found:
        rows.append(
            [
                task.id,
                task.cluster,
                task.command,
                Cell(task.status.value, COLOURS[task.status.value]),
                format_time(task.started or task.created),
                "" if (took := _duration(task)) is None else format_duration(took),
                str(hosts),
                "-" if task.command in READ_ONLY_COMMANDS else str(changed),
                Cell(str(failed), "red" if failed else None),
            ]
        )
    write_table(
        ["ID", "CLUSTER", "COMMAND", "STATUS", "STARTED", "TIME", "HOSTS", "CHANGED", "FAILED"],
        rows,
        spare=["STARTED", "CLUSTER", "HOSTS", "COMMAND"],
    )


def task_data(task: TaskRecord, counts: HostCounts) -> dict[str, Any]:
    """Return a task as JSON data; ``parent`` is the task that it rolls back, or went on from."""
    return {
        "id": task.id,
        "cluster": task.cluster,
        "pipeline": task.pipeline,
        "command": task.command,
        "status": task.status.value,
        "message": task.message,
        "created": utc_text(task.created),
        "started": utc_text(task.started),
        "ended": utc_text(task.ended),
        "duration": _duration(task),
        "parent": task.parent,
        **counts._asdict(),
    }


def format_time(time: float) -> str:
    """Return epoch seconds as people read them."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _duration(task: TaskRecord) -> float | None:
    if task.started is None or task.ended is None:
        return None
    return round(task.ended - task.started, 3)
