"""Readers of one task's stream while its events are written: time from commit to receipt.

The server, the writer and the readers are processes of their own, as in use. Run as ``python -m
bench.streams serve|write|read …`` it is one of them.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.figures import Figure, table
from bench.measure import environment

#: Maximum of the 99th percentile, in milliseconds.
P99_MS = 500
_READERS = int(os.environ.get("WORLDTREE_BENCH_READERS", "500"))
#: Events per second that are written, and for how many seconds.
_RATE = int(os.environ.get("WORLDTREE_BENCH_EVENT_RATE", "1000"))
_SECONDS = int(os.environ.get("WORLDTREE_BENCH_STREAM_SECONDS", "20"))
#: Commits per second.
_COMMITS = 20
#: The message of each line begins with the time before its commit.
_MARK = b'"message":"sent '
_SENT = re.compile(_MARK + rb"(\d+\.\d{6}) ")


def measure(directory: Path) -> list[Figure]:
    """Return the figure of the delay."""
    home = directory / "home"
    env = {**environment(home), "PYTHONPATH": os.pathsep.join(sys.path)}
    # The sizes, which the processes read for themselves.
    env |= {name: value for name, value in os.environ.items() if name.startswith("WORLDTREE_BENCH")}
    line = [sys.executable, "-m", "bench.streams"]
    task = subprocess.run(
        [*line, "create", str(home)], env=env, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()
    pipe = subprocess.PIPE
    server = subprocess.Popen([*line, "serve", str(home)], env=env, stdout=pipe, text=True)
    try:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        reader = subprocess.Popen([*line, "read", port, task], env=env, stdout=pipe, text=True)
        assert reader.stdout is not None
        if reader.stdout.readline().strip() != "ready":
            raise RuntimeError("the readers could not connect")
        writer = [*line, "write", str(home), task]
        took = float(
            subprocess.run(writer, env=env, check=True, stdout=pipe, text=True).stdout.strip()
        )
        found = json.loads(reader.communicate()[0])
    finally:
        server.terminate()
        server.communicate()
    return [_figure(found, took)]


def _figure(found: dict[str, Any], took: float) -> Figure:
    expected = _RATE * _SECONDS * _READERS
    is_whole = found["lines"] == expected
    rows = [
        ["p50", f"{found['p50']:.0f} ms"],
        ["p99", f"{found['p99']:.0f} ms"],
        ["longest", f"{found['max']:.0f} ms"],
        ["lines received", f"{found['lines']:,} of {expected:,}"],
        ["written in", f"{took:.1f} s"],
    ]
    return Figure(
        f"Streams: {_READERS} readers of one task with {_RATE:,} events/s, commit to receipt",
        f"p99 {found['p99']:.0f} ms",
        f"≤ {P99_MS} ms",
        is_whole and found["p99"] <= P99_MS,
        table(["", ""], rows),
    )


def _create(home: Path) -> None:
    from worldtree.plan.execution_graph import ExecutionGraph
    from worldtree.plan.plan import Plan
    from worldtree.plan.policy import DEFAULT_POLICY
    from worldtree.store.store import Store

    graph = ExecutionGraph(pipeline="create-cluster", nodes={}, edges=())
    plan = Plan(
        cluster="bench", pipeline="create-cluster", hosts=(), policy=DEFAULT_POLICY, graph=graph
    )
    with Store.open(home) as store:
        print(store.create_task(plan, "apply").id)


def _serve(home: Path) -> None:
    import socket

    import uvicorn
    from fastapi import FastAPI

    from worldtree.api.streams.routes import stream_router
    from worldtree.api.streams.server import StreamingServer
    from worldtree.app.tasks.event_feed import EventFeed
    from worldtree.app.tasks.log_reader import LogReader
    from worldtree.store.store import Store

    with Store.open(home) as store, socket.socket() as listening:
        feed = EventFeed(lambda: store)
        app = FastAPI()
        app.include_router(stream_router(lambda _: LogReader(lambda: store), feed))
        listening.bind(("127.0.0.1", 0))
        listening.listen(_READERS)
        print(listening.getsockname()[1], flush=True)
        config = uvicorn.Config(app, log_level="warning")
        StreamingServer(config, feed).run(sockets=[listening])
        feed.close()


def _write(home: Path, task: str) -> None:
    """Write the events in even steps, and print the seconds that it took."""
    from worldtree.core.process_identity import current_process, is_dead
    from worldtree.results.events import Event, EventKind
    from worldtree.store.store import Store

    with Store.open(home) as store:
        lease = store.acquire_lease("bench", task, current_process(), proven_dead=is_dead)
        recorder = store.recorder(task, lease)
        known = {"task_id": task, "cluster": "bench", "pipeline": "create-cluster", "nodes": []}
        recorder.record([Event(kind=EventKind.TASK_STARTED, time=time.time(), result=known)])
        began = time.perf_counter()
        for n in range(_SECONDS * _COMMITS):
            time.sleep(max(0.0, began + n / _COMMITS - time.perf_counter()))
            recorder.record(
                [
                    Event(
                        kind=EventKind.HOST_TASK_FINISHED,
                        time=time.time(),
                        node="create-cluster/bench/task/node",
                        host=f"web{number}",
                        status="changed",
                        message=f"sent {time.time():.6f} {'x' * 200}",
                    )
                    for number in range(_RATE // _COMMITS)
                ]
            )
        print(time.perf_counter() - began)
        recorder.record([Event(kind=EventKind.TASK_FINISHED, time=time.time(), status="succeeded")])
        lease.release()


class _Reader(asyncio.Protocol):
    """Follows the log; as light as can be, since all readers share a core with the server.

    The delay of the first line in each piece that arrives is taken, which waited longest.
    """

    def __init__(self, request: bytes, delays: list[float]) -> None:
        self._request, self._delays = request, delays
        self._rest = b""
        self.lines = 0
        self.is_ready, self.has_ended = asyncio.Event(), asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now = time.time()
        self.is_ready.set()
        data = self._rest + data
        if found := _SENT.search(data):
            self._delays.append(now - float(found[1]))
        self.lines += data.count(_MARK)
        # Too short for a whole mark, which would be counted twice.
        self._rest = data[-(len(_MARK) - 1) :]

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # Lines that lack are noticed.
        self.has_ended.set()


async def _read(port: int, task: str) -> None:
    """Follow the log with all readers to its end, and print the figures."""
    delays: list[float] = []
    head = f"GET /tasks/{task}/logstream HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n"
    loop = asyncio.get_running_loop()
    readers = []
    for _ in range(_READERS):
        _, reader = await loop.create_connection(
            lambda: _Reader(head.encode(), delays), "127.0.0.1", port
        )
        readers.append(reader)
    for reader in readers:
        await reader.is_ready.wait()
    print("ready", flush=True)
    for reader in readers:
        await reader.has_ended.wait()
    delays.sort()
    marks = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    last = len(delays) - 1
    found = {name: delays[int(mark * last)] * 1000 for name, mark in marks.items()}
    print(json.dumps({**found, "lines": sum(reader.lines for reader in readers)}))


if __name__ == "__main__":
    _role, *_rest = sys.argv[1:]
    if _role == "create":
        _create(Path(_rest[0]))
    elif _role == "serve":
        _serve(Path(_rest[0]))
    elif _role == "write":
        _write(Path(_rest[0]), _rest[1])
    else:
        asyncio.run(_read(int(_rest[0]), _rest[1]))
