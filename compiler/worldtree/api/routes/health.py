"""Health of the service, and what the codes of problems mean: for everybody, without a token."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from worldtree.app.admin.readiness import check_database
from worldtree.core.error_codes import ERROR_CODES
from worldtree.core.errors import RefusedError, WorldTreeError

router = APIRouter(tags=["health"])


@router.get("/livez")
def is_alive() -> Response:
    """200 while the service answers."""
    return JSONResponse({"status": "ok"})


@router.get("/startupz")
def is_started(request: Request) -> Response:
    """200 once the database has been reached, 503 before."""
    if not request.app.state.is_started:
        check_database(request.app.state.application)
        request.app.state.is_started = True
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
def is_ready(request: Request) -> Response:
    """200 while the service takes requests: it reaches the database and is not about to stop."""
    if request.app.state.is_stopping:
        raise WorldTreeError("the service is about to stop", code="service-stopping")
    check_database(request.app.state.application)
    request.app.state.is_started = True
    return JSONResponse({"status": "ok"})


@router.get("/errors/{code}")
def error_code(code: Annotated[str, Path(max_length=100)]) -> Response:
    """Return what the code of a problem means; its `type` is this address."""
    found = ERROR_CODES.get(code)
    if found is None:
        raise RefusedError("the service has no such code of an error", code="route-unknown")
    return JSONResponse({"code": code, "title": found.meaning, "status": int(found.http_status)})
