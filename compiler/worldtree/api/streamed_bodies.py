"""Bodies that are written to a file while they come: archives."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import IO, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from worldtree.api.authentication import Authorized
from worldtree.api.bodies import media_type
from worldtree.api.dropped_bodies import drop_body
from worldtree.api.settings import API_PREFIX
from worldtree.app.content.archive_limits import ArchiveLimits
from worldtree.core.errors import RefusedError, WorldTreeError

#: Addresses of requests whose bodies are not read into memory.
STREAMED_PATHS = frozenset({f"{API_PREFIX}/archives"})
#: Bytes in memory; the rest is in a file without a name.
_MEMORY_BYTES = 1_000_000
#: Seconds in which a whole archive has to arrive.
_READ_TIMEOUT = 300
ARCHIVE_TYPES = (
    *("application/gzip", "application/x-gzip", "application/zip", "application/x-tar"),
    "application/octet-stream",
)
ARCHIVE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A tar, tar.gz or zip; its content says which one.",
        "content": {
            one: {"schema": {"type": "string", "format": "binary"}} for one in ARCHIVE_TYPES
        },
    }
}


@dataclass(frozen=True, slots=True)
class SentFile:
    """A body as a file."""

    file: IO[bytes]


async def sent_archive(request: Request, app: Authorized) -> AsyncIterator[SentFile]:
    """Yield the archive of a request, of a caller who may bring one. Raises ``WorldTreeError``."""
    with tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES) as file:
        try:
            await run_in_threadpool(app.expect_archive)
            media_type(request, ARCHIVE_TYPES)
            async with asyncio.timeout(_READ_TIMEOUT):
                await _read(request, file)
        except (TimeoutError, ClientDisconnect):
            raise RefusedError(
                f"the archive did not arrive within {_READ_TIMEOUT} seconds", code="body-too-slow"
            ) from None
        except WorldTreeError:
            await drop_body(request.receive)
            raise
        yield SentFile(file)


async def _read(request: Request, file: IO[bytes]) -> None:
    limit, size = ArchiveLimits().sent_bytes, 0
    said = request.headers.get("content-length", "")
    too_large = RefusedError(f"the archive is larger than {limit} bytes", code="archive-too-large")
    if said.isdigit() and (len(said) > 15 or int(said) > limit):
        raise too_large
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise too_large
        await run_in_threadpool(file.write, chunk)
