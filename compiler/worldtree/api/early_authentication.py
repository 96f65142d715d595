"""Checks the token of a request before its body is read.

The body of a request without a valid token is dropped, and costs no memory.
Requests without a body are left to their routes, which authenticate anyhow.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from worldtree.api.dropped_bodies import drop_body
from worldtree.api.problems import problem_response
from worldtree.auth.principal import Principal
from worldtree.core.errors import WorldTreeError

#: Methods of requests that may have a body.
METHODS_WITH_BODY = ("POST", "PUT", "PATCH", "DELETE")


class EarlyAuthentication:
    """Answers requests that may have a body and whose caller is unknown.

    ``authenticate`` returns who asks and remembers it for this request, or raises. ``public`` has
    the paths, below ``prefix``, that need no token.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        authenticate: Callable[[HTTPConnection], Principal],
        prefix: str,
        public: Collection[str] = (),
    ) -> None:
        self._app, self._authenticate = app, authenticate
        self._prefix, self._public = f"{prefix}/", frozenset(public)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._has_to_authenticate(scope):
            try:
                await run_in_threadpool(self._authenticate, HTTPConnection(scope))
            except WorldTreeError as error:
                await drop_body(receive)
                # What is left of the body is read by nobody: no other request can follow it.
                answer = problem_response(error, scope, headers={"Connection": "close"})
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _has_to_authenticate(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] not in METHODS_WITH_BODY:
            return False
        path: str = scope["path"]
        return path.startswith(self._prefix) and path not in self._public
