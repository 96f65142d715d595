"""The queue: what a worker is to do with tasks, of all projects.

A row is a wish, not the truth: whether its task begins, goes on or has ended is decided by the
task and by the lease of its cluster. A row that is lost or taken twice does no harm.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from worldtree.core.actor import Actor
from worldtree.core.process_identity import ProcessIdentity
from worldtree.store.archive_rows import hold_archive
from worldtree.store.asked_tasks import WaitReason, asked_row
from worldtree.store.audit import add_entry
from worldtree.store.base import StorePart
from worldtree.store.cluster_ids import CLUSTER_NAME
from worldtree.store.idempotency import note_outcome
from worldtree.store.queue_order import QueuePlace
from worldtree.store.queue_places import queue_places
from worldtree.store.schema import clusters, leases, tasks
from worldtree.store.service_tables import queue
from worldtree.store.worker_work import owner, worker_of
from worldtree.store.workers import database_time, gone_workers, may_work


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


@dataclass(frozen=True, slots=True)
class NewQueuedTask:
    """A task that ``actor`` asks for, and the work on it for the queue."""

    task: str
    #: The name of its cluster.
    cluster: str
    pipeline: str
    command: str
    actor: Actor
    #: JSON data, like ``work``.
    request: Mapping[str, Any]
    work: Mapping[str, Any]
    #: The task that it rolls back.
    parent: str | None = None
    #: The W3C header of the request.
    traceparent: str | None = None
    priority: int = 0
    #: The digest of the archive that the work needs.
    archive: str | None = None


class TaskQueue(StorePart):
    """Writes and reads the queue."""

    def enqueue_task(self, new: NewQueuedTask) -> None:
        """Store a new task, put the work on it into the queue, and note both in the audit log.

        Raises ``RefusedError`` where the archive that it needs was deleted.
        """
        with self._writer.begin() as connection:
            self._add_task(connection, new)
            self._note_asked(connection, new)

    def _add_task(
        self, connection: Connection, new: NewQueuedTask, *, waits_for: WaitReason | None = None
    ) -> None:
        """Store a new task within a transaction; it enters the queue unless it waits."""
        if new.archive is not None:
            hold_archive(connection, self.project, new.archive)
        now = time.time()
        row = asked_row(
            new.task,
            new.pipeline,
            new.command,
            now,
            actor=new.actor,
            request=new.request,
            process=None,
            parent=new.parent,
        )
        row["cluster"] = self._ensure(connection, new.cluster, now)
        row |= {"waiting_for": waits_for, "traceparent": new.traceparent}
        connection.execute(insert(tasks), row)
        if waits_for is None:
            work, actor, priority = new.work, new.actor, new.priority
            self._enqueue(connection, row["cluster"], new.task, work, actor, priority, now)
        else:
            note_outcome(connection, {"task": new.task})

    def _note_asked(self, connection: Connection, new: NewQueuedTask) -> None:
        """Add the entry for a new task, as the last statement of its transaction."""
        add_entry(
            connection,
            "task-asked",
            new.actor,
            new.cluster,
            new.task,
            new.pipeline,
            project=self.project,
        )

    def enqueue_work(
        self,
        task: str,
        work: Mapping[str, Any],
        *,
        actor: Actor,
        priority: int = 0,
        entry: str | None = None,
    ) -> bool:
        """Put work on an existing task into the queue; return False if it is there already.

        ``entry`` is what the audit log calls it; None where that has it already.
        """
        there = select(queue.c.id).where(queue.c.task == task)
        columns = (tasks.c.cluster, tasks.c.pipeline, CLUSTER_NAME.label("name"))
        known = select(*columns).join(clusters, clusters.c.id == tasks.c.cluster)
        known = known.where(tasks.c.id == task).with_for_update(of=tasks)
        with self._writer.begin() as connection:
            found = connection.execute(known).one()
            if connection.execute(there).first() is not None:
                return False
            self._enqueue(connection, found.cluster, task, work, actor, priority, time.time())
            if entry is not None:
                add_entry(
                    connection, entry, actor, found.name, task, found.pipeline, project=self.project
                )
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

    def queued_tasks(self, *, taken: bool = False) -> list[QueuedTask]:
        """Return all rows in the order in which they are to be taken; or the taken ones alone."""
        query = select(queue).order_by(queue.c.priority.desc(), queue.c.id)
        if taken:
            query = query.where(queue.c.process.is_not(None))
        with self._engine.connect() as connection:
            return [_queued_task(row) for row in connection.execute(query)]

    def queue_places(self) -> list[QueuePlace]:
        """Return all rows as far as their order needs it; no text of a request is read."""
        with self._engine.connect() as connection:
            return queue_places(connection)

    def take_queued(
        self,
        process: ProcessIdentity,
        choose: Callable[[list[QueuePlace]], QueuePlace | None],
        worker: str = "",
    ) -> QueuedTask | None:
        """Take the row that ``choose`` returns of all rows, for ``process``; None without one.

        The process is one of ``worker``; one that was fenced takes none. Nobody else takes a row
        meanwhile.
        """
        with self._writer.begin() as connection:
            if worker and not may_work(connection, worker):
                return None
            connection.execute(_LOCK_ROWS)
            chosen = choose(queue_places(connection))
            if chosen is None:
                return None
            row = connection.execute(select(queue).where(queue.c.id == chosen.id)).one()
            tries = row.tries + 1
            values: dict[str, Any] = {"process": process.to_json(), "tries": tries}
            values["worker"] = owner(worker, tries) if worker else None
            connection.execute(update(queue).where(queue.c.id == chosen.id).values(values))
        return _queued_task(row)

    def abandoned_rows(self) -> list[QueuedTask]:
        """Return the taken rows whose worker is gone for so long that nobody works on them.

        A process that holds the cluster for its row must have been silent for as long.
        """
        query = (
            select(queue, leases.c.holder, leases.c.heartbeat, leases.c.released)
            .outerjoin(leases, leases.c.cluster == queue.c.cluster)
            .where(queue.c.process.is_not(None))
        )
        found = []
        with self._engine.connect() as connection:
            gone, now = gone_workers(connection), database_time(connection)
            for row in connection.execute(query) if gone else ():
                worker = worker_of(row.worker, row.tries)
                if worker is None or gone.get(worker, 0.0) < self.times.takeover:
                    continue
                holds = row.released is None and row.holder == row.process
                if holds and now - row.heartbeat < self.times.takeover:
                    continue
                found.append(_queued_task(row))
        return found

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
        values = {"process": None, "worker": None, "request": json.dumps(work)}
        with self._writer.begin() as connection:
            return bool(connection.execute(query.values(values)).rowcount)


#: On a server, who comes second waits for the first one's transaction, and then sees what it did.
_LOCK_ROWS = select(queue.c.id).order_by(queue.c.id).with_for_update(of=queue)
_COLUMNS = ("id", "project", "cluster", "task", "priority", "asked", "tries")


def _queued_task(row: Any) -> QueuedTask:
    return QueuedTask(
        **{name: getattr(row, name) for name in _COLUMNS},
        request=json.loads(row.request),
        actor=Actor.from_json(row.actor),
        process=None if row.process is None else ProcessIdentity.from_json(row.process),
        worker=None if row.process is None else worker_of(row.worker, row.tries),
    )
