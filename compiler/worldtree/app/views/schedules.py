"""Schedules, what became of their due times, and blackouts, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from worldtree.app.page_cursors import encode_cursor
from worldtree.results.json_view import utc_text

if TYPE_CHECKING:
    from worldtree.store.blackouts import BlackoutRecord
    from worldtree.store.schedules import ScheduleRecord, ScheduleRun


def schedule_view(found: ScheduleRecord, next_times: Iterable[float]) -> dict[str, Any]:
    """Return a schedule with its next times."""
    return {
        "name": found.name,
        "cluster": found.cluster,
        "status": "enabled" if found.disabled is None else "disabled",
        "cron": found.cron,
        "time_zone": found.time_zone,
        "task": dict(found.request),
        "policy": dict(found.policy),
        "created_by": found.actor.name,
        "created": utc_text(found.created),
        "disabled": utc_text(found.disabled),
        "next": [utc_text(one) for one in next_times],
    }


def schedule_run_view(found: ScheduleRun) -> dict[str, Any]:
    """Return what became of a due time."""
    return {
        "due": utc_text(found.due),
        "decided": utc_text(found.decided),
        "outcome": found.outcome,
        "task_id": found.task,
        "message": found.message,
    }


def schedule_history_view(found: Sequence[ScheduleRun], *, more: bool) -> dict[str, Any]:
    """Return a page of what became of due times, newest first."""
    return {
        "items": [schedule_run_view(one) for one in found],
        "next": encode_cursor(float(found[-1].due)) if more and found else None,
    }


def blackout_view(found: BlackoutRecord) -> dict[str, Any]:
    """Return a blackout; its cluster is null for all of the project."""
    window = dict(found.body)
    for key in ("start", "end"):
        if key in window:
            window[key] = utc_text(window[key])
    return {
        "id": found.id,
        "name": found.name,
        "cluster": found.cluster,
        "window": window,
        "created": utc_text(found.created),
    }
