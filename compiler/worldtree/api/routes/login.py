"""Logins at an identity provider, for everybody: in a browser, and with a token of the provider."""

from __future__ import annotations

import hmac
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from worldtree.api.answers import JsonAnswer
from worldtree.api.client_address import client_address
from worldtree.api.rate_limits import RateLimits
from worldtree.api.routes.session import login_origin
from worldtree.api.session_cookies import is_loopback, keep_session
from worldtree.api.settings import API_PREFIX
from worldtree.app.admin.provider_login import LOGIN_SECONDS, ProviderLogin
from worldtree.app.views.access import login_view
from worldtree.core.errors import RefusedError

router = APIRouter(prefix="/login", tags=["login"])
_CALLBACK = f"{API_PREFIX}/login/oidc/callback"
#: Keeps the state of a login, so that nobody else's browser can end it.
_STATE_COOKIE = "worldtree-login"
_SECURE_STATE_COOKIE = "__Secure-worldtree-login"
_Text = Annotated[str, Query(max_length=4000)]


class ProviderToken(BaseModel):
    """An ID token of the identity provider."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    token: Annotated[str, Field(min_length=1, max_length=20_000)]


def _login(request: Request) -> ProviderLogin:
    found: ProviderLogin = request.app.state.provider_login
    return found


@router.get("")
def login_methods(request: Request) -> Response:
    """Return how to log in; `oidc` has what a device needs, or is null."""
    return JsonAnswer(_login(request).methods())


@router.post("/token", dependencies=[Depends(login_origin)])
def exchange_token(request: Request, sent: ProviderToken) -> Response:
    """Exchange an ID token of the identity provider for a token of the service."""
    limits: RateLimits = request.app.state.rate_limits
    with limits.counting_failures(request):
        made = _login(request).exchange_token(sent.token, client_address(request))
    return JsonAnswer(login_view(made))


@router.get("/oidc", status_code=303, response_class=RedirectResponse)
def begin_login(
    request: Request,
    return_to: Annotated[str, Query(max_length=500, description="Page to show afterwards.")] = "/",
) -> Response:
    """Send the browser to the identity provider."""
    limits: RateLimits = request.app.state.rate_limits
    limits.count_login(request)
    begun = _login(request).begin(_public_scheme(request) + _CALLBACK, return_to)
    answer = RedirectResponse(begun.url, 303)
    name, is_secure = _state_cookie(request)
    answer.set_cookie(
        name,
        begun.state,
        max_age=int(LOGIN_SECONDS),
        path=f"{API_PREFIX}/login",
        secure=is_secure,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get("/oidc/callback", status_code=303, response_class=RedirectResponse)
def end_login(
    request: Request, state: _Text = "", code: _Text = "", error: _Text = "", iss: _Text = ""
) -> Response:
    """Take the browser back from the identity provider, and begin its session."""
    name, is_secure = _state_cookie(request)
    known = request.cookies.get(name, "")
    if not state or not hmac.compare_digest(state.encode(), known.encode()):
        raise RefusedError(
            "this browser did not begin the login, or it took too long",
            code="login-failed",
            hint="log in again",
        )
    address = client_address(request)
    # Taken even after an error: its state is good for once.
    user, page = _login(request).finish("" if error else code, state, iss, address)
    access = request.app.state.application.access
    made = access.begin_session(
        user, address, agent=request.headers.get("user-agent", ""), provider=user.issuer or ""
    )
    answer = RedirectResponse(quote(page, safe="/?&=#%:;,+@~!$'()*[]"), 303)
    answer.delete_cookie(
        name, path=f"{API_PREFIX}/login", secure=is_secure, httponly=True, samesite="lax"
    )
    keep_session(request, answer, made.secret, made.record.expires)
    return answer


def _public_scheme(request: Request) -> str:
    """Return scheme and host by which the browser knows the service."""
    scheme = request.url.scheme if is_loopback(request) else "https"
    return f"{scheme}://{request.url.netloc}"


def _state_cookie(request: Request) -> tuple[str, bool]:
    is_secure = not is_loopback(request) or request.url.scheme == "https"
    return (_SECURE_STATE_COOKIE if is_secure else _STATE_COOKIE), is_secure
