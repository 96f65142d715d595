"""Time zones by their names in the IANA database."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from worldtree.core.errors import RefusedError


def read_zone(name: str) -> ZoneInfo:
    """Return an IANA time zone; raise ``RefusedError`` for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise RefusedError(
            "unknown time zone",
            code="time-zone-unknown",
            hint="use a name of the IANA database, such as `Europe/Berlin` or `UTC`",
        ) from None
