"""Drift of clusters from their documents, and facts of hosts."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from worldtree.api.answers import ACCEPTED, PAGE, JsonAnswer, accepted
from worldtree.api.authentication import Authorized
from worldtree.api.bodies import json_only
from worldtree.api.parameters import Cursor, Limit, Name
from worldtree.app.page_cursors import DEFAULT_PAGE
from worldtree.app.tasks.asked_work import AskedDrift, AskedFacts

router = APIRouter(tags=["hosts"])


@router.get("/drift", responses=PAGE)
def list_drift(app: Authorized, limit: Limit = DEFAULT_PAGE, cursor: Cursor = None) -> Response:
    """List the newest report of drift of each cluster that has one, by name."""
    return JsonAnswer(app.fleet_drift(limit, cursor))


@router.get("/clusters/{name}/drift")
def get_drift(app: Authorized, name: Name) -> Response:
    """Return the newest report of drift of a cluster: what differs, and what was not checked."""
    return JsonAnswer(app.drift(name))


@router.post(
    "/clusters/{name}/drift",
    status_code=202,
    responses=ACCEPTED,
    dependencies=[Depends(json_only)],
)
def detect_drift(
    app: Authorized, name: Name, request: Request, asked: AskedDrift | None = None
) -> Response:
    """Compare the hosts with the cluster's document, as a task that changes nothing."""
    return accepted(app.detect_drift(name, asked or AskedDrift()), request)


@router.get("/clusters/{name}/drift/history", responses=PAGE)
def list_drift_history(
    app: Authorized, name: Name, limit: Limit = DEFAULT_PAGE, cursor: Cursor = None
) -> Response:
    """List the reports of drift of a cluster without details, newest first."""
    return JsonAnswer(app.drift_history(name, limit, cursor))


@router.get("/clusters/{name}/certificates")
def list_certificates(app: Authorized, name: Name) -> Response:
    """List the certificates of the component `pki` with their ends, the first to expire first."""
    return JsonAnswer(app.certificates(name))


@router.get("/clusters/{name}/facts")
def list_facts(app: Authorized, name: Name) -> Response:
    """List the hosts of a cluster that have facts, and when these were gathered."""
    return JsonAnswer(app.hosts_with_facts(name))


@router.post(
    "/clusters/{name}/facts",
    status_code=202,
    responses=ACCEPTED,
    dependencies=[Depends(json_only)],
)
def gather_facts(
    app: Authorized, name: Name, request: Request, asked: AskedFacts | None = None
) -> Response:
    """Gather the facts of hosts, as a task that changes nothing."""
    return accepted(app.gather_facts(name, asked or AskedFacts()), request)


@router.get("/clusters/{name}/facts/{host}")
def get_facts(app: Authorized, name: Name, host: Name) -> Response:
    """Return the facts of a host that were gathered last."""
    return JsonAnswer(app.facts(name, host))
