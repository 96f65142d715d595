"""What the caller may do, and its own tokens and sessions."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import Response

from worldtree.api.answers import JsonAnswer
from worldtree.api.authentication import Access, Authorized
from worldtree.api.bodies import json_only
from worldtree.api.parameters import Name
from worldtree.api.routes.users import WantedToken, token_options

router = APIRouter(prefix="/me", tags=["me"])


@router.get("/permissions")
def my_permissions(app: Authorized) -> Response:
    """Return the caller's name and permissions in the project."""
    return JsonAnswer(app.permissions())


@router.get("/tokens")
def my_tokens(app: Access) -> Response:
    """List the caller's own tokens, without their secrets."""
    return JsonAnswer(app.my_tokens())


@router.post("/tokens", status_code=201, dependencies=[Depends(json_only)])
def create_my_token(app: Access, sent: WantedToken | None = None) -> Response:
    """Create a token that allows no more, and for no longer, than what the caller asks with."""
    return JsonAnswer(app.create_my_token(**token_options(app, sent)), 201)


@router.delete("/tokens/{key}", status_code=204)
def revoke_my_token(app: Access, key: Name) -> Response:
    """Refuse one of the caller's own tokens from now on."""
    app.revoke_my_token(key)
    return Response(status_code=204)


@router.get("/sessions")
def my_sessions(app: Access) -> Response:
    """List the caller's own sessions."""
    return JsonAnswer(app.my_sessions())


@router.delete("/sessions/{key}", status_code=204)
def end_my_session(app: Access, key: Name) -> Response:
    """End one of the caller's own sessions."""
    app.end_my_session(key)
    return Response(status_code=204)
