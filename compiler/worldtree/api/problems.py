"""Answers errors as problems (RFC 9457), always without a traceback."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from starlette.responses import Response
from starlette.types import Scope

from worldtree.api.access_log import request_id
from worldtree.api.problem_links import step_links, without_commands
from worldtree.app.views.documents import diagnostics_view
from worldtree.core.error_codes import ERROR_CODES
from worldtree.core.errors import Diagnostic, DocPath, InputError, WorldTreeError

MEDIA_TYPE = "application/problem+json"
#: Seconds after which a caller may ask again where the service cannot answer.
_RETRY_SECONDS = "5"
_log = structlog.get_logger("worldtree.api")


def status_of(error: WorldTreeError) -> HTTPStatus:
    """Return the HTTP status of an error."""
    known = ERROR_CODES.get(error.code)
    return HTTPStatus.INTERNAL_SERVER_ERROR if known is None else known.http_status


def problem(
    error: WorldTreeError, scope: Scope, errors: Iterable[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Return an error as a problem; ``errors`` are of parameters and fields of a body.

    What fails inside of the service is named by its code alone: the words may name places there.
    """
    status, known = status_of(error), ERROR_CODES.get(error.code)
    title = "The service failed." if known is None else known.meaning
    found: dict[str, Any] = {
        "type": f"/errors/{error.code}",
        "title": title,
        "status": int(status),
        "code": error.code,
        "detail": title if status >= HTTPStatus.INTERNAL_SERVER_ERROR else error.message,
        "instance": scope.get("path", ""),
        "request_id": request_id(scope),
    }
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return found
    listed = list(errors)
    if isinstance(error, InputError):
        listed += [diagnostic_problem(one) for one in error.diagnostics]
    # The place of the state is nobody's business here.
    hint = "" if error.code == "task-unknown" else without_commands(error.hint or "")
    more = {"hint": hint, "errors": listed, "next_steps": step_links(error.next_steps, scope)}
    return {**found, **{key: value for key, value in more.items() if value}}


def diagnostic_problem(diagnostic: Diagnostic) -> dict[str, Any]:
    """Return a diagnostic as ``-o json`` prints it, with a pointer into the document."""
    shown: dict[str, Any] = diagnostics_view([diagnostic])["items"][0]
    pointer = None if diagnostic.path is None else json_pointer(diagnostic.path)
    return {**shown, "pointer": pointer}


def json_pointer(path: DocPath) -> str:
    """Return a path as a JSON Pointer in a fragment (RFC 6901): ``#/spec/hosts/0``."""
    escaped = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return "#" + "".join(f"/{step}" for step in escaped)


def problem_response(
    error: WorldTreeError,
    scope: Scope,
    *,
    errors: Iterable[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the answer for an error, and log what fails inside of the service."""
    status = status_of(error)
    more = dict(headers or {})
    if status == HTTPStatus.UNAUTHORIZED:
        reason = ' error="invalid_token"' if error.code == "token-invalid" else ""
        more["WWW-Authenticate"] = f'Bearer realm="worldtree"{"," if reason else ""}{reason}'
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        more["Retry-After"] = _RETRY_SECONDS
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("request failed", error_code=error.code, error=error.message)
    text = json.dumps(problem(error, scope, errors), ensure_ascii=False, default=str)
    # A lone surrogate in a name is no reason to fail again.
    body = text.encode("utf-8", "replace")
    return Response(body, status_code=int(status), headers=more, media_type=MEDIA_TYPE)


def websocket_problem(error: WorldTreeError, scope: Scope) -> Response:
    """Return the answer that refuses a WebSocket."""
    return problem_response(error, scope)
