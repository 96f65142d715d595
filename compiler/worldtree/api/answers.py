"""Answers that several routes give."""

from __future__ import annotations

import json
import math
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


_PROBLEM = {"description": "A problem; `code` says which.", "model": Problem}
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
CREATED: dict[int | str, dict[str, Any]] = {201: {"description": "The first document."}}
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "`If-None-Match` has it."}}


class JsonAnswer(JSONResponse):
    """JSON of anything that Ansible and hosts said.

    Numbers that JSON has not are null, and what is no Unicode is replaced.
    """

    def render(self, content: Any) -> bytes:
        """Return the body."""
        options: dict[str, Any] = {"ensure_ascii": False, "separators": (",", ":")}
        try:
            text = json.dumps(content, allow_nan=False, **options)
        except ValueError:
            text = json.dumps(_finite(content), allow_nan=False, **options)
        return text.encode("utf-8", "replace")


def _finite(content: Any) -> Any:
    if isinstance(content, float):
        return content if math.isfinite(content) else None
    if isinstance(content, Mapping):
        return {key: _finite(value) for key, value in content.items()}
    return [_finite(value) for value in content] if isinstance(content, list | tuple) else content


def accepted(
    task: TaskRecord, request: Request, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the answer for a task that was asked for: 202 with its address."""
    place = f"{API_PREFIX}/tasks/{quote(task.id, safe='')}{project_query(request.scope)}"
    return JsonAnswer(accepted_view(task), 202, headers={**(headers or {}), "Location": place})


def tagged(data: Any, digest: str | None, request: Request, status: int = 200) -> Response:
    """Return JSON with the ETag of a document; 304 where the caller has it."""
    if digest is None:
        return JsonAnswer(data, status)
    headers = {"ETag": etag(digest)}
    is_read = request.method in ("GET", "HEAD")
    if is_read and is_fresh(request.headers.get("if-none-match"), digest):
        return Response(status_code=304, headers=headers)
    return JsonAnswer(data, status, headers=headers)
