"""Processes that are killed while they download: the cache has whole, right files only."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from unit.artifacts.artifacts_of_tests import sha256
from unit.artifacts.fault_server import FileServer


@pytest.mark.parametrize(
    ("kills", "seed"),
    [
        (5, 1),
        pytest.param(100, 2, marks=pytest.mark.long),  # Minutes on a busy machine.
    ],
)
def test_a_kill_at_any_moment_leaves_nothing_wrong(
    server: FileServer, tmp_path: Path, kills: int, seed: int
) -> None:
    """The next process goes on with what the killed one left, or begins again."""
    body = random.Random(seed).randbytes(3 << 20)
    server.add("/shop", body)
    command = [sys.executable, "-m", "unit.artifacts.kill_trials", str(tmp_path / "cache")]
    done = subprocess.run(
        [*command, server.url, sha256(body), str(kills), str(seed)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    assert f"killed={kills}" in done.stdout
    assert any("Range" in headers for headers in server.requests_of("/shop")) or kills < 100
