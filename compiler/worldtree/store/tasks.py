"""Tasks, their plans and documents."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, case, func, insert, select, update

from worldtree.core.errors import ExitCode, WorldTreeError
from worldtree.core.next_steps import NextStep
from worldtree.core.private_directories import make_private_directory
from worldtree.core.process_identity import current_process
from worldtree.plan.plan import Plan
from worldtree.plan.versions import plan_from_json
from worldtree.results.status import HostStatus, TaskStatus
from worldtree.results.task_command import TaskCommand
from worldtree.store.audit import add_entry
from worldtree.store.base import StorePart
from worldtree.store.home_databases import note_database
from worldtree.store.projections import database_text
from worldtree.store.schema import attempts, clusters, documents, host_results, nodes, plans, tasks
from worldtree.store.task_id import new_task_id
from worldtree.store.upsert import insert_new

#: Tasks whose hosts are counted by one query.
_TASKS_PER_QUERY = 500


class UnknownTaskError(WorldTreeError):
    """No task, or more than one, matches the id."""

    exit_code = ExitCode.INPUT


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """One task; times are UTC epoch seconds."""

    id: str
    cluster: str
    pipeline: str
    command: TaskCommand
    status: TaskStatus
    message: str | None
    #: Digest of its plan.
    plan: str
    #: Its own directory: frozen bundle, attempts.
    directory: Path
    created: float
    started: float | None
    ended: float | None
    #: Digest of the document that was applied.
    document: str | None = None
    #: The task that this one rolls back or retries.
    parent: str | None = None
    #: When its cancel was requested.
    cancel_requested: float | None = None


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """One version of a cluster's document."""

    digest: str
    cluster: str
    #: From 1.
    version: int
    body: str
    created: float


class HostCounts(NamedTuple):
    """The number of hosts of a task, and of those that changed or failed.

    Unreachable hosts count as failed, those that a cancel cut off do not.
    """

    hosts: int = 0
    changed: int = 0
    failed: int = 0


class Tasks(StorePart):
    """Writes and reads tasks, plans and documents."""

    def create_task(
        self,
        plan: Plan,
        command: str,
        *,
        name: str | None = None,
        document: str | None = None,
        parent: str | None = None,
    ) -> TaskRecord:
        """Store ``plan`` and a new pending task for it, and create the task's directory.

        ``name`` is an earlier ``new_task_id()``; ``document`` is the text that was compiled.
        Raises ``ValueError`` for a ``command`` that is not a ``TaskCommand``.
        """
        now = time.time()
        name = name or new_task_id()
        directory = self.home / "tasks" / name
        make_private_directory(directory)
        note_database(self.home, self._engine)
        body = plan.model_dump_json()
        row: dict[str, Any] = {
            "id": name,
            "cluster": plan.cluster,
            "pipeline": plan.pipeline,
            "command": TaskCommand(command),
            "plan": sha256(body.encode()).hexdigest(),
            "directory": str(directory.relative_to(self.home)),
            "status": TaskStatus.PENDING,
            "created": now,
            "parent": parent,
        }
        plan_row = {
            "digest": row["plan"],
            "cluster": plan.cluster,
            "pipeline": plan.pipeline,
            "version": plan.version,
            "body": body,
            "created": now,
        }
        with self._writer.begin() as connection:
            insert_new(connection, clusters, {"name": plan.cluster, "created": now})
            insert_new(connection, plans, plan_row)
            if document is not None:
                row["document"] = _keep_document(connection, plan.cluster, document, now)
            connection.execute(insert(tasks), row)
            add_entry(
                connection, "task-created", str(current_process()), plan.cluster, name, command
            )
        return self.task(name)

    def cluster_names(self) -> list[str]:
        """Return the names of all clusters that ever had a task or facts, sorted."""
        with self._engine.connect() as connection:
            return list(connection.scalars(select(clusters.c.name).order_by(clusters.c.name)))

    def has_task(self, task: str) -> bool:
        """Return whether there is a task with exactly that id."""
        with self._engine.connect() as connection:
            return (
                connection.execute(select(tasks.c.id).where(tasks.c.id == task)).first() is not None
            )

    def node_ids(self, task: str) -> frozenset[str]:
        """Return the ids of the nodes of a task that has begun."""
        with self._engine.connect() as connection:
            return frozenset(connection.scalars(select(nodes.c.id).where(nodes.c.task == task)))

    def task_of_attempt(self, attempt: str) -> str | None:
        """Return the id of the task that has an attempt of this id."""
        query = select(attempts.c.task).where(attempts.c.id == attempt)
        with self._engine.connect() as connection:
            found: str | None = connection.execute(query).scalar()
        return found

    def count_attempts(self, task: str) -> int:
        """Return the number of attempts of a task so far."""
        query = select(func.count()).select_from(attempts).where(attempts.c.task == task)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar() or 0

    def end_task(self, task: str, status: TaskStatus, message: str) -> None:
        """End a task that has not started."""
        values = {"status": status, "message": database_text(message), "ended": time.time()}
        query = update(tasks).where(tasks.c.id == task, tasks.c.started.is_(None))
        with self._writer.begin() as connection:
            connection.execute(query.values(values))

    def request_cancel(self, task: str) -> None:
        """Ask the process that holds the cluster for ``task`` to end it, wherever that runs."""
        now = time.time()
        query = update(tasks).where(tasks.c.id == task).returning(tasks.c.cluster)
        with self._writer.begin() as connection:
            cluster = connection.execute(query.values(cancel_requested=now)).scalar_one()
            add_entry(connection, "task-cancelled", str(current_process()), cluster, task, "")

    def set_status(self, task: str, status: TaskStatus, message: str | None = None) -> None:
        """Set the status of a task whose process is dead."""
        query = update(tasks).where(tasks.c.id == task)
        with self._writer.begin() as connection:
            connection.execute(query.values(status=status, message=database_text(message)))

    def list_tasks(
        self,
        cluster: str | None = None,
        limit: int | None = None,
        *,
        clusters: Collection[str] | None = None,
        statuses: Collection[TaskStatus] | None = None,
        leaving_out: Collection[str] = (),
    ) -> list[TaskRecord]:
        """Return tasks, newest first, without those of the commands ``leaving_out``."""
        query = select(tasks).order_by(tasks.c.created.desc(), tasks.c.id.desc()).limit(limit)
        if cluster is not None:
            query = query.where(tasks.c.cluster == cluster)
        if clusters is not None:
            query = query.where(tasks.c.cluster.in_(clusters))
        if statuses is not None:
            query = query.where(tasks.c.status.in_(statuses))
        if leaving_out:
            query = query.where(tasks.c.command.not_in(leaving_out))
        with self._engine.connect() as connection:
            return [self._record(row) for row in connection.execute(query)]

    def host_counts(self, wanted: Collection[str]) -> Mapping[str, HostCounts]:
        """Return the counts of the tasks with these ids, without reading events."""

        def hosts_that(condition: Any) -> Any:
            return func.count(func.distinct(case((condition, host_results.c.host))))

        lost = [HostStatus.FAILED, HostStatus.UNREACHABLE]
        query = select(
            host_results.c.task,
            func.count(func.distinct(host_results.c.host)),
            hosts_that(host_results.c.changed),
            hosts_that(host_results.c.status.in_(lost)),
        ).group_by(host_results.c.task)
        found = dict.fromkeys(wanted, HostCounts())
        names = list(found)
        with self._engine.connect() as connection:
            for start in range(0, len(names), _TASKS_PER_QUERY):
                some = query.where(host_results.c.task.in_(names[start : start + _TASKS_PER_QUERY]))
                for name, *counts in connection.execute(some):
                    found[name] = HostCounts(*counts)
        return found

    def task(
        self,
        name: str,
        rather_than: Collection[str] = (),
        clusters: Collection[str] | None = None,
    ) -> TaskRecord:
        """Return the task whose id is, or uniquely begins with, ``name``.

        ``latest`` is the newest one of ``clusters`` (None: of all); a task of the commands
        ``rather_than`` only without any other. Raises ``UnknownTaskError``.
        """
        if name == "latest":
            found = self.list_tasks(
                limit=1, clusters=clusters, leaving_out=rather_than
            ) or self.list_tasks(limit=1, clusters=clusters)
            if not found and clusters is not None and self.list_tasks(limit=1):
                named = ", ".join(f"`{cluster}`" for cluster in clusters)
                raise UnknownTaskError(
                    f"there is no task of cluster {named} yet",
                    code="task-unknown",
                    hint="name a task of another cluster",
                    next_steps=[NextStep("list-tasks", "", "see all tasks")],
                )
        else:
            query = select(tasks).where(tasks.c.id.startswith(name, autoescape=True)).limit(10)
            with self._engine.connect() as connection:
                found = [self._record(row) for row in connection.execute(query)]
            found = [record for record in found if record.id == name] or found
        if len(found) == 1:
            return found[0]
        if not found:
            raise self._unknown(name)
        some = ", ".join(record.id for record in found)
        raise UnknownTaskError(
            f"`{name}` matches several tasks", code="task-ambiguous", hint=f"use a full id: {some}"
        )

    def _record(self, row: Row[Any]) -> TaskRecord:
        return TaskRecord(
            **{
                **row._mapping,
                "command": TaskCommand(row.command),
                "status": TaskStatus(row.status),
                "directory": self.home / row.directory,
            }
        )

    def _unknown(self, name: str) -> UnknownTaskError:
        """Return the error for a missing task; ``latest`` may be a default."""
        if name != "latest" and self.list_tasks(limit=1):
            return UnknownTaskError(
                f"there is no task `{name}`",
                code="task-unknown",
                next_steps=[NextStep("list-tasks", "", "see all tasks")],
            )
        message = "there are no tasks yet"
        return UnknownTaskError(
            message if name == "latest" else f"there is no task `{name}`: {message}",
            code="task-unknown",
            hint=f"the state directory is {self.home} (WORLDTREE_HOME)",
            next_steps=[NextStep("apply", "", "create the first one")],
        )

    def plan(self, digest: str) -> Plan:
        """Return the plan with that digest. Raises ``KeyError``."""
        query = select(plans.c.body).where(plans.c.digest == digest)
        with self._engine.connect() as connection:
            body = connection.execute(query).scalar()
        if body is None:
            raise KeyError(digest)
        return plan_from_json(body, f"the stored plan {digest}")

    def document(self, digest: str) -> DocumentVersion:
        """Return the document with that digest. Raises ``KeyError``."""
        with self._engine.connect() as connection:
            query = select(documents).where(documents.c.digest == digest)
            row = connection.execute(query).one_or_none()
        if row is None:
            raise KeyError(digest)
        return DocumentVersion(**row._mapping)

    def documents(self, cluster: str) -> list[DocumentVersion]:
        """Return every version of a cluster's document, newest first."""
        query = select(documents).where(documents.c.cluster == cluster)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(documents.c.version.desc()))
            return [DocumentVersion(**row._mapping) for row in rows]


def _keep_document(connection: Connection, cluster: str, body: str, now: float) -> str:
    """Store a text as the next version, unless the cluster has it; return its digest."""
    # Serializes the numbering of two tasks of one cluster.
    row = select(clusters.c.name).where(clusters.c.name == cluster)
    connection.execute(row.with_for_update())
    versions = select(func.max(documents.c.version)).where(documents.c.cluster == cluster)
    digest = sha256(f"{cluster}\n{body}".encode()).hexdigest()
    fields = {"digest": digest, "cluster": cluster, "body": body, "created": now}
    last = connection.execute(versions).scalar() or 0
    insert_new(connection, documents, {**fields, "version": last + 1})
    return digest
