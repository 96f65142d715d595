"""The audit log: entries are added and never changed."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select

from worldtree.core.process_identity import current_process
from worldtree.store.base import StorePart
from worldtree.store.schema import audit, clusters, tasks


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One action; ``time`` is UTC epoch seconds."""

    id: int
    time: float
    who: str
    what: str
    cluster: str | None
    task: str | None
    detail: str


class Audit(StorePart):
    """Writes and reads the audit log."""

    def audit(
        self,
        what: str,
        *,
        cluster: str | None = None,
        task: str | None = None,
        detail: str = "",
        who: str | None = None,
    ) -> None:
        """Add that ``who`` (default: this process's user) did ``what``."""
        with self._writer.begin() as connection:
            add_entry(connection, what, who or str(current_process()), cluster, task, detail)

    def audit_log(self, cluster: str | None = None, limit: int | None = None) -> list[AuditEntry]:
        """Return the entries, newest first."""
        query = select(audit).order_by(audit.c.id.desc()).limit(limit)
        if cluster is not None:
            query = query.where(audit.c.cluster == cluster)
        with self._engine.connect() as connection:
            return [AuditEntry(**row._mapping) for row in connection.execute(query)]

    def audit_page(
        self, limit: int, *, before: int | None = None, cluster: str | None = None
    ) -> list[AuditEntry]:
        """Return at most ``limit`` entries about tasks of the project, newest first.

        ``before`` is the id of the last entry of the page before. Entries name clusters, not their
        projects: those that name no task belong to nobody who sees one project.
        """
        query = (
            select(audit)
            .join(tasks, tasks.c.id == audit.c.task)
            .join(clusters, clusters.c.id == tasks.c.cluster)
            # No index: SQLite would begin with the clusters, and sort the entries of their tasks.
            .where(func.coalesce(clusters.c.project, "") == self.project)
            .order_by(audit.c.id.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(audit.c.id < before)
        if cluster is not None:
            query = query.where(audit.c.cluster == cluster)
        with self._engine.connect() as connection:
            return [AuditEntry(**row._mapping) for row in connection.execute(query)]


def add_entry(
    connection: Connection,
    what: str,
    who: str,
    cluster: str | None = None,
    task: str | None = None,
    detail: str = "",
) -> None:
    """Add an entry within a transaction."""
    row = {"time": time.time(), "who": who, "what": what}
    connection.execute(insert(audit), {**row, "cluster": cluster, "task": task, "detail": detail})
