"""A real HTTP server of files on loopback, with ranges and with the faults of real servers."""

from __future__ import annotations

import hashlib
import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from unit.http_server import run_handler


@dataclass
class ServedFile:
    """A file, and what goes wrong with it: faults of answers are used up one by one, in order."""

    content: bytes
    #: Whether `Range` is heeded, and `If-Range` with it.
    has_ranges: bool = True
    heeds_if_range: bool = True
    has_validator: bool = True
    #: Whether the answer says its length; without it the end of the connection is the end.
    has_length: bool = True
    is_chunked: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    #: One per answer: bytes after which the connection ends.
    cuts: list[int] = field(default_factory=list)
    #: One per answer: a status in place of the file.
    statuses: list[int] = field(default_factory=list)
    #: Send nothing more after so many bytes, until the server ends.
    stalls_after: int | None = None

    @property
    def etag(self) -> str:
        """Changes with the content."""
        return f'"{hashlib.sha256(self.content).hexdigest()[:16]}"'


class FileServer:
    """The files by path, and the requests so far."""

    def __init__(self) -> None:
        self.files: dict[str, ServedFile] = {}
        self.redirects: dict[str, str] = {}
        #: Path and headers of every request.
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.url = ""
        self.released = threading.Event()
        self.lock = threading.Lock()

    def add(self, path: str, content: bytes, **more: Any) -> ServedFile:
        """Serve a file at ``path``."""
        made = self.files[path] = ServedFile(content, **more)
        return made

    def requests_of(self, path: str) -> list[dict[str, str]]:
        """Return the headers of the requests for a path."""
        return [headers for asked, headers in self.requests if asked == path]


@contextmanager
def file_server(certificate: Path | None = None) -> Iterator[FileServer]:
    """Run a server for the length of a block."""
    served = FileServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            _answer(self, served)

    try:
        with run_handler(Handler, certificate) as url:
            served.url = url
            try:
                yield served
            finally:
                served.released.set()
    finally:
        served.released.set()


def _answer(handler: BaseHTTPRequestHandler, served: FileServer) -> None:
    # A proxy is asked for whole URLs.
    path = re.sub(r"^http://[^/]+", "", handler.path).partition("?")[0]
    with served.lock:
        served.requests.append((path, dict(handler.headers)))
        found = served.files.get(path)
        status = found.statuses.pop(0) if found and found.statuses else 200
        cut = found.cuts.pop(0) if found and found.cuts else None
    if path in served.redirects:
        _plain(handler, 302, {"Location": served.redirects[path]})
    elif found is None:
        _plain(handler, 404, {})
    elif status != 200:
        _plain(handler, status, {})
    else:
        _send(handler, found, served, cut)


def _plain(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str]) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def _send(
    handler: BaseHTTPRequestHandler, file: ServedFile, served: FileServer, cut: int | None
) -> None:
    start, size = 0, len(file.content)
    asked = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
    same = handler.headers.get("If-Range") in (None, file.etag)
    if asked and file.has_ranges and (same or not file.heeds_if_range):
        start = int(asked[1])
        if start >= size:
            _plain(handler, 416, {"Content-Range": f"bytes */{size}"})
            return
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
    else:
        handler.send_response(200)
    body = file.content[start:]
    if file.has_validator:
        handler.send_header("ETag", file.etag)
    for name, value in file.headers.items():
        handler.send_header(name, value)
    if file.is_chunked:
        handler.send_header("Transfer-Encoding", "chunked")
    elif file.has_length:
        handler.send_header("Content-Length", str(len(body)))
    else:
        handler.send_header("Connection", "close")
    handler.end_headers()
    sent = body if cut is None else body[:cut]
    if file.stalls_after is not None:
        sent = sent[: file.stalls_after]
    if file.is_chunked:
        handler.wfile.write(b"%x\r\n%b\r\n" % (len(sent), sent))
        if cut is None:
            handler.wfile.write(b"0\r\n\r\n")
    else:
        handler.wfile.write(sent)
    handler.wfile.flush()
    if file.stalls_after is not None:
        served.released.wait(60)
    if cut is not None or not file.has_length:
        handler.close_connection = True
    if cut is not None and not file.has_length:
        return
    if cut is not None and cut % 2:
        # A reset in place of an end.
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
