"""Tables of schedules and blackouts; each gets what ``app/views/schedules.py`` returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from worldtree.app.views.text import clean
from worldtree.cli.output import write_data
from worldtree.cli.table import Cell, write_table
from worldtree.cli.time_text import shown_time, zoned_time

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
            task_text(one["task"]),
            next((zoned_time(due, one["time_zone"]) for due in one["next"]), "never"),
        ]
        for one in items
    ]
    columns = ["CLUSTER", "SCHEDULE", "STATUS", "CRON", "TIME ZONE", "TASK", "NEXT"]
    write_table(columns, rows, spare=["TIME ZONE", "STATUS"])


def show_schedule(view: Mapping[str, Any], output: str, words: str) -> None:
    """Print what was done (``words``) on stderr, and how the schedule is now on stdout."""
    due = next((zoned_time(one, view["time_zone"]) for one in view["next"]), "never")
    click.echo(f"{words}; next: {due}", err=True)
    if output != "table":
        write_data(view, output)


def show_blackout(view: Mapping[str, Any], output: str) -> None:
    """Print that a blackout was created on stderr, and the blackout on stdout."""
    words = f"blackout `{view['name']}` created: {window_text(view['window'])}"
    click.echo(words, err=True)
    if output != "table":
        write_data(view, output)


def write_schedule(view: Mapping[str, Any]) -> None:
    """Print a schedule: a line for each of its parts, and for each of its next times."""
    zone = view["time_zone"]
    times = [zoned_time(one, zone) for one in view["next"]]
    lines = [
        ("status", view["status"]),
        ("when", f"{view['cron']} ({zone})"),
        ("task", task_text(view["task"])),
        ("policy", ", ".join(f"{key} {value}" for key, value in view["policy"].items())),
        ("made by", view["created_by"]),
        *zip(("next", *[""] * len(times)), times or ["never"], strict=False),
    ]
    if (refused := view["refused"]) is not None:
        since = f"refused since {zoned_time(refused['since'], zone)}"
        lines.insert(1, ("", f"{since}: {refused['message']}"))
    for key, value in lines:
        click.echo(f"{key + ':' if key else '':<9} {clean(value)}")


def task_text(task: Mapping[str, Any]) -> str:
    """Return what a schedule runs, in words."""
    if task["drift"]:
        return "drift"
    return f"{task['pipeline']}{' in check mode' if task['check'] else ''}"


def write_runs(items: _Items, time_zone: str) -> None:
    """Print a line for each due time, in a time zone."""
    rows = [
        [
            zoned_time(one["due"], time_zone),
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
    if "from" in window:
        return f"from {shown_time(window['from'])} until {shown_time(window['until'])}"
    minutes = window["duration_seconds"] / 60
    return f"{window['cron']} ({window['time_zone']}), {minutes:g} minutes"


def _coloured(word: str) -> Cell:
    return Cell(word, _COLOURS.get(word, "yellow"))
