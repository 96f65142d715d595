"""Tables of channels and deliveries; each gets what ``app/views/notifications.py`` returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from worldtree.cli.table import Cell, write_table
from worldtree.cli.time_text import shown_time

_COLOURS = {"delivered": "green", "failed": "red"}
_Items = Sequence[Mapping[str, Any]]


def write_channels(items: _Items) -> None:
    """Print a line for each channel."""
    rows = [
        [one["name"], one["kind"], ", ".join(one["events"]) or "all", _quiet(one), _target(one)]
        for one in items
    ]
    write_table(["CHANNEL", "KIND", "EVENTS", "QUIET", "TO"], rows, spare=["QUIET"])


def write_deliveries(items: _Items) -> None:
    """Print a line for each delivery."""
    rows = [
        [
            str(one["id"]),
            shown_time(one["created"]),
            one["channel"] or "",
            Cell(one["status"], _COLOURS.get(one["status"], "yellow")),
            str(one["tries"]),
            one["summary"] or one["event"],
            one["message"] or "",
        ]
        for one in items
    ]
    columns = ["ID", "CREATED", "CHANNEL", "STATUS", "TRIES", "NOTICE", "MESSAGE"]
    write_table(columns, rows, spare=["CREATED", "TRIES"])


def _quiet(one: Mapping[str, Any]) -> str:
    hours = one["quiet_hours"]
    return "" if hours is None else f"{hours['start']}-{hours['end']} {hours['time_zone']}"


def _target(one: Mapping[str, Any]) -> str:
    settings = one["settings"]
    found = settings.get("url") or settings.get("to") or ""
    return ", ".join(found) if isinstance(found, list) else str(found)
