"""The queue: what a worker is to do with tasks, of all projects.

A row is a wish, not the truth: whether its task begins, goes on or has ended is decided by the
task and by the lease of its cluster. A row that is lost or taken twice does no harm.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from worldtree.core.actor import Actor
from worldtree.core.process_identity import ProcessIdentity
from worldtree.store.asked_tasks import asked_row
from worldtree.store.base import StorePart
from worldtree.store.idempotency import note_outcome
from worldtree.store.schema import tasks
from worldtree.store.service_tables import queue


@dataclass(frozen=True, slots=True)
class QueuedTask:
    """A row of the queue; ``asked`` is UTC epoch seconds."""

    id: int
    #: Ids of the project, the cluster and the task.
    project: str
    cluster: str
    task: str
    #: What to do with the task, as ``ask`` got it.
    request: Mapping[str, Any]
    actor: Actor
    priority: int
    asked: float
    #: The process that works on it; None while it waits.
    process: ProcessIdentity | None
    #: How often a process began to work on it.
    tries: int
    #: The id of the worker of that process; None while it waits.
    worker: str | None = None


class TaskQueue(StorePart):
    """Writes and reads the queue."""

    def enqueue_task(
        self,
        task: str,
        cluster: str,
        pipeline: str,
        command: str,
        *,
        actor: Actor,
        request: Mapping[str, Any],
        work: Mapping[str, Any],
        parent: str | None = None,
        priority: int = 0,
    ) -> None:
        """Store a new task that ``actor`` asks for, and put ``work`` on it into the queue."""
        now = time.time()
        row = asked_row(
            task, pipeline, command, now, actor=actor, request=request, process=None, parent=parent
        )
        with self._writer.begin() as connection:
            row["cluster"] = self._ensure(connection, cluster, now)
            connection.execute(insert(tasks), row)
            self._enqueue(connection, row["cluster"], task, work, actor, priority, now)

    def enqueue_work(
        self, task: str, work: Mapping[str, Any], *, actor: Actor, priority: int = 0
    ) -> bool:
        """Put work on an existing task into the queue; return False if it is there already."""
        there = select(queue.c.id).where(queue.c.task == task)
        cluster = select(tasks.c.cluster).where(tasks.c.id == task).with_for_update()
        with self._writer.begin() as connection:
            key = connection.execute(cluster).scalar_one()
            if connection.execute(there).first() is not None:
                return False
            self._enqueue(connection, key, task, work, actor, priority, time.time())
        return True

    def _enqueue(
        self,
        connection: Connection,
        cluster: str,
        task: str,
        work: Mapping[str, Any],
        actor: Actor,
        priority: int,
        now: float,
    ) -> None:
        row = {
            "project": self.project,
            "cluster": cluster,
            "task": task,
            "request": json.dumps(work),
            "actor": actor.to_json(),
            "priority": priority,
            "asked": now,
            "tries": 0,
        }
        connection.execute(insert(queue), row)
        note_outcome(connection, {"task": task})

    def queued_tasks(self) -> list[QueuedTask]:
        """Return all rows, in the order in which they are to be taken."""
        query = select(queue).order_by(queue.c.priority.desc(), queue.c.id)
        with self._engine.connect() as connection:
            return [_queued_task(row) for row in connection.execute(query)]

    def take_queued(
        self,
        process: ProcessIdentity,
        choose: Callable[[list[QueuedTask]], QueuedTask | None],
    ) -> QueuedTask | None:
        """Take the row that ``choose`` returns of all rows, for ``process``; None without one.

        Nobody else takes a row meanwhile.
        """
        with self._writer.begin() as connection:
            found = [_queued_task(row) for row in connection.execute(_ROWS_TO_TAKE)]
            chosen = choose(found)
            if chosen is None:
                return None
            values = {"process": process.to_json(), "tries": chosen.tries + 1}
            connection.execute(update(queue).where(queue.c.id == chosen.id).values(values))
        return chosen

    def set_worker_process(self, row: int, old: ProcessIdentity, new: ProcessIdentity) -> bool:
        """Pass a row from one process to another; return False if the first has it no more."""
        query = update(queue).where(queue.c.id == row, queue.c.process == old.to_json())
        with self._writer.begin() as connection:
            return bool(connection.execute(query.values(process=new.to_json())).rowcount)

    def finish_queued(self, row: int, process: ProcessIdentity) -> bool:
        """Delete a row that ``process`` has; return False if it has it no more."""
        query = delete(queue).where(queue.c.id == row, queue.c.process == process.to_json())
        with self._writer.begin() as connection:
            return bool(connection.execute(query).rowcount)

    def requeue(self, row: int, process: ProcessIdentity, work: Mapping[str, Any]) -> bool:
        """Give back a row that ``process`` had, with other work; False if it has it no more."""
        query = update(queue).where(queue.c.id == row, queue.c.process == process.to_json())
        values = {"process": None, "request": json.dumps(work)}
        with self._writer.begin() as connection:
            return bool(connection.execute(query.values(values)).rowcount)


#: On a server, who comes second waits for the first one's transaction.
_ROWS_TO_TAKE = (
    select(queue).order_by(queue.c.priority.desc(), queue.c.id).with_for_update(of=queue)
)


def in_turn(rows: Iterable[QueuedTask], limit: int) -> QueuedTask | None:
    """Return the row to take next, or None where ``limit`` rows are taken or none may be.

    One row at a time of a cluster; by priority, then of the project with the fewest taken rows,
    then the oldest.
    """
    waiting: list[QueuedTask] = []
    clusters: set[str] = set()
    taken: dict[str, int] = {}
    for row in rows:
        if row.process is None:
            waiting.append(row)
        else:
            clusters.add(row.cluster)
            taken[row.project] = taken.get(row.project, 0) + 1
    if sum(taken.values()) >= limit:
        return None
    free = (row for row in waiting if row.cluster not in clusters)
    return min(
        free, key=lambda row: (-row.priority, taken.get(row.project, 0), row.id), default=None
    )


def _queued_task(row: Any) -> QueuedTask:
    values = {
        **row._mapping,
        "request": json.loads(row.request),
        "actor": Actor.from_json(row.actor),
        "process": None if row.process is None else ProcessIdentity.from_json(row.process),
    }
    return QueuedTask(**values)
