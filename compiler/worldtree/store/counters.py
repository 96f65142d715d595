"""Counts of what ever happened, of all projects: they never decrease.

Rows of tasks change when a task is resumed, and pruning deletes them; a monitoring system takes a
count that decreases for one that began again from 0. So what is counted is counted when it
happens, in the same transaction, and reading the counts costs the same however much was counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from zlib import crc32

from sqlalchemy import Connection

from worldtree.results.status import TaskStatus
from worldtree.store.schema import counters
from worldtree.store.statement import CompiledStatement
from worldtree.store.upsert import INSERTS

#: Rows of one count; see ``schema.counters``.
_SHARDS = 64


class Counter(StrEnum):
    """What is counted, and what the label says."""

    #: Ends of tasks, by ``TaskStatus``. A task that is resumed ends again.
    TASK_ENDS = "task-ends"
    #: Ends of tasks that began, by command and the first of ``DURATION_BUCKETS`` that holds it.
    TASK_DURATIONS = "task-durations"
    #: The sum of their durations, by command.
    TASK_SECONDS = "task-seconds"
    #: Ends of a node on a host, by ``HostStatus``.
    STEP_EXECUTIONS = "step-executions"
    EVENTS = "events"
    #: Writes that were refused because their task had lost the lease of its cluster.
    FENCING_REFUSALS = "fencing-refusals"
    #: Workers that others fenced, since they had missed their heartbeats.
    WORKER_FENCES = "worker-fences"


#: Counter and label -> by how much it grows.
Counts = Mapping[tuple[Counter, str], float]


def _make(dialect: str) -> Any:
    query = INSERTS[dialect](counters)
    grown = {"value": counters.c.value + query.excluded.value}
    keys = [column.name for column in counters.primary_key]
    return query.on_conflict_do_update(index_elements=keys, set_=grown)


_ADD = CompiledStatement(counters, _make, tuple(column.name for column in counters.c))


def add_counts(connection: Connection, task: str, counts: Counts) -> None:
    """Add ``counts`` within a transaction of ``task``, best as its last statement."""
    shard = crc32(task.encode()) % _SHARDS
    # In one order, so that two transactions never wait for each other.
    rows = [
        {"name": name.value, "label": label, "shard": shard, "value": value}
        for (name, label), value in sorted(counts.items())
        if value
    ]
    if rows:
        _ADD.run(connection, rows)


def count_end(connection: Connection, task: str, status: TaskStatus) -> None:
    """Count the end of a task that never began, or whose process had died."""
    add_counts(connection, task, {(Counter.TASK_ENDS, TaskStatus(status).value): 1})
