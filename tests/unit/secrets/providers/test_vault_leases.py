"""The broker renews tokens and leases while a task runs."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from unit.secrets.bao import Bao, write
from worldtree.secrets.broker_client import SecretsClient
from worldtree.secrets.broker_process import BrokerProcess
from worldtree.secrets.resolver import SecretResolver, SecretSources


def test_the_broker_renews_a_token_that_was_given(bao: Bao) -> None:
    """The server says that the token lives longer than it was given for."""
    token = bao.token(bao.policy("brief", "kv/data/*"), ttl="8s")
    first = bao.root.lookup_token(token)["data"]["expire_time"]
    environ = {"VAULT_ADDR": bao.address, "VAULT_TOKEN": token}
    with BrokerProcess.start(SecretSources(environ)) as broker:
        assert broker.preflight(["vault:kv/app#password"]) == {}
        end = time.monotonic() + 60
        while bao.root.lookup_token(token)["data"]["expire_time"] == first:
            assert time.monotonic() < end
            time.sleep(0.2)
        write(bao, "after", key="still-there")
        client = SecretsClient(broker.socket_path)
        assert client.get("vault:kv/after#key") == {"value": "still-there"}
        client.close()


# ---- an engine with leases, which the real server has only for real databases -------------------


class Lender(BaseHTTPRequestHandler):
    """Plays a server whose engine ``database`` lends for 0.9 s, and counts renewals."""

    renewed: list[dict[str, Any]]
    lends = True

    def do_GET(self) -> None:
        if self.path.endswith("lookup-self"):
            self._say({"data": {"ttl": 0, "renewable": False}})
        elif "internal/ui/mounts" in self.path:
            self._say({"data": {"path": "database/", "type": "database", "options": None}})
        else:
            lease = {"lease_id": "database/creds/app/1", "lease_duration": 0.9, "renewable": True}
            self._say({**lease, "data": {"username": "u", "password": "lent-pass"}})

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.renewed.append(body)
        if not self.lends:
            self._say({"errors": ["lease not found"]}, 400)
        elif len(self.renewed) == 2:
            self._say({"odd": "nobody would expect that"})
        else:
            self._say({"lease_id": body["lease_id"], "lease_duration": 0.9, "renewable": True})

    def _say(self, data: dict[str, Any], status: int = 200) -> None:
        text = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def lender() -> Iterator[tuple[type[Lender], SecretResolver]]:
    """The server, and a resolver that has read a leased password."""
    handler = type("OneLender", (Lender,), {"renewed": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    asked = SecretResolver(SecretSources({"VAULT_ADDR": address, "VAULT_TOKEN": "t0ken"}))
    assert asked.get("vault:database/creds/app#password") == "lent-pass"
    yield handler, asked
    asked.close()
    server.shutdown()
    server.server_close()
    thread.join()


def test_leases_are_renewed_before_they_end(lender: tuple[type[Lender], SecretResolver]) -> None:
    """Again and again, and soon again after an answer that makes no sense."""
    handler, asked = lender
    end = time.monotonic() + 60
    while len(handler.renewed) < 4 and time.monotonic() < end:
        seconds = asked.upkeep()
        assert seconds is not None
        time.sleep(min(seconds, 0.9))
    assert handler.renewed == [{"lease_id": "database/creds/app/1", "increment": None}] * 4


def test_an_expired_lease_is_dropped(lender: tuple[type[Lender], SecretResolver]) -> None:
    handler, asked = lender
    handler.lends = False
    time.sleep(0.7)
    assert asked.upkeep() is None
    assert len(handler.renewed) == 1
