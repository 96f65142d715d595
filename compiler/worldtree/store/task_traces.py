"""The trace that the request of a task belongs to."""

from __future__ import annotations

from sqlalchemy import update

from worldtree.store.base import StorePart
from worldtree.store.schema import tasks


class TaskTraces(StorePart):
    """Writes what ``TaskRecord.traceparent`` has."""

    def set_traceparent(self, task: str, traceparent: str) -> None:
        """Store the header `traceparent` of the request of a task (its whole id)."""
        query = update(tasks).where(tasks.c.id == task).values(traceparent=traceparent)
        with self._writer.begin() as connection:
            connection.execute(query)
