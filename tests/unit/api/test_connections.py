"""Connections: headers that do not come, bodies of callers who are unknown, refused WebSockets."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from unit.api.service import API, MAX_BODY, Service
from worldtree.api import dropped_bodies
from worldtree.api.header_timeout import HeaderTimeoutProtocol
from worldtree.api.problems import websocket_problem
from worldtree.core.errors import RefusedError


@contextmanager
def connected(service: Service) -> Iterator[socket.socket]:
    """A connection to the service."""
    place = urlsplit(str(service.client.base_url))
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=30) as found:
        yield found


def read_all(connection: socket.socket) -> bytes:
    """Everything until the other side closes."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("sent", [b"", b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_headers_that_do_not_come_end_a_connection(
    service: Service, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    """So that slow clients do not hold the connections of others."""
    monkeypatch.setattr(HeaderTimeoutProtocol, "header_timeout", 0.2)
    with connected(service) as connection:
        connection.sendall(sent)
        assert read_all(connection) == b""


def test_headers_of_a_second_request_are_limited_as_well(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that was answered gives no more time for the next one."""
    monkeypatch.setattr(HeaderTimeoutProtocol, "header_timeout", 0.5)
    with connected(service) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        while not (answer := connection.recv(65536)).endswith(b"}"):
            assert answer
        connection.sendall(b"GET /livez HT")
        assert read_all(connection) == b""


@pytest.mark.parametrize(
    ("header", "code"), [("", "token-missing"), ("Authorization: Bearer nobody", "token-invalid")]
)
@pytest.mark.parametrize("size", [10, 10 * MAX_BODY])
def test_a_body_of_an_unknown_caller_is_not_read(
    service: Service, monkeypatch: pytest.MonkeyPatch, header: str, code: str, size: int
) -> None:
    """The answer comes before the body, whatever its size, and ends the connection."""
    monkeypatch.setattr(dropped_bodies, "_TIMEOUT", 0.1)
    lines = [f"POST {API}/clusters HTTP/1.1", "Host: x", f"Content-Length: {size}"]
    if header:
        lines.append(header)
    with connected(service) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        head, _, body = read_all(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 401")
    assert b"www-authenticate: bearer" in head.lower()
    assert json.loads(body)["code"] == code


def test_a_refused_websocket_has_the_id_of_its_request() -> None:
    """As every other problem."""
    scope = {"type": "websocket", "path": "/logs", "state": {"request_id": "r-1"}}
    answer = websocket_problem(RefusedError("no", code="token-missing"), scope)
    found = json.loads(bytes(answer.body))
    assert (found["request_id"], found["instance"]) == ("r-1", "/logs")
