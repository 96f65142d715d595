"""A token server of a registry: gives JSON Web Tokens to the user of the tests."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jwt
from joserfc.jwk import ECKey

from certificates import make_certificate
from oci_registry import PASSWORD, USER
from unit.http_server import run_handler

_ISSUER, _SERVICE = "tests", "registry of the tests"


@dataclass
class TokenServer:
    """The settings of the registry for it, and the scopes that were asked for."""

    repository: str
    settings: dict[str, Any]
    key: ECKey
    chain: list[str]
    asked: list[str] = field(default_factory=list)

    def token(self, actions: str) -> str:
        """Return a token for the repository."""
        now = int(time.time())
        access = [{"type": "repository", "name": self.repository, "actions": actions.split(",")}]
        claims = {
            "iss": _ISSUER,
            "sub": USER,
            "aud": _SERVICE,
            "access": access,
            "iat": now,
            "nbf": now - 60,
            "exp": now + 300,
            "jti": "1",
        }
        return jwt.encode({"alg": "ES256", "typ": "JWT", "x5c": self.chain}, claims, self.key)


@contextmanager
def token_server(directory: Path, repository: str) -> Iterator[TokenServer]:
    """Give tokens for one repository for the length of a block."""
    certificate, key = make_certificate(datetime.now(UTC) + timedelta(days=5))
    bundle = directory / "tokens.pem"
    bundle.write_bytes(certificate)
    der = x509.load_pem_x509_certificate(certificate).public_bytes(Encoding.DER)
    chain = [base64.b64encode(der).decode()]
    settings = {"service": _SERVICE, "issuer": _ISSUER, "rootcertbundle": str(bundle)}
    server = TokenServer(repository, settings, ECKey.import_key(key), chain)
    login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            is_known = self.headers.get("Authorization") == f"Basic {login}"
            is_known = is_known and query["service"] == [_SERVICE]
            body = b"{}"
            if is_known:
                server.asked += query["scope"]
                body = json.dumps({"token": server.token("pull")}).encode()
            self.send_response(200 if is_known else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with run_handler(Handler) as url:
        server.settings["realm"] = f"{url}/token?of=tests"
        yield server
