"""The table of workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from worldtree.cli.table import Cell, write_table

#: State -> colour.
_COLOURS = {"alive": "green", "draining": "yellow", "fenced": "red"}


def write_workers(items: Sequence[Mapping[str, Any]]) -> None:
    """Print a line for each worker of ``app/views/workers.py``."""
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
