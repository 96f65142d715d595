"""Whether a worker is to work on a task; tasks that have not ended although none is to."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import and_, exists, or_, select, update

from worldtree.core.actor import Actor
from worldtree.results.status import TaskStatus
from worldtree.store.base import StorePart
from worldtree.store.counters import count_end
from worldtree.store.projections import database_text
from worldtree.store.schema import clusters, leases, tasks
from worldtree.store.service_tables import queue


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """What the queue has of a task; ``asked`` is UTC epoch seconds."""

    #: What is to be done: ``run``, ``resume``, ``rollback``, ``cancel``.
    kind: str
    actor: Actor
    asked: float
    #: Whether a process works on it.
    taken: bool
    #: How often a process began to.
    tries: int


class UnendedTasks(StorePart):
    """Finds tasks that may be interrupted, and stores that they are."""

    def queue_entry(self, task: str) -> QueueEntry | None:
        """Return what the queue has of a task (its whole id); None where that is nothing."""
        columns = (queue.c.request, queue.c.actor, queue.c.asked, queue.c.process, queue.c.tries)
        query = select(*columns).where(queue.c.task == task)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        kind, actor = json.loads(row.request).get("kind", "run"), Actor.from_json(row.actor)
        return QueueEntry(kind, actor, row.asked, row.process is not None, row.tries)

    def unended_tasks(self) -> list[tuple[str, str]]:
        """Return project and task (their ids) of what seems to be at work without the queue.

        Tasks that run, and tasks that have not begun although a process works on them.
        """
        is_running = tasks.c.status == TaskStatus.RUNNING.value
        begins = and_(
            tasks.c.status == TaskStatus.PENDING.value,
            tasks.c.plan.is_(None),
            tasks.c.process.is_not(None),
        )
        query = (
            select(clusters.c.project, tasks.c.id)
            .join(clusters, clusters.c.id == tasks.c.cluster)
            .where(tasks.c.ended.is_(None), or_(is_running, begins), ~_IS_QUEUED)
        )
        with self._engine.connect() as connection:
            return [(row.project, row.id) for row in connection.execute(query)]

    def mark_interrupted(self, task: str, was: TaskStatus, epoch: int | None, message: str) -> bool:
        """Store that a task with the stored status ``was`` is interrupted.

        Return False, with nothing changed, where it went on: it has another status, it is in the
        queue, or the lease of its cluster has another epoch (None: there is no lease).
        """
        lease = (
            select(leases.c.epoch)
            .join(tasks, tasks.c.cluster == leases.c.cluster)
            .where(tasks.c.id == task)
            .with_for_update(of=leases)
        )
        query = update(tasks).where(
            tasks.c.id == task, tasks.c.status == was.value, tasks.c.ended.is_(None), ~_IS_QUEUED
        )
        values = {"status": TaskStatus.INTERRUPTED.value, "message": database_text(message)}
        with self._writer.begin() as connection:
            if connection.execute(lease).scalar() != epoch:
                return False
            if not connection.execute(query.values(values)).rowcount:
                return False
            count_end(connection, task, TaskStatus.INTERRUPTED)
        return True


_IS_QUEUED = exists().where(queue.c.task == tasks.c.id)
