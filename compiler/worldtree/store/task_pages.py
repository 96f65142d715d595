"""Tasks page by page: rows without the plans of tasks, and mostly without their requests."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, null, or_, select

from worldtree.results.status import TaskStatus
from worldtree.results.task_command import TaskCommand
from worldtree.store.asked_tasks import status_condition
from worldtree.store.cluster_ids import CLUSTER_NAME
from worldtree.store.schema import clusters, tasks
from worldtree.store.task_reads import TaskReads
from worldtree.store.task_record import TaskRecord


class TaskPosition(NamedTuple):
    """Where a page of tasks ended: when the last task was asked for, and its id."""

    asked: float
    id: str


#: JSON that may be large: a list does not read it.
_PAYLOADS = ("request", "problem")
_WHOLE = [column for column in tasks.c if column.key != "cluster"]
_LIGHT = [null().label(one.key) if one.key in _PAYLOADS else one for one in _WHOLE]


def of_project(project: str) -> ColumnElement[bool]:
    """Return the condition for clusters of a project in a query whose order is that of tasks.

    It uses no index: without statistics SQLite would begin with the clusters, and sort their tasks.
    """
    return func.coalesce(clusters.c.project, "") == project


class TaskPages(TaskReads):
    """Reads lists of tasks."""

    def task_page(
        self,
        limit: int,
        *,
        after: TaskPosition | None = None,
        cluster: str | None = None,
        status: TaskStatus | None = None,
        command: TaskCommand | None = None,
        payloads: bool = False,
    ) -> list[TaskRecord]:
        """Return at most ``limit`` tasks, the last one asked for first, from ``after`` on.

        Without ``payloads`` the records lack ``request`` and ``problem``. A task that is added or
        begins meanwhile moves no other one to another page.
        """
        query: Select[Any] = (
            select(*(_WHOLE if payloads else _LIGHT), CLUSTER_NAME.label("cluster"))
            .join(clusters, clusters.c.id == tasks.c.cluster)
            .where(of_project(self.project))
            .order_by(tasks.c.asked.desc(), tasks.c.id.desc())
            .limit(limit)
        )
        if after is not None:
            # The first condition alone lets the index find the place.
            earlier = or_(tasks.c.asked < after.asked, tasks.c.id < after.id)
            query = query.where(and_(tasks.c.asked <= after.asked, earlier))
        if cluster is not None:
            query = query.where(tasks.c.cluster == self._id(cluster))
        if status is not None:
            query = query.where(status_condition(status))
        if command is not None:
            query = query.where(tasks.c.command == command.value)
        with self._engine.connect() as connection:
            return [self._record(row) for row in connection.execute(query)]
