"""What the caller may do, and its own tokens, sessions and password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from worldtree.api.answers import JsonAnswer
from worldtree.api.authentication import Access, Authorized
from worldtree.api.bodies import json_only
from worldtree.api.parameters import Name
from worldtree.api.routes.users import WantedToken, token_options
from worldtree.api.session_cookies import forget_session, session_secret

router = APIRouter(prefix="/me", tags=["me"])
_Password = Annotated[str, Field(min_length=1, max_length=2000)]


class ChangedPassword(BaseModel):
    """A new password, with the present one."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    old: _Password
    new: _Password


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


@router.put("/password", status_code=204, dependencies=[Depends(json_only)])
def change_my_password(app: Access, sent: ChangedPassword, request: Request) -> Response:
    """Replace the caller's own password; all its sessions end. Wrong ones are limited as logins."""
    app.change_my_password(sent.old, sent.new)
    answer = Response(status_code=204)
    if session_secret(request) is not None:
        forget_session(answer)
    return answer
