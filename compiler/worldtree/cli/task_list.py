"""Shows tasks as a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from worldtree.app.views.text import clean
from worldtree.cli.progress.style import COLOURS, format_duration
from worldtree.cli.table import Cell, Row, write_table
from worldtree.cli.terminal import use_colour

if TYPE_CHECKING:
    from worldtree.app.tasks.history import HostCounts, TaskRecord


def write_tasks(found: Sequence[tuple[TaskRecord, HostCounts]]) -> None:
    """Print a line for each task."""
    from worldtree.app.views.tasks import duration
    from worldtree.results.task_command import READ_ONLY_COMMANDS

    rows: list[Row] = []
    for task, (hosts, changed, failed) in found:
        took = duration(task.started, task.ended)
        rows.append(
            [
                task.id,
                task.cluster,
                task.command,
                Cell(task.status.value, COLOURS[task.status.value]),
                format_time(task.started or task.created),
                "" if took is None else format_duration(took),
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


def write_asked(task: TaskRecord) -> None:
    """Print a task that has not begun: its status, why, and who asked for it."""
    status = click.style(task.status, fg=COLOURS[task.status], bold=True)
    click.echo(f"{task.cluster} {task.pipeline}: {status}", color=use_colour())
    if task.message:
        click.echo(clean(task.message))
    if task.problem is not None:
        for one in task.problem["diagnostics"]:
            place = f"{one['place']}: " if one["place"] else ""
            click.echo(clean(f"{place}{one['severity']}[{one['slug']}]: {one['summary']}"))
        if task.problem["hint"]:
            click.echo(clean(f"help: {task.problem['hint']}"))
    who = "" if task.actor is None else f" by {task.actor}"
    click.echo(f"task {task.id} ({task.command}), asked for{who} at {format_time(task.created)}")


def format_time(time: float) -> str:
    """Return epoch seconds as UTC text, such as ``2026-11-21 21:14:24Z``."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
