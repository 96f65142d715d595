"""Shows tasks as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from worldtree.app.views.text import clean
from worldtree.cli.progress.style import COLOURS, format_duration
from worldtree.cli.table import Cell, Row, write_table
from worldtree.cli.terminal import use_colour
from worldtree.cli.time_text import shown_time


def write_tasks(found: Sequence[Mapping[str, Any]]) -> None:
    """Print a line for each task; ``found`` are items of ``task_list_view``."""
    from worldtree.results.task_command import READ_ONLY_COMMANDS

    rows: list[Row] = []
    for task in found:
        took, failed = task["duration"], task["failed"]
        rows.append(
            [
                task["id"],
                task["cluster"],
                task["command"],
                Cell(task["status"], COLOURS.get(task["status"])),
                shown_time(task["started"] or task["created"]),
                "" if took is None else format_duration(took),
                str(task["hosts"]),
                "-" if task["command"] in READ_ONLY_COMMANDS else str(task["changed"]),
                Cell(str(failed), "red" if failed else None),
            ]
        )
    write_table(
        ["ID", "CLUSTER", "COMMAND", "STATUS", "STARTED", "TIME", "HOSTS", "CHANGED", "FAILED"],
        rows,
        spare=["STARTED", "CLUSTER", "HOSTS", "COMMAND"],
    )


def write_asked(task: Mapping[str, Any]) -> None:
    """Print a ``task_view`` that has not begun: its status, why, and who asked for it."""
    status = click.style(task["status"], fg=COLOURS.get(task["status"]), bold=True)
    click.echo(f"{task['cluster']} {task['pipeline']}: {status}", color=use_colour())
    if task["message"]:
        click.echo(clean(task["message"]))
    write_wait(task)
    if task["problem"] is not None:
        for one in task["problem"]["diagnostics"]:
            place = f"{one['place']}: " if one["place"] else ""
            click.echo(clean(f"{place}{one['severity']}[{one['slug']}]: {one['summary']}"))
        if task["problem"]["hint"]:
            click.echo(clean(f"help: {task['problem']['hint']}"))
    actor = task["actor"]
    who = (
        "" if actor is None else f" by {', '.join(filter(None, (actor['name'], actor['origin'])))}"
    )
    asked = shown_time(task["asked"])
    click.echo(f"task {task['task_id']} ({task['command']}), asked for{who} at {asked}")


def write_wait(task: Mapping[str, Any]) -> None:
    """Print why work on a ``task_view`` waits, where it does; services before say nothing."""
    if (found := task.get("waits_for")) is not None:
        click.echo(clean(f"waits ({found['reason']}): {found['message']}"))


def write_audit(found: Sequence[Mapping[str, Any]]) -> None:
    """Print a line for each entry; ``found`` are items of ``audit_view``."""
    keys = ("what", "cluster", "task_id", "who", "detail")
    write_table(
        ["TIME", "WHAT", "CLUSTER", "TASK", "WHO", "DETAIL"],
        [[shown_time(one["time"]), *(one[key] or "" for key in keys)] for one in found],
        spare=["DETAIL", "CLUSTER"],
    )
