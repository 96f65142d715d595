"""Tables of schedules and blackouts; each gets what ``app/views/schedules.py`` returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from worldtree.cli.table import Cell, write_table
from worldtree.cli.time_text import shown_time

_COLOURS = {"enabled": "green", "disabled": "yellow", "started": "green", "refused": "red"}
_Items = Sequence[Mapping[str, Any]]


def write_schedules(items: _Items) -> None:
    """Print a line for each schedule."""
    rows = [
        [
            one["cluster"],
            one["name"],
            _coloured(one["status"]),
            one["cron"],
            one["time_zone"],
            one["task"]["pipeline"],
            shown_time(next(iter(one["next"]), None)) or "never",
        ]
        for one in items
    ]
    columns = ["CLUSTER", "SCHEDULE", "STATUS", "CRON", "TIME ZONE", "PIPELINE", "NEXT"]
    write_table(columns, rows, spare=["TIME ZONE", "STATUS"])


def write_runs(items: _Items) -> None:
    """Print a line for each due time."""
    rows = [
        [
            shown_time(one["due"]),
            _coloured(one["outcome"]),
            one["task_id"] or "",
            one["message"] or "",
        ]
        for one in items
    ]
    write_table(["DUE", "OUTCOME", "TASK", "WHY"], rows)


def write_blackouts(items: _Items) -> None:
    """Print a line for each blackout."""
    rows = [
        [one["id"], one["name"], one["cluster"] or "all", window_text(one["window"])]
        for one in items
    ]
    write_table(["ID", "NAME", "CLUSTER", "WHEN"], rows)


def window_text(window: Mapping[str, Any]) -> str:
    """Return when a blackout is, in words."""
    if window["kind"] == "once":
        return f"{shown_time(window['start'])} to {shown_time(window['end'])}"
    minutes = window["duration"] / 60
    return f"{window['cron']} ({window['time_zone']}), {minutes:g} minutes"


def _coloured(word: str) -> Cell:
    return Cell(word, _COLOURS.get(word, "yellow"))
