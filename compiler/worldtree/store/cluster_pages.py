"""Clusters and versions of their documents page by page, without the texts of documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, select, tuple_

from worldtree.core.list_order import ClusterOrder, VersionOrder
from worldtree.results.status import TaskStatus
from worldtree.results.task_command import TaskCommand
from worldtree.store.asked_tasks import status_of
from worldtree.store.cluster_ids import CLUSTER_NAME
from worldtree.store.documents import Documents, DocumentVersion
from worldtree.store.schema import clusters, documents, tasks


@dataclass(frozen=True, slots=True)
class NewestTask:
    """The task of a cluster that was created last; ``created`` is UTC epoch seconds."""

    id: str
    command: TaskCommand
    pipeline: str
    status: TaskStatus
    created: float


@dataclass(frozen=True, slots=True)
class ClusterSummary:
    """A cluster; ``created`` is UTC epoch seconds."""

    name: str
    created: float
    #: Digest and version of the document that a service was given last; None without one.
    document: str | None
    version: int | None
    #: None where no task was ever asked for.
    task: NewestTask | None


class ClusterPosition(NamedTuple):
    """Where a page of clusters ended: when the last one was created, and its name."""

    created: float
    name: str


@dataclass(frozen=True, slots=True)
class VersionSummary:
    """A version of a document, without its text."""

    digest: str
    #: From 1.
    version: int
    created: float


#: The id of the newest task of the cluster of the outer query.
_NEWEST = (
    select(tasks.c.id)
    .where(tasks.c.cluster == clusters.c.id)
    .order_by(tasks.c.created.desc(), tasks.c.id.desc())
    .limit(1)
    .correlate(clusters)
    .scalar_subquery()
)
_CLUSTERS: Select[Any] = (
    select(
        CLUSTER_NAME.label("name"),
        clusters.c.created.label("cluster_created"),
        documents.c.digest,
        documents.c.version,
        tasks.c.id,
        tasks.c.command,
        tasks.c.pipeline,
        tasks.c.status,
        tasks.c.plan,
        tasks.c.waiting_for,
        tasks.c.created,
    )
    .join(documents, documents.c.digest == clusters.c.document, isouter=True)
    .join(tasks, tasks.c.id == _NEWEST, isouter=True)
)


class ClusterPages(Documents):
    """Reads lists of clusters and of versions."""

    def cluster_page(
        self, limit: int, after: ClusterPosition | None = None, order: ClusterOrder = "name"
    ) -> list[ClusterSummary]:
        """Return at most ``limit`` clusters of the project in ``order``, from ``after`` on."""
        is_descending = order.startswith("-")
        mine = select(clusters.c.id).where(clusters.c.project == self.project)
        columns: list[Any] = [CLUSTER_NAME]
        if order in ("created", "-created"):
            columns = [clusters.c.created, CLUSTER_NAME]
        if after is not None:
            place = after[-len(columns) :]
            key = tuple_(*columns)
            mine = mine.where(key < place if is_descending else key > place)
        sorting = [one.desc() if is_descending else one for one in columns]
        # First the page, so that newest tasks are looked up for its clusters only.
        with self._engine.connect() as connection:
            page = list(connection.scalars(mine.order_by(*sorting).limit(limit)))
            query = _CLUSTERS.where(clusters.c.id.in_(page)).order_by(*sorting)
            return [_summary(row) for row in connection.execute(query)]

    def cluster_summary(self, name: str) -> ClusterSummary | None:
        """Return a cluster of the project; None without one of this name."""
        mine = clusters.c.project == self.project
        query = _CLUSTERS.where(clusters.c.id == self._id(name), mine)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _summary(row)

    def document_page(
        self,
        cluster: str,
        limit: int,
        after: int | None = None,
        order: VersionOrder = "-version",
    ) -> list[VersionSummary]:
        """Return at most ``limit`` versions in ``order`` that come after the version ``after``."""
        version = documents.c.version
        query = self._versions(cluster, documents.c.digest, version, documents.c.created)
        is_descending = order == "-version"
        query = query.order_by(version.desc() if is_descending else version).limit(limit)
        if after is not None:
            query = query.where(version < after if is_descending else version > after)
        with self._engine.connect() as connection:
            return [VersionSummary(*row) for row in connection.execute(query)]

    def document_version(self, cluster: str, version: int) -> DocumentVersion | None:
        """Return a version of a cluster's document; None without it."""
        columns = [column for column in documents.c if column.key != "cluster"]
        query = self._versions(cluster, *columns, CLUSTER_NAME.label("cluster"))
        with self._engine.connect() as connection:
            row = connection.execute(query.where(documents.c.version == version)).one_or_none()
        return None if row is None else DocumentVersion(**row._mapping)

    def _versions(self, cluster: str, *columns: Any) -> Select[Any]:
        return (
            select(*columns)
            .join(clusters, clusters.c.id == documents.c.cluster)
            .where(documents.c.cluster == self._id(cluster), clusters.c.project == self.project)
        )


def _summary(row: Row[Any]) -> ClusterSummary:
    newest = None
    if row.id is not None:
        command = TaskCommand(row.command)
        newest = NewestTask(row.id, command, row.pipeline, status_of(row), row.created)
    return ClusterSummary(row.name, row.cluster_created, row.digest, row.version, newest)
