"""The times of a cron expression in a time zone, as UTC epoch seconds.

At a change of the clocks it is as in Debian's cron: what is due at a fixed time that does not exist
is due right after the change, and at a time that exists twice the first time only. What is due
every hour or minute (``*``) is due as often as hours pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

from worldtree.app.schedules.cron_fields import find_cron_problem
from worldtree.core.errors import RefusedError, WorldTreeError
from worldtree.core.time_zones import read_zone


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
    zone = read_zone(time_zone)
    if (problem := find_cron_problem(expression, _is_valid)) is not None:
        raise RefusedError(problem.summary, code="cron-invalid", hint=problem.help)
    found = CronTimes(" ".join(expression.split()), zone)
    if found.after(0) is None:
        raise RefusedError(
            f"the cron expression `{found.expression}` has no time in 50 years",
            code="cron-invalid",
            hint="choose days that months have",
        )
    return found


def _is_valid(expression: str) -> bool:
    library = _library()
    try:
        library.CronSim(expression, datetime.fromtimestamp(0, UTC))
    except library.CronSimError:
        return False
    return True


def _library() -> Any:
    try:
        return import_module("cronsim")
    except ImportError:
        raise WorldTreeError(
            "the library that reads cron expressions is not installed: cronsim",
            code="service-not-installed",
            hint="install it: `pip install 'worldtree[service]'`",
        ) from None
