"""Windows in which no schedule starts anything, as they are asked for."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AwareDatetime, Discriminator, Field, Tag, ValidationInfo, field_validator

from worldtree.app.request_fields import TimeZoneName, refuse_disorder
from worldtree.app.schedules.asked_cron import CronExpression
from worldtree.app.schedules.blackout_windows import (
    MAX_DURATION,
    MAX_TIME,
    CronWindow,
    OnceWindow,
    Window,
)
from worldtree.app.tasks.task_requests import Request

_ONCE, _RECURRING = "once", "recurring"


class AskedPeriod(Request):
    """A window from a time until another one."""

    start: AwareDatetime = Field(alias="from", description="When it begins.")
    until: AwareDatetime = Field(description="When it ends.")

    @field_validator("until")
    @classmethod
    def _is_later(cls, until: AwareDatetime, info: ValidationInfo) -> AwareDatetime:
        refuse_disorder(info.data.get("start"), until)
        return until

    def stored(self) -> Window:
        """Return the window as the database keeps it."""
        start, end = (_within(one.timestamp()) for one in (self.start, self.until))
        return OnceWindow(start=start, end=end)


class AskedRecurrence(Request):
    """A window that begins at the times of a cron expression."""

    cron: CronExpression
    time_zone: TimeZoneName = Field(default="UTC", description="Of the expression.")
    duration_seconds: float = Field(
        gt=0, le=MAX_DURATION, description="How long it lasts each time."
    )

    def stored(self) -> Window:
        """Return the window as the database keeps it."""
        return CronWindow(cron=self.cron, time_zone=self.time_zone, duration=self.duration_seconds)


def _kind(value: Any) -> str | None:
    """Return which of the two is meant, by its keys; None for neither."""
    if isinstance(value, AskedPeriod | AskedRecurrence):
        return _ONCE if isinstance(value, AskedPeriod) else _RECURRING
    if not isinstance(value, dict):
        return None
    if "from" in value or "until" in value:
        return _ONCE
    return _RECURRING if "cron" in value or "duration_seconds" in value else None


AskedBlackoutWindow = Annotated[
    Annotated[AskedPeriod, Tag(_ONCE)] | Annotated[AskedRecurrence, Tag(_RECURRING)],
    Discriminator(
        _kind,
        custom_error_type="window_invalid",
        custom_error_message="a window has `from` and `until`, or `cron` and `duration_seconds`",
    ),
]


class AskedBlackout(Request):
    """A blackout of a cluster, or of all clusters of the project."""

    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")
    cluster: str | None = Field(
        default=None,
        max_length=200,
        pattern=r"^[^\x00]*$",
        description="Its name; all clusters by default.",
    )
    window: AskedBlackoutWindow


def _within(time: float) -> float:
    return min(max(time, 0.0), MAX_TIME)
