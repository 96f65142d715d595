"""Makes problems of all exceptions: ours, those of routing and validation, and unexpected ones."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worldtree.api.problems import json_pointer, problem_response
from worldtree.core.errors import DocPath, RefusedError, WorldTreeError

_log = structlog.get_logger("worldtree.api")


def add_error_handlers(app: FastAPI) -> None:
    """Let ``app`` answer errors of requests as problems."""
    app.add_exception_handler(WorldTreeError, _own)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)


async def _own(request: Request, error: Exception) -> Response:
    assert isinstance(error, WorldTreeError)
    return problem_response(error, request.scope)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem_response(_of_status(error, request), request.scope, headers=error.headers)


def _of_status(error: HTTPException, request: Request) -> WorldTreeError:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return RefusedError(
            "the service has no such address",
            code="route-unknown",
            hint="see /api/v1/openapi.json for all addresses",
        )
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return RefusedError(
            f"this address does not take {request.method}", code="method-not-allowed"
        )
    if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return RefusedError("the body of the request cannot be read", code="request-refused")
    return WorldTreeError("the request failed", code="internal-error")


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    refused = RefusedError(
        "a parameter or the body of the request is wrong",
        code="request-invalid",
        hint="see /api/v1/openapi.json for what this address takes",
    )
    errors = [_field_problem(one, error.body) for one in error.errors()]
    return problem_response(refused, request.scope, errors=errors)


def _field_problem(found: dict[str, Any], body: Any) -> dict[str, Any]:
    """Return what is wrong with a field or parameter; never its value."""
    place, *path = found["loc"]
    shown = {
        "slug": str(found["type"]).replace("_", "-"),
        "severity": "error",
        "summary": str(found["msg"]).removeprefix("Value error, "),
    }
    # Checks of our own say what to do.
    hint = found.get("ctx", {}).get("hint")
    if isinstance(hint, str) and hint:
        shown["hint"] = hint
    if place == "body":
        # Of text that is no JSON, the path is an offset.
        is_text = found["type"] == "json_invalid"
        where = () if is_text else _place_in(body, path, is_missing=found["type"] == "missing")
        return {**shown, "pointer": json_pointer(where)}
    return {**shown, "parameter": ".".join(map(str, path)), "in": place}


def _place_in(body: Any, path: Sequence[str | int], *, is_missing: bool) -> DocPath:
    """Return a path of pydantic as one in the body: it also names the chosen kinds of unions.

    Of a key that ``is_missing``, the last step is not in the body either.
    """
    found: list[str | int] = []
    for number, step in enumerate(path):
        if _has(body, step):
            body = body[step]
        elif not (is_missing and number == len(path) - 1):
            continue
        found.append(step)
    return tuple(found)


def _has(body: Any, step: str | int) -> bool:
    if isinstance(body, list):
        return isinstance(step, int) and step < len(body)
    return isinstance(body, Mapping) and step in body


class UnexpectedErrors:
    """Answers what nobody expected with a problem that says nothing but an id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_started = False

        async def send_and_note(message: Message) -> None:
            nonlocal is_started
            is_started = is_started or message["type"] != "http.response.debug"
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except Exception as error:
            # Words of an unexpected error may have values of the request; places do not.
            frames = traceback.extract_tb(error.__traceback__)
            places = [f"{one.filename}:{one.lineno} {one.name}" for one in frames[-12:]]
            _log.error("request failed", error=type(error).__name__, places=places)
            if scope["type"] != "http" or is_started:
                return
            failed = WorldTreeError("the request failed", code="internal-error")
            await problem_response(failed, scope)(scope, receive, send)
