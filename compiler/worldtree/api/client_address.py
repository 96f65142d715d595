"""From where a request comes."""

from __future__ import annotations

from starlette.requests import HTTPConnection


def client_address(connection: HTTPConnection) -> str:
    """Return the address of the caller, as trusted proxies name it; empty where it is unknown."""
    return "" if connection.client is None else connection.client.host
