"""Sessions of browsers: login with a password, and logout."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from worldtree.api.answers import JsonAnswer
from worldtree.api.bodies import refuse_other_types
from worldtree.api.client_address import client_address
from worldtree.api.session_cookies import (
    forget_session,
    keep_session,
    refuse_forged,
    refuse_other_sites,
    session_secret,
)
from worldtree.app.views.access import session_view
from worldtree.core.errors import RefusedError

router = APIRouter(prefix="/session", tags=["login"])


class PasswordLogin(BaseModel):
    """A user's name and password."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: Annotated[str, Field(min_length=1, max_length=200)]
    password: Annotated[str, Field(min_length=1, max_length=2000)]


def login_origin(request: Request) -> None:
    """Raise ``RefusedError`` for a login that another site caused, or whose body is no JSON."""
    refuse_other_sites(request)
    refuse_other_types(request)


@router.post("", status_code=201, dependencies=[Depends(login_origin)])
def log_in(request: Request, sent: PasswordLogin) -> Response:
    """Begin a session with a name and a password: the answer has its cookie."""
    access = request.app.state.application.access
    address = client_address(request)
    user = access.check_login(sent.name.replace("\0", ""), sent.password, address)
    made = access.begin_session(user, address, agent=request.headers.get("user-agent", ""))
    answer = JsonAnswer(session_view(made.record), 201)
    keep_session(request, answer, made.secret, made.record.expires)
    return answer


@router.delete("", status_code=204)
def log_out(request: Request) -> Response:
    """End the session of the request's cookie."""
    secret = session_secret(request)
    if secret is None:
        raise RefusedError("the request has no session", code="session-invalid")
    refuse_forged(request)
    request.app.state.application.access.end_session(secret, client_address(request))
    answer = Response(status_code=204)
    forget_session(answer)
    return answer
