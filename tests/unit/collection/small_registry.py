"""A registry in memory, with the part of the HTTP API that is used, and faults on demand."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class SmallRegistry(ThreadingHTTPServer):
    """What was pushed, and every request as ``METHOD path``."""

    daemon_threads = True

    def __init__(self, user: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        #: ``name:password`` of the only user; everybody gets in when empty.
        self.user = user
        #: (repository, digest) -> bytes.
        self.blobs: dict[tuple[str, str], bytes] = {}
        #: (repository, tag or digest) -> (media type, bytes).
        self.manifests: dict[tuple[str, str], tuple[str, bytes]] = {}
        self.requests: list[str] = []
        #: Replaces what a blob is answered with.
        self.wrong = b""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SmallRegistry

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _refuse(self, status: int, code: str, message: str) -> None:
        self._answer(status, json.dumps({"errors": [{"code": code, "message": message}]}).encode())

    def _serve(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, _, query = self.path.partition("?")
        self.server.requests.append(f"{self.command} {path}")
        word = base64.b64encode(self.server.user.encode()).decode()
        if self.server.user and self.headers.get("Authorization") != f"Basic {word}":
            self._refuse(401, "UNAUTHORIZED", "authentication required")
        elif path == "/v2/":
            self._answer(200)
        elif found := re.fullmatch(r"/v2/(.+)/blobs/uploads/(x?)", path):
            self._upload(found[1], query, data)
        elif found := re.fullmatch(r"/v2/(.+)/(blobs|manifests)/([^/]+)", path):
            (self._blob if found[2] == "blobs" else self._manifest)(found[1], found[3], data)
        else:
            self._refuse(404, "NAME_UNKNOWN", path)

    # The names are those of http.server.
    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815

    def _upload(self, repository: str, query: str, data: bytes) -> None:
        if self.command == "POST":
            self._answer(202, Location=f"{self.server.url}/v2/{repository}/blobs/uploads/x?state=1")
            return
        digest = query.rpartition("digest=")[2].replace("%3A", ":")
        if f"sha256:{hashlib.sha256(data).hexdigest()}" != digest or "state=1" not in query:
            self._refuse(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
            return
        self.server.blobs[repository, digest] = data
        self._answer(201)

    def _blob(self, repository: str, digest: str, _data: bytes) -> None:
        if (repository, digest) not in self.server.blobs:
            self._refuse(404, "BLOB_UNKNOWN", digest)
            return
        self._answer(200, self.server.wrong or self.server.blobs[repository, digest])

    def _manifest(self, repository: str, reference: str, data: bytes) -> None:
        key = (repository, reference)
        if self.command == "PUT":
            digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
            stored = (self.headers["Content-Type"], data)
            self.server.manifests |= {key: stored, (repository, digest): stored}
            self._answer(201)
        elif self.command == "DELETE":
            gone = self.server.manifests.get(key)
            kept = {one: value for one, value in self.server.manifests.items() if value != gone}
            self.server.manifests = kept
            self._answer(202 if gone else 404)
        elif key not in self.server.manifests:
            self._refuse(404, "MANIFEST_UNKNOWN", reference)
        else:
            media_type, found = self.server.manifests[key]
            digest = f"sha256:{hashlib.sha256(found).hexdigest()}"
            self._answer(200, found, Content_Type=media_type, Docker_Content_Digest=digest)


@contextmanager
def small_registry(user: str = "") -> Iterator[SmallRegistry]:
    """Serve one until the end of the block."""
    with SmallRegistry(user) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield server
        finally:
            server.shutdown()
