"""Running commands and looking at processes."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from lab.errors import LabError


def run(
    argv: Sequence[str | Path],
    *,
    stdin: str | BinaryIO | None = None,
    check: bool = True,
    timeout: float | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command and return it with its output; ``stdin`` is its input, as text or a file.

    Raises LabError with the command's own error text when it fails and ``check`` is true.
    """
    words = [str(word) for word in argv]
    done = subprocess.run(
        words,
        **_source(stdin),
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=timeout,
        env=None if env is None else dict(env),
    )
    if check and done.returncode != 0:
        text = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise LabError(f"`{' '.join(words)}` failed with code {done.returncode}:\n{text}")
    return done


def _source(stdin: str | BinaryIO | None) -> dict[str, Any]:
    if isinstance(stdin, str):
        return {"input": stdin}
    return {"stdin": subprocess.DEVNULL if stdin is None else stdin}


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Poll a condition; true as soon as it holds, false when the time is over."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= end:
            return False
        time.sleep(pause)
    return True


def alive(pid: int) -> bool:
    """Whether a process is there and not merely waiting to be reaped."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in {"Z", "X"}


def send(pid: int, signal: int) -> None:
    """Signal a process that may be gone already."""
    try:
        os.kill(pid, signal)
    except ProcessLookupError:
        return
