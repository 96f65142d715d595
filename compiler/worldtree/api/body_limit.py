"""Refuses bodies that are too large, before anything reads them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worldtree.api.dropped_bodies import drop_body
from worldtree.api.early_authentication import METHODS_WITH_BODY
from worldtree.api.problems import problem_response
from worldtree.core.errors import RefusedError

#: Seconds in which the body of a request has to arrive.
_READ_TIMEOUT = 30


class BodyLimit:
    """Reads a whole body of at most ``limit`` bytes into memory, then passes the request on.

    Routes of the paths ``streamed`` read and limit their bodies themselves.
    """

    def __init__(self, app: ASGIApp, limit: int, streamed: Collection[str] = ()) -> None:
        self._app, self._limit, self._streamed = app, limit, streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if (
            scope["type"] != "http"
            or scope["method"] not in METHODS_WITH_BODY
            or scope["path"] in self._streamed
        ):
            await self._app(scope, receive, send)
            return
        body = None
        try:
            if self._says_too_much(scope):
                await drop_body(receive)
            else:
                async with asyncio.timeout(_READ_TIMEOUT):
                    body = await self._read(receive)
        except TimeoutError:
            error = RefusedError(
                f"the body did not arrive within {_READ_TIMEOUT} seconds", code="body-too-slow"
            )
            answer = problem_response(error, scope, headers={"Connection": "close"})
            await answer(scope, receive, send)
            return
        if body is None:
            error = RefusedError(
                f"the body is larger than {self._limit} bytes", code="body-too-large"
            )
            # Nobody reads what may be left of the body, so that no other request can follow it.
            answer = problem_response(error, scope, headers={"Connection": "close"})
            await answer(scope, receive, send)
            return
        is_read = False

        async def receive_body() -> Message:
            nonlocal is_read
            if is_read:
                return await receive()
            is_read = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, receive_body, send)

    def _says_too_much(self, scope: Scope) -> bool:
        said = Headers(scope=scope).get("content-length", "")
        return said.isdigit() and (len(said) > 15 or int(said) > self._limit)

    async def _read(self, receive: Receive) -> bytes | None:
        """Return the body; None if it is too large."""
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return b"".join(parts)
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            is_last = not message.get("more_body", False)
            if size > self._limit:
                if not is_last:
                    await drop_body(receive)
                return None
            if is_last:
                return b"".join(parts)
