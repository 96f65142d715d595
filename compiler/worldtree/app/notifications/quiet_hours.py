"""The hours of a day in which a channel is not to be disturbed."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from pydantic import Field, model_validator

from worldtree.app.tasks.task_requests import Request
from worldtree.core.time_zones import read_zone

_CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


class QuietHours(Request):
    """From one time of the day to another one, maybe of the next day."""

    start: str = Field(pattern=_CLOCK, description="Such as `22:00`.")
    end: str = Field(pattern=_CLOCK, description="Such as `07:00`.")
    time_zone: str = Field(default="UTC", max_length=100)

    @model_validator(mode="after")
    def _has_hours(self) -> QuietHours:
        if self.start == self.end:
            raise ValueError("`start` and `end` are the same time")
        return self

    def end_at(self, moment: float) -> float | None:
        """Return when the quiet hours end that hold a time (epoch seconds); None outside."""
        zone = read_zone(self.time_zone)
        local = datetime.fromtimestamp(moment, zone)
        begin, end = time.fromisoformat(self.start), time.fromisoformat(self.end)
        clock, day = local.time(), local.date()
        if begin < end:
            if not begin <= clock < end:
                return None
        elif clock >= begin:
            day += timedelta(days=1)
        elif clock >= end:
            return None
        # In the hour that exists twice, the first end may be over.
        ends = (datetime.combine(day, end, zone).replace(fold=fold) for fold in (0, 1))
        return next((one for one in (e.timestamp() for e in ends) if one > moment), None)
