"""git repositories by HTTP on the loopback interface: git's own program behind a small server."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_ENVIRON = {
    "PATH": os.defpath,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    **{
        f"GIT_{who}_{what}": "x@example.com"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    },
}


@dataclass
class GitServer:
    """A server, and what it was asked."""

    root: Path
    port: int = 0
    #: Headers `Authorization` of all requests.
    authorizations: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Of all repositories; it ends with a slash."""
        return f"http://127.0.0.1:{self.port}/"

    def commit(self, name: str, files: dict[str, str], *, tag: str = "") -> str:
        """Commit files to the branch `main` of a repository, and return the commit."""
        place = self.root / name
        if not place.exists():
            git("init", "--quiet", "--initial-branch=main", str(place))
        for path, text in files.items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_text(text, encoding="utf-8")
        git("-C", str(place), "add", "--all")
        git("-C", str(place), "commit", "--quiet", "--allow-empty", "--message=x")
        if tag:
            git("-C", str(place), "tag", tag)
        return git("-C", str(place), "rev-parse", "HEAD").strip()


def git(*arguments: str) -> str:
    """Return what git writes."""
    done = subprocess.run(["git", *arguments], env=_ENVIRON, capture_output=True, check=True)
    return done.stdout.decode()


@contextmanager
def serve_git(root: Path) -> Iterator[GitServer]:
    """Serve the repositories in a directory until the end of the block."""
    made = GitServer(root)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.authorizations.add(self.headers.get("authorization", ""))
            path, _, query = self.path.partition("?")
            if path.startswith("/team/moved/"):
                self.send_response(302)
                self.send_header("Location", self.path.replace("/moved/", "/"))
                self.end_headers()
                return
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            environ = {
                **_ENVIRON,
                "GIT_PROJECT_ROOT": str(root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "REQUEST_METHOD": self.command,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "CONTENT_TYPE": self.headers.get("content-type", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("content-encoding", ""),
                "GIT_PROTOCOL": self.headers.get("git-protocol", ""),
            }
            done = subprocess.run(
                ["git", "http-backend"], input=body, env=environ, capture_output=True, check=False
            )
            head, _, rest = done.stdout.partition(b"\r\n\r\n")
            lines = dict(one.split(": ", 1) for one in head.decode().splitlines())
            self.send_response(int(lines.pop("Status", "200").split()[0]))
            for name, value in lines.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(rest)

        do_POST = do_GET  # noqa: N815  # Both names are those of the base class.

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
