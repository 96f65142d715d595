"""Time zones by their names in the IANA database."""

from __future__ import annotations

import re
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from worldtree.core.errors import RefusedError
from worldtree.core.suggestions import nearest

#: Files and directories beside the zones: leap seconds, the zone of this machine.
_NO_ZONES = frozenset({"posix", "right", "posixrules", "localtime", "Factory"})
#: Abbreviations, also with an offset, such as `CEST` and `GMT+2`: they say nothing of changes.
_ABBREVIATION = re.compile(r"[A-Za-z]{2,5}([+-]?[0-9:]*)")
_MAX_SHOWN = 100


def read_zone(name: str) -> ZoneInfo:
    """Return an IANA time zone; raise ``RefusedError`` for an unknown one, with a similar name."""
    try:
        if name.partition("/")[0] in _NO_ZONES:
            raise ZoneInfoNotFoundError(name)
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        shown = "".join(one if one.isprintable() else "?" for one in name[:_MAX_SHOWN])
        raise RefusedError(
            f"unknown time zone `{shown}`", code="time-zone-unknown", hint=_hint(name[:_MAX_SHOWN])
        ) from None


def _hint(name: str) -> str:
    if (found := _similar(name.replace(" ", "_"))) is not None:
        return f"did you mean `{found}`?"
    return (
        "use a name of the IANA database, such as `Europe/Berlin` or `UTC`; an abbreviation such "
        "as `CEST` says nothing of changes of the clocks"
    )


def _similar(name: str) -> str | None:
    """Return the zone with the same name but for case, of the city, or with a similar name."""
    zones = _zones()
    by_name = {one.lower(): one for one in zones}
    # The signs of `Etc/GMT+2` are the other way round: it is never what was meant.
    places = (one for one in zones if "/" in one and not one.startswith("Etc/"))
    cities = {one.rpartition("/")[2].lower(): one for one in places}
    city = name.rpartition("/")[2].lower()
    if found := by_name.get(name.lower()) or cities.get(city):
        return found
    if _ABBREVIATION.fullmatch(name):
        return None  # The similar one is another abbreviation.
    if "/" not in name:
        similar = nearest(city, cities)
        return None if similar is None else cities[similar]
    return nearest(name, zones)


@cache
def _zones() -> tuple[str, ...]:
    """Return the names of all zones, sorted."""
    return tuple(sorted(available_timezones() - _NO_ZONES))
