"""The table of workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from worldtree.app.views.text import clean
from worldtree.cli.table import Cell, write_table

#: State -> colour.
_COLOURS = {"alive": "green", "draining": "yellow", "fenced": "red"}


def write_workers(items: Sequence[Mapping[str, Any]]) -> None:
    """Print a line for each worker of ``app/views/workers.py``, and below why some take no tasks.

    A service of an earlier version names no obstacles.
    """
    rows: list[list[Cell | str]] = [
        [
            one["id"][:8],
            Cell(one["state"], _COLOURS.get(one["state"], "")),
            f"{one['user']}@{one['host']}:{one['process']}",
            f"{one['tasks']} of {one['capacity']}",
            ", ".join(one["tags"]),
            f"{one['silent']:.0f} s",
            one["version"],
        ]
        for one in items
    ]
    columns = ["WORKER", "STATE", "PROCESS", "TASKS", "TAGS", "LAST HEARTBEAT", "VERSION"]
    write_table(columns, rows, spare=["VERSION"])
    for one in items:
        if one.get("obstacle"):
            click.echo(f"worker {one['id'][:8]} takes no tasks: {clean(one['obstacle'])}")
