"""Answers that are files, or have one: sent in parts, so that a file is never whole in memory."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Mapping
from typing import IO, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from worldtree.api.answers import JsonAnswer

#: Bytes that are read and sent at once; three of them are four in base64.
_PART_BYTES = 3 * 65_536


class FileAnswer(Response):
    """An open file, from where it is to its end; it is closed when it was sent.

    It is also closed when the caller is gone.
    """

    #: What is sent before and after the file.
    _head = _tail = b""

    def __init__(self, file: IO[bytes], media_type: str) -> None:
        self._file = file
        super().__init__(media_type=media_type, headers={"Content-Length": str(self._size())})

    def _size(self) -> int:
        """Return how many bytes are sent."""
        return rest_of(self._file)

    def _encode(self, part: bytes) -> bytes:
        """Return what is sent of a part of the file."""
        return part

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file; a slow caller is waited for after each part."""
        del scope, receive
        start = {"status": self.status_code, "headers": self.raw_headers}
        try:
            await send({"type": "http.response.start", **start})
            part = self._head
            while True:
                if part:
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                content = await run_in_threadpool(self._file.read, _PART_BYTES)
                if not content:
                    break
                part = self._encode(content)
            await send({"type": "http.response.body", "body": self._tail, "more_body": False})
        finally:
            self._file.close()


class JsonWithFile(FileAnswer):
    """JSON of a mapping with one more key, whose value is a file in base64."""

    _tail = b'"}'

    def __init__(self, data: Mapping[str, Any], key: str, file: IO[bytes]) -> None:
        """``data`` has another key."""
        whole = bytes(JsonAnswer({**data, key: ""}).body)
        self._head = whole.removesuffix(self._tail)
        super().__init__(file, "application/json")

    def _size(self) -> int:
        return len(self._head) + 4 * -(-rest_of(self._file) // 3) + len(self._tail)

    def _encode(self, part: bytes) -> bytes:
        return b64encode(part)


def rest_of(file: IO[bytes]) -> int:
    """Return how many bytes a file has from where it is."""
    place = file.tell()
    size = file.seek(0, os.SEEK_END) - place
    file.seek(place)
    return size
