"""Pages of a task's stored events as text, and what tells whether more will come."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, exists, func, select

from worldtree.core.process_identity import ProcessIdentity
from worldtree.results.status import TaskStatus
from worldtree.store.asked_tasks import status_of
from worldtree.store.base import StorePart
from worldtree.store.schema import blobs, clusters, events, leases, tasks
from worldtree.store.service_tables import queue


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event as it is stored."""

    seq: int
    #: An ``EventKind``.
    kind: str
    #: JSON with the version of its format; without its large fields unless ``omitted`` is 0.
    body: str
    #: Bytes of the large fields.
    omitted: int


@dataclass(frozen=True, slots=True)
class FollowedTask:
    """What is stored of a task besides its events."""

    #: The id of its project.
    project: str
    status: TaskStatus
    message: str | None
    #: Whether the queue has work on it.
    is_queued: bool
    #: The process that holds the cluster for it.
    holder: ProcessIdentity | None


# Built once, as they run for each poll. The key of `events` is (task, seq).
_PAGE = (
    select(events.c.seq, events.c.kind, events.c.body, func.coalesce(blobs.c.size, 0))
    .outerjoin(blobs, blobs.c.digest == events.c.blob)
    .where(events.c.task == bindparam("the_task"), events.c.seq > bindparam("after"))
    .order_by(events.c.seq)
    .limit(bindparam("at_most"))
)
_LAST = select(func.max(events.c.seq)).where(events.c.task == bindparam("the_task"))
_TASK = (
    select(
        tasks.c.status,
        tasks.c.plan,
        tasks.c.waiting_for,
        tasks.c.message,
        clusters.c.project,
        leases.c.holder,
        exists().where(queue.c.task == tasks.c.id).label("is_queued"),
    )
    .join(clusters, clusters.c.id == tasks.c.cluster)
    .outerjoin(
        leases,
        (leases.c.cluster == tasks.c.cluster)
        & (leases.c.task == tasks.c.id)
        & leases.c.released.is_(None),
    )
    .where(tasks.c.id == bindparam("the_task"))
)


class EventPages(StorePart):
    """Reads stored events without parsing them; ``task`` is a whole id."""

    def event_page(self, task: str, after: int, limit: int) -> list[StoredEvent]:
        """Return at most ``limit`` events with ``seq`` above ``after``, in order."""
        values = {"the_task": task, "after": after, "at_most": limit}
        with self._engine.connect() as connection:
            return [StoredEvent(*row) for row in connection.execute(_PAGE, values)]

    def last_event(self, task: str) -> int:
        """Return the number of a task's last event, 0 without any."""
        with self._engine.connect() as connection:
            return connection.execute(_LAST, {"the_task": task}).scalar() or 0

    def followed_task(self, task: str) -> FollowedTask | None:
        """Return what is stored of a task besides its events; None once it is deleted."""
        with self._engine.connect() as connection:
            row = connection.execute(_TASK, {"the_task": task}).first()
        if row is None:
            return None
        return FollowedTask(
            project=row.project,
            status=status_of(row),
            message=row.message,
            is_queued=bool(row.is_queued),
            holder=None if row.holder is None else ProcessIdentity.from_json(row.holder),
        )
