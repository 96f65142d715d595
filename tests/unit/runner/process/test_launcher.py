"""The launcher ends quietly when its executor is killed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path


def test_a_launcher_whose_executor_ended_prints_nothing(tmp_path: Path) -> None:
    """What it prints would be taken for the reason why a later run of the task failed."""
    ours, theirs = socket.socketpair()
    memory = tmp_path / "memory"
    memory.mkdir()
    code = "import sys; from worldtree.runner.process.launcher import start; start(*sys.argv[1:])"
    paths = [str(tmp_path / "control"), str(memory), str(tmp_path / "checked")]
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(theirs.fileno()), *paths],
            env={**os.environ, "HOME": str(tmp_path)},
            pass_fds=[theirs.fileno()],
            stderr=subprocess.PIPE,
            text=True,
        )
    ours.close()
    _, printed = process.communicate()
    assert (process.returncode, printed) == (0, "")
    assert not memory.exists()
