"""An identity provider's configuration and keys on the loopback interface, to sign any token."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from unit.http_server import run_handler

CLIENT = "worldtree"


class KeyServer:
    """Signs tokens with its keys, and gives their public parts."""

    def __init__(self) -> None:
        self.issuer = ""
        self.keys: dict[str, Any] = {
            "RS256": RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}),
            "ES256": ECKey.generate_key("P-256", {"kid": "ec"}),
            "Ed25519": OKPKey.generate_key("Ed25519", {"kid": "okp"}),
        }
        self.changes: dict[str, Any] = {}
        self.requests: list[str] = []

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Return the claims of a valid token with changes; None removes one."""
        now = int(time.time())
        found = {"iss": self.issuer, "sub": "s-1", "aud": CLIENT, "iat": now, "exp": now + 300}
        found |= {"preferred_username": "zoe", **changes}
        return {name: value for name, value in found.items() if value is not None}

    def sign(self, algorithm: str = "RS256", key: Any = None, **changes: Any) -> str:
        """Return a signed token."""
        used = key or self.keys[algorithm]
        header = {"alg": algorithm, "kid": used.kid}
        return jwt.encode(header, self.claims(**changes), used, algorithms=[algorithm])

    def answer(self, path: str) -> Any:
        """Return what is answered to a request; None for 404."""
        self.requests.append(path)
        if path.endswith("/openid-configuration"):
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/auth",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "device_authorization_endpoint": f"{self.issuer}/device",
            } | self.changes
        if path == "/jwks":
            return KeySet(list(self.keys.values())).as_dict(private=False)
        return None


@contextmanager
def key_server() -> Iterator[KeyServer]:
    """Run one until the end of the block."""
    found = KeyServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = found.answer(self.path)
            self.send_response(200 if answer is not None else 404)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            pass

    with run_handler(Handler) as found.issuer:
        yield found
