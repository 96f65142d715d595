"""The times of a cron expression in a time zone, as UTC epoch seconds.

At a change of the clocks it is as in Debian's cron: what is due at a fixed time that does not exist
is due right after the change, and at a time that exists twice the first time only. What is due
every hour or minute (``*``) is due as often as hours pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

from worldtree.core.errors import RefusedError, WorldTreeError
from worldtree.core.time_zones import read_zone

#: Fields of an expression; a sixth one, for seconds, is not taken.
_FIELDS = 5
#: Characters of an expression at most.
_MAX_LENGTH = 200


@dataclass(frozen=True)
class CronTimes:
    """A checked expression and time zone; ``read_cron`` makes one."""

    expression: str
    zone: ZoneInfo

    def after(self, time: float) -> float | None:
        """Return the first time after ``time``, to the minute; None without one in 50 years."""
        return next(self.times_after(time), None)

    def times_after(self, time: float) -> Iterator[float]:
        """Yield all times after ``time``, in their order."""
        last, iterator = time, _library().CronSim
        try:
            for found in iterator(self.expression, datetime.fromtimestamp(time, self.zone)):
                stamp = found.timestamp()
                # In the hour that exists twice, the library begins with the first one again.
                if stamp > last:
                    last = stamp
                    yield stamp
        except (OverflowError, ValueError):  # After the last year that a date can have.
            return

    def last_between(self, start: float, end: float) -> float | None:
        """Return the last time after ``start`` and not after ``end``; None without one."""
        last = None
        for found in self.times_after(start):
            if found > end:
                break
            last = found
        return last


def read_cron(expression: str, time_zone: str) -> CronTimes:
    """Check both; raise ``RefusedError`` for an invalid expression and an unknown time zone."""
    library, zone = _library(), read_zone(time_zone)
    if len(expression) > _MAX_LENGTH or len(expression.split()) != _FIELDS:
        raise _invalid_cron("it needs five fields: minute, hour, day, month, day of the week")
    try:
        library.CronSim(expression, datetime.fromtimestamp(0, zone))
    except library.CronSimError as problem:
        raise _invalid_cron(str(problem)) from None
    found = CronTimes(" ".join(expression.split()), zone)
    if found.after(0) is None:
        raise _invalid_cron("it has no time in the next 50 years")
    return found


def _invalid_cron(why: str) -> RefusedError:
    return RefusedError(
        f"the cron expression is not valid: {why[:200]}",
        code="cron-invalid",
        hint="write it as `30 2 * * *` (each day at 02:30)",
    )


def _library() -> Any:
    try:
        return import_module("cronsim")
    except ImportError:
        raise WorldTreeError(
            "the library that reads cron expressions is not installed: cronsim",
            code="service-not-installed",
            hint="install it: `pip install 'worldtree[service]'`",
        ) from None
