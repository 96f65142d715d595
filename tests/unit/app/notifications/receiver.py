"""A receiver of webhooks: a real HTTP server that answers as the path says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from unit.http_server import run_handler


@dataclass
class Receiver:
    """What came in; ``answers`` are the statuses of the next requests to ``/``."""

    url: str = ""
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


@contextmanager
def receive() -> Iterator[Receiver]:
    """Serve on a free port until the end of the block."""
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            found.requests.append((self.path, headers, body))
            word = self.path[1:].partition("?")[0]
            if word == "hang-up":
                self.close_connection = True
                return
            if word == "garbage":
                self.wfile.write(b"\x00\x01 no HTTP\r\n\r\n")
                return
            status = int(word) if word else (found.answers.pop(0) if found.answers else 204)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/200")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with run_handler(Handler) as found.url:
        yield found
