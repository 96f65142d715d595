"""The memory of a service and of a worker over a long time, with tasks and readers all the time."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression

import httpx2

from bench.documents import command_document
from bench.figures import Figure, table
from bench.measure import PROGRAMS, environment
from bench.reads import ask
from bench.served import Served, resident, served
from unit.store import postgres

_SECONDS = float(os.environ.get("WORLDTREE_BENCH_RESIDENT_SECONDS", "3600"))
#: Requests per second beside the streams and the tasks.
_RATE = float(os.environ.get("WORLDTREE_BENCH_RESIDENT_RATE", "20"))
#: Clusters that get one task after another, each with a reader of its stream.
_CLUSTERS = 2
#: Measurements in all, and the share of the time after which processes are warm.
_SAMPLES, _WARM_SHARE = 60, 1 / 3
#: MiB by which a warm process may grow until the end.
MAX_GROWTH = 8.0


@dataclass(frozen=True)
class Sample:
    """MiB of each process, some seconds after the beginning."""

    seconds: float
    sizes: Mapping[str, float]


def measure(directory: Path) -> list[Figure]:
    """Return a figure for the service and one for the worker."""
    with postgres.running(durable=True) as server:
        variables = {"WORLDTREE_DATABASE_URL": postgres.make_database(server.socket, "resident")}
        options = ("--tasks", "0")
        with (
            served(directory, *options, variables=variables) as service,
            _worker(directory, variables) as worker,
        ):
            samples, tasks = _watch(service, {"service": service.pid, "worker": worker})
    return [
        growth_figure(f"Memory of the {name}", name, samples, tasks) for name in samples[0].sizes
    ]


def growth_figure(title: str, name: str, samples: Sequence[Sample], tasks: int) -> Figure:
    """Return by how much a process grew once it was warm: along a line through its sizes."""
    minutes = samples[-1].seconds / 60
    warm = [one for one in samples if one.seconds >= samples[-1].seconds * _WARM_SHARE]
    times = [one.seconds for one in warm]
    slope = linear_regression(times, [one.sizes[name] for one in warm]).slope
    growth = slope * (times[-1] - times[0])
    every = max(1, len(samples) // 12)
    rows = [[f"{one.seconds / 60:.1f}", f"{one.sizes[name]:.1f}"] for one in samples[::every]]
    return Figure(
        f"{title} over {minutes:.0f} minutes with {tasks:,} tasks and {_RATE:g} reads/s",
        f"{growth:+.1f} MiB in the last {(times[-1] - times[0]) / 60:.0f} minutes",
        f"≤ {MAX_GROWTH:g} MiB",
        growth <= MAX_GROWTH,
        table(["minute", "MiB"], rows),
    )


def _watch(service: Served, processes: Mapping[str, int]) -> tuple[list[Sample], int]:
    """Work and read for the time; return the sizes of the processes, and the number of tasks."""
    over, counts = threading.Event(), [0] * _CLUSTERS
    samples = []
    with ThreadPoolExecutor(_CLUSTERS + 1) as pool:
        loads = [
            pool.submit(_work, service, f"bench{number}", over, counts, number)
            for number in range(_CLUSTERS)
        ]
        while not all(counts) and not any(one.done() for one in loads):
            time.sleep(0.1)
        began = time.monotonic()
        loads.append(pool.submit(ask, service, _paths(service), _RATE, _SECONDS))
        for number in range(_SAMPLES + 1):
            over.wait(max(0.0, began + number * _SECONDS / _SAMPLES - time.monotonic()))
            sizes = {name: resident(pid) / 1024 for name, pid in processes.items()}
            samples.append(Sample(time.monotonic() - began, sizes))
            if any(one.done() and one.exception() for one in loads):
                break
        over.set()
        for one in loads:
            one.result()
    return samples, sum(counts)


def _paths(service: Served) -> list[str]:
    task = service.client.get("/tasks", params={"limit": 1}).json()["items"][0]["id"]
    return [
        "/api/v1/tasks?limit=50",
        f"/api/v1/tasks/{task}",
        f"/api/v1/tasks/{task}/logs?limit=100",
        f"/api/v1/tasks/{task}/events?limit=100",
        "/api/v1/clusters",
        "/metrics",
        "/readyz",
    ]


def _work(service: Served, name: str, over: threading.Event, counts: list[int], place: int) -> None:
    """Ask for one task after another, and read the stream of each to its end."""
    with httpx2.Client(
        base_url=service.client.base_url,
        headers={"Authorization": service.header},
        trust_env=False,
        timeout=600,
    ) as client:
        answer = client.post(
            "/clusters",
            content=command_document(name),
            headers={"Content-Type": "application/yaml"},
        )
        while True:
            answer.raise_for_status()
            _read_stream(client, answer.json()["task_id"])
            counts[place] += 1
            if over.is_set():
                return
            answer = client.post(f"/clusters/{name}/tasks", json={})


def _read_stream(client: httpx2.Client, task: str) -> None:
    """Read the stream of a task to its end. Raises ``RuntimeError`` if it did not succeed."""
    last = ""
    with client.stream("GET", f"/tasks/{task}/events/stream") as stream:
        for line in stream.iter_lines():
            if line.startswith("data: "):
                last = line
    if '"succeeded"' not in last:
        raise RuntimeError(f"the stream of {task} ended with {last or 'nothing'}")


@contextmanager
def _worker(directory: Path, variables: Mapping[str, str]) -> Iterator[int]:
    """Run a worker with the policy of the service until the end of the block; yields its pid."""
    env = {**environment(directory / "worker"), **variables}
    line = [str(PROGRAMS / "wt"), "worker", "--tasks", str(_CLUSTERS), "--policy", "policy.toml"]
    with (directory / "worker.log").open("wb") as log:
        running = subprocess.Popen(line, cwd=directory, env=env, stderr=log)
    try:
        yield running.pid
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait()
