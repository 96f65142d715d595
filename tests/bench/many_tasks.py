"""Lists of tasks in a PostgreSQL database with very many of them, through the API."""

from __future__ import annotations

import os
import time
from pathlib import Path

from sqlalchemy import create_engine, text

from bench.figures import Figure, table
from bench.reads import ask
from bench.served import Served, served
from unit.store import postgres

#: Maximum of the 99th percentile of each list, in milliseconds.
P99_MS = 50
_TASKS = int(os.environ.get("WORLDTREE_BENCH_TASKS", "1000000"))
_EVENTS = int(os.environ.get("WORLDTREE_BENCH_EVENTS", "10000000"))
_CLUSTERS = 200
#: Requests per second, one after another: what is measured is the list, not the load.
_RATE, _SECONDS = 10, 10
#: Rows of an insert.
_BATCH = 200_000

_CLUSTER_ROWS = """
INSERT INTO clusters (name, project, created)
SELECT 'cluster' || n, 'default', 1.7e9 FROM generate_series(0, :clusters - 1) AS n
"""
_TASK_ROWS = """
INSERT INTO tasks (id, cluster, pipeline, command, directory, status, created, asked, started,
                   ended, actor, request)
SELECT 't' || lpad(n::text, 9, '0'), 'cluster' || n % :clusters, 'create-cluster', 'apply',
       'tasks/t' || n, CASE WHEN n % 10 = 0 THEN 'failed' ELSE 'succeeded' END,
       1.7e9 + n, 1.7e9 + n, 1.7e9 + n, 1.7e9 + n + 60,
       '{"kind":"user","name":"ann","origin":""}', repeat('{"pipeline": "create-cluster"} ', 20)
FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS n
"""
_EVENT_ROWS = """
INSERT INTO events (task, seq, kind, time, node, host, body)
SELECT 't' || lpad((n % :tasks)::text, 9, '0'), n / :tasks + 1, 'host-task-finished', 1.7e9 + n,
       'create-cluster/app/web/step', 'web' || n % 100,
       '{"kind":"host-task-finished","host":"web","task":"a task","message":"changed"}'
FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS n
"""


def measure(directory: Path) -> list[Figure]:
    """Return the figure of the slowest list."""
    with postgres.running() as server:
        url = postgres.make_database(server.socket, "bench")
        with served(
            directory, "--tasks", "0", variables={"WORLDTREE_DATABASE_URL": url}
        ) as service:
            took = _fill(url)
            found = {name: ask(service, [path], _RATE, _SECONDS) for name, path in _lists(service)}
    worst = max(one["p99"] for one in found.values())
    rows = [[name, f"{one['p50']:.0f}", f"{one['p99']:.0f}"] for name, one in found.items()]
    return [
        Figure(
            f"Service: lists of {_TASKS:,} tasks with {_EVENTS:,} events in PostgreSQL",
            f"slowest p99 {worst:.0f} ms",
            f"≤ {P99_MS} ms",
            worst <= P99_MS,
            [
                f"Pages of 50, {_RATE} requests/s; the rows were made in {took:.0f} s.",
                "",
                *table(["page", "p50 (ms)", "p99 (ms)"], rows),
            ],
        )
    ]


def _fill(url: str) -> float:
    """Make the rows; return the seconds that it took."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    began = time.perf_counter()
    with engine.connect() as connection:
        # The references are right; without this each is looked up.
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text(_CLUSTER_ROWS), {"clusters": _CLUSTERS})
        for rows, count, more in (
            (_TASK_ROWS, _TASKS, {"clusters": _CLUSTERS}),
            (_EVENT_ROWS, _EVENTS, {"tasks": _TASKS}),
        ):
            for first in range(0, count, _BATCH):
                last = min(first + _BATCH, count) - 1
                connection.execute(text(rows), {"first": first, "last": last, **more})
                connection.commit()
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text("ANALYZE"))
    engine.dispose()
    return time.perf_counter() - began


def _lists(service: Served) -> list[tuple[str, str]]:
    """Return what each list is called, and its path."""
    found = {
        "newest": "/tasks?limit=50",
        "of one cluster": "/tasks?limit=50&cluster=cluster7",
        "failed": "/tasks?limit=50&status=failed",
        "running, of which there are none": "/tasks?limit=50&status=running",
        "failed of one cluster": "/tasks?limit=50&status=failed&cluster=cluster10",
    }
    cursor = ""
    for _ in range(20):
        answer = service.client.get(f"/tasks?limit=200{cursor}")
        answer.raise_for_status()
        if (following := answer.json()["next"]) is None:
            break
        cursor = f"&cursor={following}"
    found["4,000 tasks later"] = f"/tasks?limit=50{cursor}"
    return [(name, f"/api/v1{path}") for name, path in found.items()]
