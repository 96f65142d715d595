"""Runs a program with limits on its time and output, in a process group that ends as a whole."""

from __future__ import annotations

import io
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

_CHUNK_BYTES = 65_536

#: The signal by which a program aborts itself.
ABORT = int(signal.SIGABRT)
#: Why a program ended: by itself, by a signal, or at a limit.
Ending = Literal["exit", "signal", "cpu", "wall", "output"]


@dataclass(frozen=True, slots=True)
class LimitedResult:
    """What a program wrote, and how it ended."""

    ending: Ending
    #: Its standard output; empty where it was ended at a limit, and where that went to a file.
    output: bytes = b""
    #: Its exit code, or the number of the signal.
    code: int = 0


def run_limited(
    command: Sequence[str],
    *,
    directory: Path,
    environ: Mapping[str, str],
    wall_seconds: float,
    output_bytes: int,
    output: IO[bytes] | None = None,
) -> LimitedResult:
    """Run ``command`` and return what it wrote; raises ``OSError`` if it cannot be started.

    It has the variables ``environ`` and no other, no standard input, and no descriptor of the
    caller. All processes of its group are ended with it. What it writes goes to the file
    ``output``, if that is given; raises ``OSError`` of that, too.
    """
    process = subprocess.Popen(
        command,
        cwd=directory,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        close_fds=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + wall_seconds
    file = io.BytesIO() if output is None else output
    try:
        if (limit := _copy(process, deadline, output_bytes, file)) is not None:
            return LimitedResult(limit)
        code = process.wait(timeout=max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return LimitedResult("wall")
    finally:
        _end(process)
    if code == -signal.SIGXCPU:
        return LimitedResult("cpu")
    found = file.getvalue() if isinstance(file, io.BytesIO) else b""
    return LimitedResult("signal" if code < 0 else "exit", found, abs(code))


def _copy(
    process: subprocess.Popen[bytes], deadline: float, output_bytes: int, file: IO[bytes]
) -> Ending | None:
    """Copy what the process writes until it closes its output; return the limit that it met."""
    assert process.stdout is not None
    size = 0
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                return "wall"
            chunk = os.read(process.stdout.fileno(), _CHUNK_BYTES)
            if not chunk:
                return None
            size += len(chunk)
            if size > output_bytes:
                return "output"
            file.write(chunk)


def _end(process: subprocess.Popen[bytes]) -> None:
    # Its children may still be there when it has ended itself: the group keeps its number as
    # long as one of them lives.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
