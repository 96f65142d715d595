"""Answers that several routes give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from worldtree.api.etags import etag, is_fresh
from worldtree.api.problem_links import project_query
from worldtree.api.settings import API_PREFIX
from worldtree.app.views.pages import accepted_view

if TYPE_CHECKING:
    from worldtree.app.tasks.history import TaskRecord


class Problem(BaseModel):
    """A problem (RFC 9457); for the OpenAPI document."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str
    request_id: str | None
    hint: str | None = None
    errors: list[dict[str, Any]] | None = None
    next_steps: list[dict[str, Any]] | None = None


class AcceptedTask(BaseModel):
    """A task that was asked for; for the OpenAPI document."""

    task_id: str
    cluster: str
    status: str


class Page(BaseModel):
    """A page of a list; for the OpenAPI document."""

    items: list[dict[str, Any]]
    next: str | int | None


_PROBLEM = {
    "description": "A problem; `code` says which.",
    "model": Problem,
    "content": {"application/problem+json": {}},
}
#: Of every route: errors of the request, and of the service.
PROBLEMS: dict[int | str, dict[str, Any]] = {"4XX": _PROBLEM, "5XX": _PROBLEM}
ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {
        "description": "The task is in the queue.",
        "model": AcceptedTask,
        "headers": {"Location": {"schema": {"type": "string"}, "description": "Of the task."}},
    }
}
PAGE: dict[int | str, dict[str, Any]] = {200: {"description": "A page.", "model": Page}}


def accepted(
    task: TaskRecord, request: Request, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the answer for a task that was asked for: 202 with its address."""
    place = f"{API_PREFIX}/tasks/{quote(task.id, safe='')}{project_query(request.scope)}"
    return JSONResponse(accepted_view(task), 202, headers={**(headers or {}), "Location": place})


def tagged(data: Any, digest: str | None, request: Request, status: int = 200) -> Response:
    """Return JSON with the ETag of a document; 304 where the caller has it."""
    if digest is None:
        return JSONResponse(data, status)
    headers = {"ETag": etag(digest)}
    is_read = request.method in ("GET", "HEAD")
    if is_read and is_fresh(request.headers.get("if-none-match"), digest):
        return Response(status_code=304, headers=headers)
    return JSONResponse(data, status, headers=headers)
