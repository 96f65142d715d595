"""Readers of streams, as other programs write them: raw sockets and WebSocket."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

#: Seconds in which a test gives up.
PATIENCE = 60.0


@dataclass(frozen=True)
class Frame:
    """A frame as the client got it."""

    event: str
    data: Any
    id: int | None = None


class SseClient:
    """One request for a stream; ``status`` and ``headers`` are those of the response."""

    def __init__(self, address: str, path: str, *, buffer: int = 0, **headers: str) -> None:
        """Send the request and read the head of the response; ``buffer`` is in bytes."""
        self.headers: dict[str, str] = {}
        #: Comments so far.
        self.pings = 0
        self.retry_ms: int | None = None
        host, port = address.split(":")
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        self._file = self.socket.makefile("rb")
        try:
            if buffer:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
            self.socket.connect((host, int(port)))
            named = {"Host": address, **{name.replace("_", "-"): v for name, v in headers.items()}}
            head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
            self.socket.sendall(f"GET /api/v1{path} HTTP/1.1\r\n{head}\r\n".encode())
            self.status = self._read_head()
        except BaseException:
            self.close()
            raise

    def _read_head(self) -> int:
        first = self._file.readline().split()
        if not first:
            raise ConnectionError("closed without a response")
        while (line := self._file.readline().strip()) != b"":
            name, _, value = line.decode().partition(":")
            self.headers[name.lower()] = value.strip()
        return int(first[1])

    def lines(self) -> Iterator[str]:
        """Yield the lines of the body, up to its last byte."""
        rest = b""
        while True:
            if not (head := self._file.readline()):
                raise ConnectionError("cut")
            if not (size := int(head, 16)):
                break
            rest += self._file.read(size)
            self._file.readline()
            *whole, rest = rest.split(b"\n")
            yield from (line.decode() for line in whole)
        assert rest == b"", "the stream ended within a line"

    def frames(self) -> Iterator[Frame]:
        """Yield the frames as they come."""
        fields: dict[str, str] = {}
        for line in self.lines():
            if line.startswith(":"):
                self.pings += 1
            elif line:
                name, _, value = line.partition(": ")
                fields[name] = value
            else:
                if "retry" in fields:
                    self.retry_ms = int(fields["retry"])
                if "data" in fields:
                    number = int(fields["id"]) if "id" in fields else None
                    yield Frame(fields["event"], json.loads(fields["data"]), number)
                fields = {}

    def body(self) -> Any:
        """Return the JSON of a response with a length."""
        return json.loads(self._file.read(int(self.headers["content-length"])))

    def close(self) -> None:
        """Leave without a word."""
        self._file.close()
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def websocket_frames(address: str, path: str, **headers: str) -> Iterator[Frame]:
    """Yield the frames of a WebSocket, then a frame ``closed`` with the code."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with connect(
        f"ws://{address}/api/v1{path}", additional_headers=named, proxy=None
    ) as connection:
        code: int | None = None
        try:
            while True:
                for found in json.loads(connection.recv(PATIENCE)):
                    yield Frame(**found)
        except ConnectionClosed as closed:
            code = None if closed.rcvd is None else closed.rcvd.code
        yield Frame("closed", code)
