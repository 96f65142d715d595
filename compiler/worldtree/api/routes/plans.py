"""Plans: compile without running, look, approve or reject, run exactly that."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from worldtree.api.answers import ACCEPTED, PAGE, JsonAnswer, accepted
from worldtree.api.authentication import Authorized
from worldtree.api.bodies import json_only
from worldtree.api.file_answers import FileAnswer
from worldtree.api.parameters import Cursor, Filter, Limit, Name
from worldtree.api.problem_links import project_query
from worldtree.api.settings import API_PREFIX
from worldtree.app.approvals.plan_requests import AskedApply, AskedDecision, AskedPlan
from worldtree.app.page_cursors import DEFAULT_PAGE

router = APIRouter(prefix="/plans", tags=["plans"])
_JSON = [Depends(json_only)]
_TAR: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/x-tar": {}}, "description": "The bundle."}
}


@router.get("", responses=PAGE)
def list_plans(
    app: Authorized,
    limit: Limit = DEFAULT_PAGE,
    cursor: Cursor = None,
    cluster: Filter = None,
    status: Literal["ready", "rejected", "applied", "void"] | None = None,
) -> Response:
    """List plans, newest first, without their graphs."""
    return JsonAnswer(app.plans(limit, cursor, cluster=cluster, status=status))


@router.post("", status_code=201, dependencies=_JSON)
def request_plan(app: Authorized, request: Request, asked: AskedPlan) -> Response:
    """Compile a pipeline of the cluster's document without running it."""
    found = app.request_plan(asked)
    place = f"{API_PREFIX}/plans/{quote(found['id'], safe='')}{project_query(request.scope)}"
    return JsonAnswer(found, 201, headers={"Location": place})


@router.get("/{plan}")
def get_plan(app: Authorized, plan: Name) -> Response:
    """Return a plan: graph, layers, digests, undo coverage, decisions, and what is missing."""
    return JsonAnswer(app.plan(plan))


@router.get("/{plan}/graph")
def get_plan_graph(app: Authorized, plan: Name) -> Response:
    """Return the graph of a plan, in the form of that of a task."""
    return JsonAnswer(app.plan_graph(plan))


@router.get("/{plan}/bundle", responses=_TAR, response_class=Response)
def get_plan_bundle(app: Authorized, plan: Name) -> Response:
    """Return the bundle that will run, as a tar."""
    return FileAnswer(app.plan_bundle(plan), "application/x-tar")


@router.post("/{plan}/approve", dependencies=_JSON)
def approve_plan(app: Authorized, plan: Name, asked: AskedDecision | None = None) -> Response:
    """Approve a plan; a second approval of the same user changes nothing."""
    return JsonAnswer(app.decide_plan(plan, "approve", asked or AskedDecision()))


@router.post("/{plan}/reject", dependencies=_JSON)
def reject_plan(app: Authorized, plan: Name, asked: AskedDecision | None = None) -> Response:
    """Reject a plan, which is final."""
    return JsonAnswer(app.decide_plan(plan, "reject", asked or AskedDecision()))


@router.post("/{plan}/apply", status_code=202, responses=ACCEPTED, dependencies=_JSON)
def apply_plan(
    app: Authorized, plan: Name, request: Request, asked: AskedApply | None = None
) -> Response:
    """Run exactly this plan, at once or in a window."""
    return accepted(app.apply_plan(plan, asked or AskedApply()), request)
