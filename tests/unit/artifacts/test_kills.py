"""Processes that are killed while they download: the cache has whole, right files only."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from unit.artifacts.artifacts_of_tests import sha256
from unit.artifacts.fault_server import FileServer


def test_a_kill_at_any_moment_leaves_nothing_wrong(server: FileServer, tmp_path: Path) -> None:
    """The next process goes on with what the killed one left, or begins again."""
    _try(server, tmp_path, kills=5, seed=1)


@pytest.mark.long  # Minutes on a busy machine.
def test_a_hundred_kills_leave_nothing_wrong(server: FileServer, tmp_path: Path) -> None:
    """Some of them hit a download that the next process continues."""
    _try(server, tmp_path, kills=100, seed=2)
    assert any("Range" in headers for headers in server.requests_of("/shop"))


def test_a_download_that_fails_ends_the_trials(server: FileServer, tmp_path: Path) -> None:
    """It would pass for one that was not killed in time."""
    server.add("/shop", b"", statuses=[404])
    done = _trials(server, tmp_path, b"shop", kills=1, seed=1)
    assert done.returncode == 1
    assert "404" in done.stderr


def _try(server: FileServer, directory: Path, *, kills: int, seed: int) -> None:
    body = random.Random(seed).randbytes(3 << 20)
    server.add("/shop", body)
    done = _trials(server, directory, body, kills=kills, seed=seed)
    assert done.returncode == 0, done.stderr
    assert f"killed={kills} " in done.stdout


def _trials(
    server: FileServer, directory: Path, body: bytes, *, kills: int, seed: int
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "unit.artifacts.kill_trials", str(directory / "cache")]
    return subprocess.run(
        [*command, server.url, sha256(body), str(kills), str(seed)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
