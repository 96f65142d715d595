"""A `wt serve` in a workspace of its own, for commands that ask it."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from acceptance.test_worker_local import wait_for
from acceptance.workspace import COMMAND, Workspace


@dataclass(frozen=True)
class Serving:
    """A running service."""

    workspace: Workspace
    #: Its address, without the path of the API.
    url: str
    #: Of an administrator.
    token: str
    port: int


def administrator(workspace: Workspace) -> str:
    """Create a user with all rights; return a token of it."""
    assert workspace.wt("user", "create", "ann").code == 0
    assert workspace.wt("user", "grant", "ann", "admin", "--all-projects").code == 0
    found = workspace.wt("token", "create", "--user", "ann")
    assert found.code == 0, found.err
    return found.out.strip()


@contextmanager
def serve(
    workspace: Workspace, *options: str, port: int = 0, token: str = "", policy: str = ""
) -> Iterator[Serving]:
    """Run a service until the end of the block; it has to end with 0 by SIGTERM.

    ``policy`` is TOML that follows the permission of local work.
    """
    workspace.write({})
    text = f"[policy]\nlocal_work = true\n{policy}"
    (workspace.path / "policy.toml").write_text(text, encoding="utf-8")
    token = token or administrator(workspace)
    log = workspace.path / f"serve-{len(list(workspace.path.glob('serve-*')))}.log"
    running = _start(workspace, log, [*options, "--port", str(port), "--policy", "policy.toml"])
    try:
        found = _address(running, log)
        yield Serving(workspace, found[1].removesuffix("/api/v1"), token, int(found[2]))
    finally:
        running.send_signal(signal.SIGTERM)
        code = running.wait(timeout=300)
    said = log.read_text("utf-8")
    assert (code, "Traceback" in said) == (0, False), said


def _start(workspace: Workspace, log: Path, options: Sequence[str]) -> subprocess.Popen[bytes]:
    # A file, because processes of tasks write to it after the service has ended.
    with log.open("w", encoding="utf-8") as file:
        return subprocess.Popen(
            [*COMMAND, "serve", *options],
            cwd=workspace.path,
            env=workspace.environment,
            stderr=file,
        )


def _address(running: subprocess.Popen[bytes], log: Path) -> re.Match[str]:
    def address() -> re.Match[str] | None:
        assert running.poll() is None, log.read_text("utf-8")
        return re.search(r"serving (https?://[^/\s]*:(\d+)\S*)", log.read_text("utf-8"))

    wait_for(lambda: address() is not None)
    found = address()
    assert found is not None
    return found
