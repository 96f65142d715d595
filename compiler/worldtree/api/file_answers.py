"""Answers that are files: sent in parts, so that one is never whole in memory."""

from __future__ import annotations

import os
from typing import IO

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

#: Bytes that are read and sent at once.
_PART_BYTES = 262_144


class FileAnswer(Response):
    """An open file, which is closed when it was sent, or when the caller is gone."""

    def __init__(self, file: IO[bytes], media_type: str) -> None:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        super().__init__(media_type=media_type, headers={"Content-Length": str(size)})
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file; a slow caller is waited for after each part."""
        del scope, receive
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": self.status_code,
                    "headers": self.raw_headers,
                }
            )
            while part := await run_in_threadpool(self._file.read, _PART_BYTES):
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._file.close()
