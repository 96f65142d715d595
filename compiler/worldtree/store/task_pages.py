"""Tasks page by page: rows without the plans of tasks, and mostly without their requests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    func,
    literal,
    null,
    or_,
    select,
)

from worldtree.core.list_order import TaskOrder
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
    #: Its cluster, for an order by clusters.
    cluster: str = ""


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
        order: TaskOrder = "-asked",
    ) -> list[TaskRecord]:
        """Return at most ``limit`` tasks in ``order``, from ``after`` on.

        Without ``payloads`` the records lack ``request`` and ``problem``. A task that is added or
        begins meanwhile moves no other one to another page.
        """
        wanted: list[ColumnElement[bool]] = []
        if cluster is not None:
            wanted.append(tasks.c.cluster == self._id(cluster))
        if status is not None:
            wanted.append(status_condition(status))
        if command is not None:
            wanted.append(tasks.c.command == command.value)
        query: Select[Any] = (
            select(*(_WHOLE if payloads else _LIGHT), CLUSTER_NAME.label("cluster"))
            .join(clusters, clusters.c.id == tasks.c.cluster)
            .where(of_project(self.project), *wanted)
        )
        with self._engine.connect() as connection:
            if order in ("cluster", "-cluster"):
                rows: Iterable[Row[Any]] = self._by_cluster(
                    connection, query, wanted, limit, after, is_descending=order == "-cluster"
                )
            else:
                page = _page(query, limit, after, is_descending=order == "-asked")
                rows = connection.execute(page)
            return [self._record(row) for row in rows]

    def _by_cluster(
        self,
        connection: Connection,
        query: Select[Any],
        wanted: Sequence[ColumnElement[bool]],
        limit: int,
        after: TaskPosition | None,
        *,
        is_descending: bool,
    ) -> list[Row[Any]]:
        """Return the rows of a page by clusters: one is read after the other, in index order.

        One query for all would sort the tasks of all clusters. There are at most ``limit`` queries,
        since each cluster has a task of the page.
        """
        found: list[Row[Any]] = []
        if after is not None:
            mine = query.where(tasks.c.cluster == self._id(after.cluster))
            found += connection.execute(_page(mine, limit, after, is_descending=True))
        some = select(tasks.c.id).where(tasks.c.cluster == clusters.c.id, *wanted)
        names = select(clusters.c.id).where(
            clusters.c.project == self.project, some.correlate(clusters).exists()
        )
        if after is not None:
            last = literal(after.cluster)
            names = names.where(last > CLUSTER_NAME if is_descending else last < CLUSTER_NAME)
        names = names.order_by(CLUSTER_NAME.desc() if is_descending else CLUSTER_NAME)
        for one in connection.scalars(names.limit(max(0, limit - len(found)))).all():
            if len(found) == limit:
                break
            mine = query.where(tasks.c.cluster == one)
            found += connection.execute(_page(mine, limit - len(found), None, is_descending=True))
        return found


def _page(
    query: Select[Any], limit: int, after: TaskPosition | None, *, is_descending: bool
) -> Select[Any]:
    """Return the query of a page in the order in which tasks were asked for, or the reverse."""
    asked, name = tasks.c.asked, tasks.c.id
    if after is not None:
        # The first condition alone lets the index find the place.
        if is_descending:
            later = and_(asked <= after.asked, or_(asked < after.asked, name < after.id))
        else:
            later = and_(asked >= after.asked, or_(asked > after.asked, name > after.id))
        query = query.where(later)
    columns = (asked.desc(), name.desc()) if is_descending else (asked, name)
    return query.order_by(*columns).limit(limit)
