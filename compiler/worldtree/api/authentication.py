"""Finds out who asks, and opens the project of a request for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Query, Security
from fastapi.security import HTTPBearer
from starlette.requests import HTTPConnection, Request

from worldtree.api.client_address import client_address
from worldtree.api.parameters import Name
from worldtree.api.rate_limits import RateLimits
from worldtree.api.session_cookies import refuse_forged, session_secret
from worldtree.api.settings import DEFAULT_PROJECT, ApiSettings
from worldtree.app.authorized.access import AuthorizedAccess
from worldtree.app.authorized.application import AuthorizedApplication, open_project
from worldtree.app.authorized.application import open_logs as authorized_logs
from worldtree.app.authorized.logs import AuthorizedLogs
from worldtree.auth.principal import ALL_PROJECTS, Principal
from worldtree.core.errors import RefusedError
from worldtree.core.trace_context import read_traceparent

if TYPE_CHECKING:
    from worldtree.app.service import Application

#: Only for the OpenAPI document: the header is read below, which tells more of what is wrong.
_SCHEME = HTTPBearer(auto_error=False, description="A token of `wt token create`.")
#: Characters of a token at most; those of an identity provider are long.
_MAX_TOKEN = 8192


def principal(request: Request, _: Annotated[Any, Security(_SCHEME)]) -> Principal:
    """Return who asks. Raises ``RefusedError`` for a missing, malformed or unknown token."""
    return authenticate(request)


def authenticate(request: HTTPConnection) -> Principal:
    """Return who asks, also by WebSocket; raises as ``principal``. The log gets the name.

    Raises ``RefusedError`` (``rate-limited``) for one request too many.
    """
    known: Principal | None = getattr(request.state, "principal", None)
    if known is not None:
        return known  # A middleware has asked before.
    settings: ApiSettings = request.app.state.settings
    limits: RateLimits = request.app.state.rate_limits
    header = request.headers.get("authorization")
    if header is None and (secret := session_secret(request)) is not None:
        refuse_forged(request)
        application: Application = request.app.state.application
        with limits.counting_failures(request):
            request.state.principal = user = application.access.authenticate_session(secret)
        limits.count_request(request, user.name)
        return user
    if header is None:
        raise RefusedError(
            "the request has no token",
            code="token-missing",
            hint="send `Authorization: Bearer TOKEN`",
        )
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token.isascii() or not 0 < len(token) <= _MAX_TOKEN:
        raise RefusedError(
            "the token cannot be read",
            code="token-invalid",
            hint="send `Authorization: Bearer TOKEN`",
        )
    with limits.counting_failures(request):
        request.state.principal = found = settings.authenticate(token)
    limits.count_request(request, found.name)
    return found


def authorized(
    request: Request,
    who: Annotated[Principal, Depends(principal)],
    project: Annotated[
        str, Query(description="Name of the project.", min_length=1, max_length=200)
    ] = DEFAULT_PROJECT,
) -> AuthorizedApplication:
    """Return what the caller can ask for in the project that the request names."""
    origin = client_address(request)
    given = request.headers.get("traceparent", "")
    traceparent = None if read_traceparent(given) is None else given
    application, name = request.app.state.application, project.replace("\0", "")
    return open_project(application, who, name, origin, traceparent)


def in_project(
    request: Request, who: Annotated[Principal, Depends(principal)], project: Name
) -> AuthorizedApplication:
    """Return what the caller can ask for in the project that the path names."""
    return authorized(request, who, project)


def access(request: Request, who: Annotated[Principal, Depends(principal)]) -> AuthorizedAccess:
    """Return what the caller can ask for about users, roles, tokens and projects."""
    return AuthorizedAccess(request.app.state.application, who, client_address(request))


def open_logs(connection: HTTPConnection) -> AuthorizedLogs:
    """Return what the caller of a request may read of logs; raises as ``authorized``."""
    application, who = connection.app.state.application, authenticate(connection)
    project = connection.query_params.get("project", DEFAULT_PROJECT)
    return authorized_logs(application, who, project.replace("\0", ""))


def may_read_metrics(who: Annotated[Principal, Depends(principal)]) -> None:
    """Raise ``MissingPermissionError`` for a caller who may not read the metrics of all."""
    who.require("metrics:get", ALL_PROJECTS)


#: Of routes: the application for the caller of a request.
Authorized = Annotated[AuthorizedApplication, Depends(authorized)]
InProject = Annotated[AuthorizedApplication, Depends(in_project)]
Access = Annotated[AuthorizedAccess, Depends(access)]
