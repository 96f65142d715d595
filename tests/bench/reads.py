"""Reads of the API at a fixed rate, and the memory of the service over many of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.figures import Figure, table
from bench.served import Served, served
from bench.simulated import make_task

#: Maximum of the 99th percentile, in milliseconds, and requests per second.
P99_MS = 100
RATE = int(os.environ.get("WORLDTREE_BENCH_READ_RATE", "100"))
_SECONDS = int(os.environ.get("WORLDTREE_BENCH_READ_SECONDS", "60"))
#: Seconds of the measurement of memory, in parts of equal length.
_MEMORY_SECONDS = int(os.environ.get("WORLDTREE_BENCH_MEMORY_SECONDS", "600"))
_PARTS = 5
#: KiB by which the service may grow per 1,000 requests, once it is warm.
MAX_GROWTH = 64


def measure(directory: Path) -> list[Figure]:
    """Return the figures of the delay and of memory, with an embedded database."""
    task = make_task(directory / "home")
    paths = [
        "/api/v1/tasks?limit=50",
        f"/api/v1/tasks/{task}",
        "/api/v1/clusters",
        f"/api/v1/tasks/{task}/logs?limit=100",
        f"/api/v1/tasks/{task}/events?limit=100",
        "/api/v1/me/permissions",
    ]
    with served(directory, "--tasks", "0") as service:
        ask(service, paths, RATE, 3)
        found = ask(service, paths, RATE, _SECONDS)
        return [reads_figure("Service: reads", found), _memory(service, paths)]


def ask(service: Served, paths: Sequence[str], rate: float, seconds: float) -> dict[str, float]:
    """Ask from another process; return what ``open_loop`` found."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.open_loop", str(service.port), str(rate), str(seconds)],
        input="\n".join([service.header, *paths]),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    if found["wrong"]:
        raise RuntimeError(f"{found['wrong']} of {found['requests']} requests failed")
    return found


def reads_figure(name: str, found: dict[str, float], bound: float = P99_MS) -> Figure:
    """Return the figure of an open loop."""
    rate = found["requests"] / found["seconds"]
    rows = [[key, f"{found[key]:.1f}"] for key in ("p50", "p99", "max")]
    return Figure(
        f"{name}, {RATE} requests/s offered",
        f"p99 {found['p99']:.0f} ms",
        f"≤ {bound:.0f} ms",
        found["p99"] <= bound,
        [
            f"{found['requests']:,.0f} requests, {rate:.0f} a second answered; milliseconds from "
            "when a request was due.",
            "",
            *table(["", "ms"], rows),
        ],
    )


def _memory(service: Served, paths: Sequence[str]) -> Figure:
    """Return how much the service grows; the first part warms it."""
    sizes, counts = [], []
    for _ in range(_PARTS):
        found = ask(service, paths, RATE, _MEMORY_SECONDS / _PARTS)
        sizes.append(service.resident)
        counts.append(found["requests"])
    growth = (sizes[-1] - sizes[0]) / (sum(counts[1:]) / 1000)
    shown = ", ".join(f"{one / 1024:.1f}" for one in sizes)
    return Figure(
        f"Service: memory over {sum(counts):,.0f} reads in {_MEMORY_SECONDS} s",
        f"{growth:.0f} KiB per 1,000 requests",
        f"≤ {MAX_GROWTH} KiB per 1,000 requests",
        growth <= MAX_GROWTH,
        [f"MiB of the process after each fifth: {shown}."],
    )
