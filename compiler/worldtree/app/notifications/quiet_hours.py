"""The hours of a day in which a channel is not to be disturbed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from worldtree.app.request_fields import TimeZoneName, field_error
from worldtree.app.tasks.task_requests import Request
from worldtree.core.time_zones import read_zone

_CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


def _clock(text: str) -> str:
    if not re.fullmatch(_CLOCK, text):
        raise field_error(
            "clock-invalid", "this is not a time of the day", "write it as `22:00`, up to `23:59`"
        )
    return text


_Clock = Annotated[str, Field(json_schema_extra={"pattern": _CLOCK}), AfterValidator(_clock)]


class QuietHours(Request):
    """From one time of the day until another one, maybe of the next day."""

    start: _Clock = Field(alias="from", description="Such as `22:00`.")
    end: _Clock = Field(alias="until", description="Such as `07:00`.")
    time_zone: str = "UTC"

    @field_validator("end")
    @classmethod
    def _has_hours(cls, end: str, info: ValidationInfo) -> str:
        if end == info.data.get("start"):
            raise field_error(
                "quiet-hours-invalid", "`from` and `until` are the same time", "give another end"
            )
        return end

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> QuietHours:
        """Return hours as ``stored`` gave them. Raises ``ValidationError``."""
        return cls.model_validate(stored, by_alias=False, by_name=True)

    def stored(self) -> dict[str, Any]:
        """Return them as the database keeps them."""
        return self.model_dump()

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


class AskedQuietHours(QuietHours):
    """Hours as they are asked for."""

    time_zone: TimeZoneName = Field(default="UTC", description="Of both times.")
