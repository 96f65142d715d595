"""Times commands as whole processes: wall clock, CPU of the process tree, peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Sample:
    """One finished process: seconds, seconds of CPU (children included), peak KiB of the largest."""

    wall: float
    cpu: float
    peak: int


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, what bound it was held against, and how it came out."""

    name: str
    value: str
    bound: str
    ok: bool
    detail: str = ""


def run(command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> Sample:
    """Run ``command`` to its end; raises ``RuntimeError`` with its output when it fails."""
    with (cwd / ".bench-output").open("w+b") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=cwd, env=dict(env), stdout=output, stderr=output, stdin=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            output.seek(0)
            tail = output.read()[-3000:].decode(errors="replace")
            msg = f"{' '.join(command)} ended with {process.returncode}:\n{tail}"
            raise RuntimeError(msg)
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def alternate(
    first: Sequence[str], second: Sequence[str], *, rounds: int, cwd: Path, env: Mapping[str, str]
) -> tuple[list[Sample], list[Sample]]:
    """Run both in turn, so that a drift of the machine's speed meets both; one warm-up each."""
    run(first, cwd=cwd, env=env)
    run(second, cwd=cwd, env=env)
    left, right = [], []
    for _ in range(rounds):
        left.append(run(first, cwd=cwd, env=env))
        right.append(run(second, cwd=cwd, env=env))
    return left, right


def middle(samples: Sequence[Sample]) -> Sample:
    """Return the median of each figure."""
    return Sample(
        median(s.wall for s in samples),
        median(s.cpu for s in samples),
        int(median(s.peak for s in samples)),
    )


def ratio(left: Sequence[Sample], right: Sequence[Sample]) -> float:
    """Return the median of the wall-clock ratios, pair by pair."""
    return median(a.wall / b.wall for a, b in zip(left, right, strict=True))


def machine() -> str:
    """Describe the machine in one line, without naming it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    python = ".".join(map(str, sys.version_info[:3]))
    return f"{os.cpu_count()} cores, {memory:.0f} GiB of memory, {os.uname().sysname}, Python {python}"
