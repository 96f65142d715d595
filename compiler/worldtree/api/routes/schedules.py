"""Schedules of clusters, and the windows in which they start nothing."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import Response

from worldtree.api.answers import PAGE, JsonAnswer
from worldtree.api.authentication import Authorized
from worldtree.api.bodies import json_only
from worldtree.api.parameters import Cursor, Limit, Name
from worldtree.app.page_cursors import DEFAULT_PAGE
from worldtree.app.schedules.asked_blackouts import AskedBlackout
from worldtree.app.schedules.schedule_policy import NewSchedule

router = APIRouter(tags=["schedules"])
_JSON = [Depends(json_only)]
_PLACE = "/clusters/{name}/schedules"


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
def create_blackout(app: Authorized, asked: AskedBlackout) -> Response:
    """Create a window in which schedules start nothing."""
    return JsonAnswer(app.add_blackout(asked), 201)


@router.delete("/blackouts/{blackout}", status_code=204)
def delete_blackout(app: Authorized, blackout: Name) -> Response:
    """Delete a blackout."""
    app.delete_blackout(blackout)
    return Response(status_code=204)
