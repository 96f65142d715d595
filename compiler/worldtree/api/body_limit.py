"""Refuses bodies that are too large, before anything reads them."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worldtree.api.early_authentication import METHODS_WITH_BODY
from worldtree.api.problems import problem_response
from worldtree.core.errors import RefusedError

#: Seconds in which the body of a request has to arrive.
_READ_TIMEOUT = 30
#: Bytes of a body that is too large, and seconds, in which it is read and dropped: a connection
#: closed with unread bytes loses the answer, above all behind a proxy, which sends all of it.
_DROPPED_BYTES = 8 * 1024 * 1024
_DROP_TIMEOUT = 5


class BodyLimit:
    """Reads a whole body of at most ``limit`` bytes into memory, then passes the request on."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app, self._limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] not in METHODS_WITH_BODY:
            await self._app(scope, receive, send)
            return
        body = None
        try:
            if self._says_too_much(scope):
                with suppress(TimeoutError):
                    async with asyncio.timeout(_DROP_TIMEOUT):
                        await self._read(receive, is_too_large=True)
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

    async def _read(self, receive: Receive, *, is_too_large: bool = False) -> bytes | None:
        """Return the body; None if it is too large, of which not all may be read."""
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return None if is_too_large else b"".join(parts)
            part: bytes = message.get("body", b"")
            size += len(part)
            is_too_large = is_too_large or size > self._limit
            if not is_too_large:
                parts.append(part)
            if not message.get("more_body", False) or size > self._limit + _DROPPED_BYTES:
                return None if is_too_large else b"".join(parts)
