"""What a schedule is and does when a time cannot be kept, as data."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from worldtree.app.tasks.asked_work import AskedWork
from worldtree.app.tasks.task_requests import Request


class SchedulePolicy(Request):
    """What happens where a due time meets something else."""

    overlap: Literal["skip", "queue", "cancel-running"] = Field(
        default="skip",
        description="While an earlier task of the schedule is at work: start nothing, wait for it "
        "in the queue, or cancel it.",
    )
    grace_seconds: float = Field(
        default=300,
        ge=0,
        le=7 * 86400,
        description="How late a task may start; what is later is missed.",
    )
    catch_up: Literal["none", "last", "all"] = Field(
        default="none", description="What starts of the times that were missed."
    )
    catch_up_limit: int = Field(
        default=10, ge=1, le=100, description="With `all`: the newest of them that start, at most."
    )
    blackout: Literal["skip", "delay"] = Field(
        default="skip", description="In a blackout: start nothing, or once at its end."
    )

    @model_validator(mode="after")
    def _queues_what_it_catches_up(self) -> SchedulePolicy:
        if self.catch_up == "all" and self.overlap != "queue":
            raise ValueError("`catch_up: all` needs `overlap: queue`")
        return self


class NewSchedule(Request):
    """A schedule of a cluster."""

    name: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    cron: str = Field(max_length=200, description="Minute, hour, day, month, day of the week.")
    time_zone: str = Field(
        default="UTC", max_length=100, description="IANA time zone of the expression."
    )
    task: AskedWork = Field(default=AskedWork(), description="What to run.")
    policy: SchedulePolicy = SchedulePolicy()
