"""The audit log: entries are added and never changed, and a chain shows whether that is so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, insert, or_, select, update

from worldtree.core.actor import Actor
from worldtree.core.process_identity import current_process
from worldtree.store.audit_chain import ChainCheck, ChainReport, entry_digest, next_link
from worldtree.store.base import StorePart
from worldtree.store.projections import database_text
from worldtree.store.schema import audit, audit_head, clusters, tasks
from worldtree.store.upsert import insert_new

#: Results of entries: it was done, or refused.
DONE, REFUSED = "done", "refused"
#: Entries that are read at a time.
_BATCH = 1000
_HEAD = 1


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
    #: The id of a project; None for what belongs to none, and in entries of earlier versions.
    project: str | None = None
    #: From where it was asked for; None where nobody knows.
    address: str | None = None
    #: What became of it: ``DONE`` or ``REFUSED``; None in entries of earlier versions.
    result: str | None = None
    #: The link of the chain that covers it; None before one does.
    chain: str | None = None


class Audit(StorePart):
    """Writes and reads the audit log."""

    def audit(
        self,
        what: str,
        *,
        cluster: str | None = None,
        task: str | None = None,
        detail: str = "",
        who: str | Actor | None = None,
        result: str = DONE,
    ) -> None:
        """Add that ``who`` (default: this process's user) did ``what`` in the project."""
        with self._writer.begin() as connection:
            add_entry(
                connection,
                what,
                who or str(current_process()),
                cluster,
                task,
                detail,
                project=self.project,
                result=result,
            )

    def audit_installation(
        self, what: str, who: str | Actor, detail: str, *, result: str = DONE
    ) -> None:
        """Add that ``who`` did ``what``, which belongs to no project."""
        with self._writer.begin() as connection:
            add_entry(connection, what, who, detail=detail, result=result)

    def audit_log(self, cluster: str | None = None, limit: int | None = None) -> list[AuditEntry]:
        """Return the entries of all projects, newest first."""
        query = select(audit).order_by(audit.c.id.desc()).limit(limit)
        if cluster is not None:
            query = query.where(audit.c.cluster == cluster)
        with self._engine.connect() as connection:
            return [AuditEntry(**row._mapping) for row in connection.execute(query)]

    def audit_page(
        self,
        limit: int,
        *,
        before: int | None = None,
        cluster: str | None = None,
        everywhere: bool = False,
    ) -> list[AuditEntry]:
        """Return at most ``limit`` entries of the project, newest first.

        ``before`` is the id of the last entry of the page before. Entries of earlier versions name
        no project; they belong to that of their task, if they have one. With ``everywhere`` entries
        of all projects and of none are returned.
        """
        query = select(audit) if everywhere else _of_project(self.project)
        query = query.order_by(audit.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(audit.c.id < before)
        if cluster is not None:
            query = query.where(audit.c.cluster == cluster)
        with self._engine.connect() as connection:
            return [AuditEntry(**row._mapping) for row in connection.execute(query)]

    def audit_after(self, after: int, limit: int) -> list[AuditEntry]:
        """Return at most ``limit`` entries of all projects with ids above ``after``."""
        query = select(audit).where(audit.c.id > after).order_by(audit.c.id).limit(limit)
        with self._engine.connect() as connection:
            return [AuditEntry(**row._mapping) for row in connection.execute(query)]

    def audit_export(self) -> Iterator[AuditEntry]:
        """Yield all entries of all projects, oldest first."""
        query = select(audit).order_by(audit.c.id)
        with self._engine.connect() as connection:
            found = connection.execution_options(yield_per=_BATCH).execute(query)
            for row in found:
                yield AuditEntry(**row._mapping)

    def verify_audit(self, kept: str | None = None) -> ChainReport:
        """Return whether the entries fit their links, and the links lead to the head.

        ``kept`` is a link that an earlier report named as the head.
        """
        with self._engine.connect() as connection:
            head = connection.execute(select(audit_head.c.chain)).scalar()
        check = ChainCheck([head or "", kept or ""])
        # What is added from now on follows the head that was just read.
        for entry in self.audit_export():
            if not check.add(entry.id, entry.chain, entry_digest(entry)):
                break
        return check.report()


def add_entry(
    connection: Connection,
    what: str,
    who: str | Actor,
    cluster: str | None = None,
    task: str | None = None,
    detail: str = "",
    *,
    project: str | None = None,
    result: str = DONE,
) -> None:
    """Add an entry within a transaction, as its last statement.

    Everybody who adds an entry waits here for the others. Who went on to change other rows could
    wait for them, and they for the entry.
    """
    entry = AuditEntry(
        id=0,
        time=time.time(),
        who=database_text(str(who)) or "",
        what=what,
        cluster=cluster,
        task=task,
        detail=database_text(detail) or "",
        project=project,
        address=(database_text(who.origin) or None) if isinstance(who, Actor) else None,
        result=result,
    )
    before = _lock_head(connection)
    # Of programs that know no links, and of the time before there were any.
    uncovered = connection.execute(_UNCOVERED).all()
    link = next_link(before, map(entry_digest, [*uncovered, entry]))
    if uncovered:
        connection.execute(_COVER, [{"key": one.id, "link": link} for one in uncovered])
    row = {name: getattr(entry, name) for name in _COLUMNS}
    connection.execute(insert(audit), {**row, "chain": link})
    connection.execute(update(audit_head).where(audit_head.c.id == _HEAD).values(chain=link))


_COLUMNS = [column.name for column in audit.c if column.name not in ("id", "chain")]
_UNCOVERED = select(audit).where(audit.c.chain.is_(None)).order_by(audit.c.id)
_COVER = update(audit).where(audit.c.id == bindparam("key")).values(chain=bindparam("link"))


def _lock_head(connection: Connection) -> str:
    """Return the last link; until the transaction ends nobody else adds one."""
    query = select(audit_head.c.chain).where(audit_head.c.id == _HEAD).with_for_update()
    found: str | None = connection.execute(query).scalar()
    if found is None:
        insert_new(connection, audit_head, {"id": _HEAD, "chain": ""})
        found = connection.execute(query).scalar_one()
    return found


def _of_project(project: str) -> Select[Any]:
    """Return the query for the entries of a project (its id)."""
    # No index: SQLite would begin with the clusters, and sort the entries of their tasks.
    of_task = func.coalesce(clusters.c.project, "") == project
    return (
        select(audit)
        .outerjoin(tasks, tasks.c.id == audit.c.task)
        .outerjoin(clusters, clusters.c.id == tasks.c.cluster)
        .where(or_(audit.c.project == project, audit.c.project.is_(None) & of_task))
    )
