"""Times as tables show them: in UTC, to the second."""

from __future__ import annotations

from datetime import UTC, datetime


def shown_time(text: str | None) -> str:
    """Return a time of a view (ISO 8601 in UTC): ``2026-11-21 21:14:24Z``; empty without one."""
    return "" if text is None else f"{text[:10]} {text[11:19]}Z"


def format_time(time: float) -> str:
    """Return epoch seconds as ``shown_time`` shows a text."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
