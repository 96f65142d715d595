"""Schedules of clusters, and the windows in which they start nothing."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from worldtree.api.answers import PAGE, JsonAnswer
from worldtree.api.authentication import Authorized
from worldtree.api.bodies import json_only
from worldtree.api.parameters import Cursor, Limit, Name
from worldtree.app.page_cursors import DEFAULT_PAGE
from worldtree.app.schedules.blackout_windows import MAX_TIME, CronWindow, OnceWindow
from worldtree.app.schedules.schedule_policy import NewSchedule

router = APIRouter(tags=["schedules"])
_JSON = [Depends(json_only)]
_PLACE = "/clusters/{name}/schedules"


class Period(BaseModel):
    """A window from a time to another one."""

    model_config = ConfigDict(extra="forbid")

    start: AwareDatetime
    end: AwareDatetime


class Recurring(BaseModel):
    """A window that begins at the times of a cron expression."""

    model_config = ConfigDict(extra="forbid")

    cron: str = Field(max_length=200)
    time_zone: str = Field(default="UTC", max_length=100)
    duration_seconds: float = Field(gt=0, le=7 * 86400)


class NewBlackout(BaseModel):
    """A blackout of a cluster, or of all clusters of the project."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
    cluster: Annotated[str | None, Field(max_length=200, pattern=r"^[^\x00]*$")] = None
    window: Period | Recurring

    def checked_window(self) -> OnceWindow | CronWindow:
        """Return the window for the application."""
        window = self.window
        if isinstance(window, Period):
            start, end = window.start.timestamp(), window.end.timestamp()
            return OnceWindow(start=_within(start), end=_within(end))
        return CronWindow(
            cron=window.cron, time_zone=window.time_zone, duration=window.duration_seconds
        )


def _within(time: float) -> float:
    return min(max(time, 0.0), MAX_TIME)


@router.get(_PLACE, responses=PAGE)
def list_schedules(app: Authorized, name: Name) -> Response:
    """List the schedules of a cluster, each with its next time."""
    return JsonAnswer(app.schedules(name))


@router.post(_PLACE, status_code=201, dependencies=_JSON)
def create_schedule(app: Authorized, name: Name, new: NewSchedule) -> Response:
    """Create a schedule. Its tasks run with the rights that its maker has then."""
    return JsonAnswer(app.create_schedule(name, new), 201)


@router.get(f"{_PLACE}/{{schedule}}")
def get_schedule(app: Authorized, name: Name, schedule: Name) -> Response:
    """Return a schedule with its next five times."""
    return JsonAnswer(app.schedule(name, schedule))


@router.get(f"{_PLACE}/{{schedule}}/runs", responses=PAGE)
def list_schedule_runs(
    app: Authorized, name: Name, schedule: Name, limit: Limit = DEFAULT_PAGE, cursor: Cursor = None
) -> Response:
    """List what became of the times of a schedule, newest first."""
    return JsonAnswer(app.schedule_history(name, schedule, limit, cursor))


@router.post(f"{_PLACE}/{{schedule}}/enable")
def enable_schedule(app: Authorized, name: Name, schedule: Name) -> Response:
    """Let a schedule start tasks again, from its next time on."""
    return JsonAnswer(app.enable_schedule(name, schedule))


@router.post(f"{_PLACE}/{{schedule}}/disable")
def disable_schedule(app: Authorized, name: Name, schedule: Name) -> Response:
    """Let a schedule start nothing until it is enabled."""
    return JsonAnswer(app.disable_schedule(name, schedule))


@router.delete(f"{_PLACE}/{{schedule}}", status_code=204)
def delete_schedule(app: Authorized, name: Name, schedule: Name) -> Response:
    """Delete a schedule with its history; its tasks stay."""
    app.delete_schedule(name, schedule)
    return Response(status_code=204)


@router.get("/blackouts", responses=PAGE)
def list_blackouts(app: Authorized) -> Response:
    """List the windows in which schedules of the project start nothing."""
    return JsonAnswer(app.blackouts())


@router.post("/blackouts", status_code=201, dependencies=_JSON)
def create_blackout(app: Authorized, new: NewBlackout) -> Response:
    """Create a window in which schedules start nothing."""
    return JsonAnswer(app.add_blackout(new.name, new.checked_window(), new.cluster), 201)


@router.delete("/blackouts/{blackout}", status_code=204)
def delete_blackout(app: Authorized, blackout: Name) -> Response:
    """Delete a blackout."""
    app.delete_blackout(blackout)
    return Response(status_code=204)
