"""Takes work out of the queue that no process has taken."""

from __future__ import annotations

import time

from sqlalchemy import delete, select, update

from worldtree.core.actor import Actor
from worldtree.results.status import TaskStatus
from worldtree.store.audit import add_entry
from worldtree.store.base import StorePart
from worldtree.store.cluster_ids import CLUSTER_NAME
from worldtree.store.schema import clusters, tasks
from worldtree.store.service_tables import queue


class QueueCancels(StorePart):
    """Cancels work that waits in the queue."""

    def cancel_queued(self, task: str, message: str, who: str | Actor) -> bool:
        """Cancel the work on a task that waits in the queue, and the task if it has not begun.

        Return False, with nothing changed, where a process has taken the work, and where there is
        none. ``who`` is named in the audit log.
        """
        waiting = delete(queue).where(queue.c.task == task, queue.c.process.is_(None))
        taken = select(queue.c.id).where(queue.c.task == task)
        name = (
            select(CLUSTER_NAME)
            .join(tasks, tasks.c.cluster == clusters.c.id)
            .where(tasks.c.id == task)
        )
        unborn = update(tasks).where(
            tasks.c.id == task,
            tasks.c.plan.is_(None),
            tasks.c.ended.is_(None),
            tasks.c.process.is_(None),
        )
        values = {"status": TaskStatus.CANCELLED, "message": message, "ended": time.time()}
        with self._writer.begin() as connection:
            # A process that takes the row at this moment has it before, or finds no row.
            dropped = connection.execute(waiting).rowcount
            if connection.execute(taken).first() is not None:
                return False
            ended = connection.execute(unborn.values(values)).rowcount
            if not dropped and not ended:
                return False
            cluster = connection.execute(name).scalar()
            add_entry(
                connection, "task-cancelled", who, cluster, task, message, project=self.project
            )
        return True
