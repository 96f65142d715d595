"""Reads and drops a body that nobody needs, so that its sender gets the answer.

A connection that is closed with unread bytes loses the answer, above all behind a proxy, which
sends all of a body first.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.types import Receive

#: Bytes that are read and dropped at most, and seconds that this takes at most.
_MAX_BYTES = 8 * 1024 * 1024
_TIMEOUT = 5


async def drop_body(receive: Receive) -> None:
    """Read the rest of a body, within the limits."""
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_TIMEOUT):
            while size <= _MAX_BYTES:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
                size += len(message.get("body", b""))
