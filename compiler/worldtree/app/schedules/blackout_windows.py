"""Windows in which no schedule starts anything. Times are UTC epoch seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from worldtree.app.schedules.cron_times import read_cron
from worldtree.app.tasks.task_requests import Request
from worldtree.core.errors import RefusedError

#: Seconds of a window that comes again and again, at most; and between the ends of windows that
#: touch each other, before they count as having no end.
_MAX_DURATION = 7 * 86400.0
_HORIZON = 400 * 86400.0
#: The year 9000: dates end at 9999.
MAX_TIME = 2.2e11


class OnceWindow(Request):
    """A window with a beginning and an end."""

    kind: Literal["once"] = "once"
    start: float = Field(ge=0, le=MAX_TIME)
    end: float = Field(ge=0, le=MAX_TIME)

    def end_at(self, time: float) -> float | None:
        """Return when the window ends that holds ``time``; None outside of it."""
        return self.end if self.start <= time < self.end else None


class CronWindow(Request):
    """A window that begins at the times of a cron expression."""

    kind: Literal["cron"] = "cron"
    cron: str = Field(max_length=200)
    time_zone: str = Field(default="UTC", max_length=100)
    #: Seconds.
    duration: float = Field(gt=0, le=_MAX_DURATION)

    def end_at(self, time: float) -> float | None:
        """Return when the window ends that holds ``time``; None outside of it."""
        begun = read_cron(self.cron, self.time_zone).last_between(time - self.duration, time)
        return None if begun is None else begun + self.duration


Window = OnceWindow | CronWindow
_ADAPTER: TypeAdapter[Window] = TypeAdapter(Annotated[Window, Field(discriminator="kind")])


def read_window(data: object) -> Window:
    """Return the window that ``model_dump`` gave. Raises ``ValidationError``."""
    return _ADAPTER.validate_python(data)


def check_window(window: Window) -> None:
    """Raise ``RefusedError`` for a window that ends before it begins, or an invalid expression."""
    if isinstance(window, CronWindow):
        read_cron(window.cron, window.time_zone)
    elif window.end <= window.start:
        raise RefusedError(
            "the blackout ends before it begins",
            code="blackout-invalid",
            hint="give an end after its beginning",
        )


def blackout_end(windows: Sequence[Window], time: float) -> float | None:
    """Return the end of the blackout at ``time``, over windows that touch; None without one.

    Infinity where they touch for more than a year.
    """
    end = time
    while found := [one for one in (window.end_at(end) for window in windows) if one is not None]:
        end = max(found)
        if end - time > _HORIZON:
            return math.inf
    return end if end > time else None
