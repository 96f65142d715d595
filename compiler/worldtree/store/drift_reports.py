"""Reports of drift: what detections found, newest last."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sqlalchemy import Select, select

from worldtree.store.base import StorePart
from worldtree.store.cluster_ids import CLUSTER_NAME
from worldtree.store.projections import database_text
from worldtree.store.schema import clusters, projects
from worldtree.store.service_tables import drift_reports
from worldtree.store.upsert import upsert

#: ``incomplete``: no difference was found, but not all of the document was checked.
DriftStatus = Literal["clean", "drifted", "incomplete"]


@dataclass(frozen=True, slots=True)
class DriftSummary:
    """A report without its details; ``time`` is UTC epoch seconds."""

    #: The task that checked.
    task: str
    cluster: str
    time: float
    status: DriftStatus
    #: Pairs of node and host that differ; that could be checked; of the whole document.
    differing: int
    checked: int
    total: int


class DriftPosition(NamedTuple):
    """Where a page of reports ended."""

    time: float
    task: str


class ClusterDrift(NamedTuple):
    """The newest report of a cluster, for a monitoring system."""

    #: The name of the project.
    project: str
    cluster: str
    differing: int
    unchecked: int


_SUMMARY = [column for column in drift_reports.c if column.key not in ("cluster", "body")]
_NEWEST = (
    select(drift_reports.c.task)
    .where(drift_reports.c.cluster == clusters.c.id)
    .order_by(drift_reports.c.time.desc(), drift_reports.c.task.desc())
    .limit(1)
    .correlate(clusters)
    .scalar_subquery()
)


class DriftReports(StorePart):
    """Writes and reads reports of drift."""

    def save_drift_report(self, found: DriftSummary, body: Mapping[str, Any]) -> None:
        """Store the report of a task, and replace an earlier one of the same task."""
        row = {
            "task": found.task,
            "time": found.time,
            "status": found.status,
            "differing": found.differing,
            "checked": found.checked,
            "total": found.total,
            "body": database_text(json.dumps(body)),
        }
        with self._writer.begin() as connection:
            row["cluster"] = self._ensure(connection, found.cluster, found.time)
            upsert(connection, drift_reports, row)

    def drift_report(self, cluster: str) -> tuple[DriftSummary, Mapping[str, Any]] | None:
        """Return the newest report of a cluster and its details; None without one."""
        query = self._of_project(drift_reports.c.body).where(
            clusters.c.id == self._id(cluster), drift_reports.c.task == _NEWEST
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else (_summary(row), json.loads(row.body))

    def drift_page(
        self, cluster: str, limit: int, after: DriftPosition | None = None
    ) -> list[DriftSummary]:
        """Return at most ``limit`` reports of a cluster, newest first, from ``after`` on."""
        time, task = drift_reports.c.time, drift_reports.c.task
        query = self._of_project().where(drift_reports.c.cluster == self._id(cluster))
        if after is not None:
            earlier = (time < after.time) | (task < after.task)
            query = query.where((time <= after.time) & earlier)
        query = query.order_by(time.desc(), task.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [_summary(row) for row in connection.execute(query)]

    def newest_drift_page(self, limit: int, after: str | None = None) -> list[DriftSummary]:
        """Return the newest report of each cluster of the project that has one, by name."""
        query = self._of_project().where(drift_reports.c.task == _NEWEST)
        if after is not None:
            query = query.where(after < CLUSTER_NAME)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(CLUSTER_NAME).limit(limit))
            return [_summary(row) for row in rows]

    def drift_of_all(self, limit: int) -> list[ClusterDrift]:
        """Return the newest report of at most ``limit`` clusters of all projects, by name."""
        query = (
            select(
                projects.c.name.label("project"),
                CLUSTER_NAME.label("cluster_name"),
                drift_reports.c.differing,
                drift_reports.c.checked,
                drift_reports.c.total,
            )
            .select_from(clusters)
            .join(projects, projects.c.id == clusters.c.project)
            .join(drift_reports, drift_reports.c.task == _NEWEST)
            .order_by(projects.c.name, CLUSTER_NAME)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [
                ClusterDrift(row.project, row.cluster_name, row.differing, row.total - row.checked)
                for row in connection.execute(query)
            ]

    def _of_project(self, *columns: Any) -> Select[Any]:
        return (
            select(*_SUMMARY, CLUSTER_NAME.label("cluster_name"), *columns)
            .select_from(clusters)
            .join(drift_reports, drift_reports.c.cluster == clusters.c.id)
            .where(clusters.c.project == self.project)
        )


def _summary(row: Any) -> DriftSummary:
    return DriftSummary(
        row.task,
        row.cluster_name,
        row.time,
        row.status,
        row.differing,
        row.checked,
        row.total,
    )
