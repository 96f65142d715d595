"""Times as tables show them: in UTC, to the second; those of schedules in their zone."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def shown_time(text: str | None) -> str:
    """Return a time of a view (ISO 8601 in UTC): ``2026-11-21 21:14:24Z``; empty without one."""
    return "" if text is None else f"{text[:10]} {text[11:19]}Z"


def zoned_time(text: str, time_zone: str) -> str:
    """Return a time of a view in a time zone: ``2026-11-30 02:30:00+01:00``.

    In UTC where this machine does not know the zone.
    """
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return shown_time(text)
    return datetime.fromisoformat(text).astimezone(zone).isoformat(" ", "seconds")


def format_time(time: float) -> str:
    """Return epoch seconds as ``shown_time`` shows a text."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
