"""A server that answers what a test says: what stands between a service and its callers, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from unit.http_server import run_handler


@dataclass(frozen=True)
class Answer:
    """An answer; one without a body, and with ``is_cut``, ends in the middle."""

    status: int = 200
    body: bytes = b"{}"
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    #: The connection is closed before the whole body was sent.
    is_cut: bool = False


@dataclass(frozen=True)
class Asked:
    """A request that the server got."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class ScriptedServer:
    """Gives ``answer`` for each request, and keeps what it was asked."""

    answer: Callable[[Asked], Answer]
    asked: list[Asked] = field(default_factory=list)
    url: str = ""


@contextmanager
def scripted(
    answer: Callable[[Asked], Answer], certificate: Path | None = None
) -> Iterator[ScriptedServer]:
    """Serve until the end of the block, with TLS if there is a file with certificate and key."""
    found = ScriptedServer(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, self.rfile.read(size))
            found.asked.append(asked)
            given = found.answer(asked)
            self.send_response(given.status)
            self.send_header("Content-Type", given.media_type)
            self.send_header("Content-Length", str(len(given.body) + (100 if given.is_cut else 0)))
            for name, value in given.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(given.body)
            self.close_connection = given.is_cut

        do_GET = do_POST = do_PUT = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with run_handler(Handler, certificate) as found.url:
        yield found
