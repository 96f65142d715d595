"""What a schedule is and does when a time cannot be kept, as data."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from worldtree.app.request_fields import PlainName, TimeZoneName, field_error
from worldtree.app.schedules.asked_cron import CronExpression
from worldtree.app.schedules.scheduled_work import ScheduledWork
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

    @field_validator("catch_up")
    @classmethod
    def _queues_what_it_catches_up(cls, catch_up: str, info: ValidationInfo) -> str:
        if catch_up == "all" and info.data.get("overlap", "queue") != "queue":
            raise field_error(
                "catch-up-invalid",
                "`all` needs `overlap: queue`",
                "choose `overlap: queue`, or `catch_up: last`",
            )
        return catch_up


class NewSchedule(Request):
    """A schedule of a cluster."""

    name: PlainName
    cron: CronExpression
    time_zone: TimeZoneName = Field(default="UTC", description="IANA time zone of the expression.")
    task: ScheduledWork = Field(default=ScheduledWork(), description="What to run.")
    policy: SchedulePolicy = SchedulePolicy()
