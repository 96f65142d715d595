"""The cookie of a session, and the check that a request with it comes from the service's own pages.

Browsers send cookies with requests that other sites cause. So a session counts for a request that
changes something, and for a WebSocket, only where the browser or the page shows that it is no
other site.
"""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from worldtree.core.errors import RefusedError
from worldtree.core.loopback import is_loopback_host

#: With this prefix browsers keep it for one host alone, and send it with TLS only.
_SECURE_COOKIE = "__Host-worldtree-session"
#: On the loopback interface, where there may be no TLS.
_LOOPBACK_COOKIE = "worldtree-session"
#: A page of another origin cannot send it without being asked whether it may, and it may not.
SESSION_HEADER = "x-worldtree-session"
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def session_secret(connection: HTTPConnection) -> str | None:
    """Return the secret of the session of a request; None without a cookie."""
    found = connection.cookies.get(_SECURE_COOKIE)
    if found is None and is_loopback(connection):
        found = connection.cookies.get(_LOOPBACK_COOKIE)
    return found or None


def keep_session(request: Request, response: Response, secret: str, expires: float) -> None:
    """Let the browser keep the secret of a session until ``expires``."""
    is_secure = not is_loopback(request) or request.url.scheme == "https"
    response.set_cookie(
        _SECURE_COOKIE if is_secure else _LOOPBACK_COOKIE,
        secret,
        max_age=max(0, int(expires - time.time())),
        path="/",
        secure=is_secure,
        httponly=True,
        # Not strict: the browser comes back from the identity provider with it.
        samesite="lax",
    )


def forget_session(response: Response) -> None:
    """Let the browser forget the secret of its session."""
    for name in (_SECURE_COOKIE, _LOOPBACK_COOKIE):
        response.delete_cookie(
            name, path="/", secure=name == _SECURE_COOKIE, httponly=True, samesite="lax"
        )


def refuse_forged(connection: HTTPConnection) -> None:
    """Raise ``RefusedError`` unless a request with a session comes from our own pages."""
    is_socket = connection.scope["type"] == "websocket"
    if not is_socket and connection.scope["method"] in _SAFE_METHODS:
        return
    refuse_other_sites(connection)
    is_shown = (
        "origin" in connection.headers
        if is_socket
        else SESSION_HEADER in connection.headers
        or connection.headers.get("sec-fetch-site") == "same-origin"
    )
    if not is_shown:
        raise _forged()


def refuse_other_sites(connection: HTTPConnection) -> None:
    """Raise ``RefusedError`` where the browser says that another site caused the request."""
    origin = connection.headers.get("origin")
    host = connection.headers.get("host", "").lower()
    if origin is not None and (not host or urlsplit(origin).netloc.lower() != host):
        raise _forged()
    if connection.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise _forged()


def is_loopback(connection: HTTPConnection) -> bool:
    """Whether the request names this machine alone as the host."""
    try:
        return is_loopback_host(connection.url.hostname or "")
    except ValueError:
        return False


def _forged() -> RefusedError:
    return RefusedError(
        "the request does not come from a page of the service",
        code="request-forged",
        hint=f"send the header `{SESSION_HEADER}: 1` from a page of the service, or use a token",
    )
