"""Tasks, their plans and documents."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, case, func, insert, or_, select, update

from worldtree.core.actor import Actor
from worldtree.core.errors import ExitCode, RefusedError, WorldTreeError
from worldtree.core.next_steps import NextStep
from worldtree.core.private_directories import make_private_directory
from worldtree.core.process_identity import ProcessIdentity, current_process
from worldtree.plan.plan import Plan
from worldtree.plan.versions import plan_from_json
from worldtree.results.status import HostStatus, TaskStatus
from worldtree.results.task_command import TaskCommand
from worldtree.store.asked_tasks import status_condition, status_of
from worldtree.store.audit import add_entry
from worldtree.store.cluster_ids import CLUSTER_NAME
from worldtree.store.counters import count_end
from worldtree.store.documents import Documents, keep_document
from worldtree.store.home_databases import note_database
from worldtree.store.projections import database_text
from worldtree.store.schema import attempts, clusters, host_results, nodes, plans, tasks
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
    #: Digest of its plan; None until it begins.
    plan: str | None
    #: Its own directory: frozen bundle, attempts.
    directory: Path
    created: float
    started: float | None
    ended: float | None
    #: When it was asked for; ``created`` is when it began. None for tasks of earlier programs.
    asked: float | None = None
    #: Digest of the document that was applied.
    document: str | None = None
    #: The task that this one rolls back or retries.
    parent: str | None = None
    #: When its cancel was requested.
    cancel_requested: float | None = None
    #: Who asked for it; None for tasks of earlier programs.
    actor: Actor | None = None
    #: What was asked for, as ``requests`` writes it.
    request: Mapping[str, Any] | None = None
    #: The process that works on it before it holds the cluster.
    process: ProcessIdentity | None = None
    #: Why it was refused, as ``problem_json`` writes it.
    problem: Mapping[str, Any] | None = None
    #: Digest of its frozen files; None where only its directory has them.
    files: str | None = None

    @property
    def has_begun(self) -> bool:
        """Whether it got a plan; nothing was done for a task without one."""
        return self.plan is not None


class HostCounts(NamedTuple):
    """The number of hosts of a task, and of those that changed or failed.

    Unreachable hosts count as failed, those that a cancel cut off do not.
    """

    hosts: int = 0
    changed: int = 0
    failed: int = 0


class Tasks(Documents):
    """Writes and reads tasks, plans and documents."""

    def create_task(
        self,
        plan: Plan,
        command: str,
        *,
        name: str | None = None,
        document: str | None = None,
        parent: str | None = None,
        files: str | None = None,
    ) -> TaskRecord:
        """Store ``plan`` and a pending task for it, and create the task's directory.

        ``name`` is an earlier ``new_task_id()``, which may have been asked for already;
        ``document`` is the text that was compiled, ``files`` what ``keep_files`` returned.
        Raises ``ValueError`` for a ``command`` that is not a ``TaskCommand``, and ``RefusedError``
        when the task was cancelled before it began.
        """
        now = time.time()
        name = name or new_task_id()
        directory = self.home / "tasks" / name
        make_private_directory(directory)
        note_database(self.home, self._engine)
        body = plan.model_dump_json()
        row: dict[str, Any] = {
            "id": name,
            "pipeline": plan.pipeline,
            "command": TaskCommand(command),
            "plan": sha256(body.encode()).hexdigest(),
            "directory": str(directory.relative_to(self.home)),
            "status": TaskStatus.PENDING,
            "created": now,
            "parent": parent,
            "files": files,
        }
        plan_row: dict[str, Any] = {
            "digest": row["plan"],
            "pipeline": plan.pipeline,
            "version": plan.version,
            "body": body,
            "created": now,
        }
        with self._writer.begin() as connection:
            key = self._ensure(connection, plan.cluster, now)
            row["cluster"] = plan_row["cluster"] = key
            insert_new(connection, plans, plan_row)
            if document is not None:
                row["document"] = keep_document(connection, key, document, now)
            _begin_task(connection, row)
            asked_by = connection.execute(select(tasks.c.actor).where(tasks.c.id == name)).scalar()
            actor = None if asked_by is None else Actor.from_json(asked_by)
            who = actor or str(current_process())
            add_entry(
                connection, "task-created", who, plan.cluster, name, command, project=self.project
            )
        return self.task(name)

    def cluster_names(self) -> list[str]:
        """Return the names of all clusters that ever had a task or facts, sorted."""
        with self._engine.connect() as connection:
            mine = select(CLUSTER_NAME).where(clusters.c.project == self.project)
            return list(connection.scalars(mine.order_by(CLUSTER_NAME)))

    def has_begun(self, task: str) -> bool:
        """Return whether there is a task with exactly that id that has a plan."""
        query = select(tasks.c.id).where(tasks.c.id == task, tasks.c.plan.is_not(None))
        with self._engine.connect() as connection:
            return connection.execute(query).first() is not None

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
            if connection.execute(query.values(values)).rowcount:
                count_end(connection, task, status)

    def request_cancel(self, task: str, who: str | Actor | None = None) -> None:
        """Ask the process that holds the cluster for ``task`` to end it, wherever that runs.

        ``who`` asks; by default the user of this process.
        """
        now = time.time()
        query = update(tasks).where(tasks.c.id == task).returning(tasks.c.cluster)
        with self._writer.begin() as connection:
            key = connection.execute(query.values(cancel_requested=now)).scalar_one()
            cluster = connection.execute(select(CLUSTER_NAME).where(clusters.c.id == key)).scalar()
            who = who or str(current_process())
            add_entry(connection, "task-cancelled", who, cluster, task, "", project=self.project)

    def set_status(self, task: str, status: TaskStatus, message: str | None = None) -> None:
        """Set the status of a task whose process is dead."""
        query = update(tasks).values(status=status, message=database_text(message))
        query = query.where(tasks.c.id == task)
        with self._writer.begin() as connection:
            # Two processes may find it out; its end counts once.
            if connection.execute(query.where(tasks.c.status != status.value)).rowcount:
                count_end(connection, task, status)
            else:
                connection.execute(query)

    def list_tasks(
        self,
        cluster: str | None = None,
        limit: int | None = None,
        *,
        clusters: Collection[str] | None = None,
        statuses: Collection[TaskStatus] | None = None,
        leaving_out: Collection[str] = (),
        begun: bool = False,
        refused: bool = True,
    ) -> list[TaskRecord]:
        """Return tasks, newest first, without those of the commands ``leaving_out``.

        With ``begun`` without those that have not begun; without ``refused`` also without those
        that ended before they began.
        """
        query = self._select().order_by(tasks.c.created.desc(), tasks.c.id.desc()).limit(limit)
        if cluster is not None:
            query = query.where(tasks.c.cluster == self._id(cluster))
        if clusters is not None:
            query = query.where(CLUSTER_NAME.in_(clusters))
        if statuses is not None:
            query = query.where(or_(*map(status_condition, statuses)))
        if begun:
            query = query.where(tasks.c.plan.is_not(None))
        if not refused:
            query = query.where(or_(tasks.c.plan.is_not(None), tasks.c.ended.is_(None)))
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
        *,
        refused: bool = True,
    ) -> TaskRecord:
        """Return the task whose id is, or uniquely begins with, ``name``.

        ``latest`` is the newest one of ``clusters`` (None: of all); a task of the commands
        ``rather_than``, or with these one that has not begun, only without any other; without
        ``refused`` one that ended before it began likewise. Raises ``UnknownTaskError``.
        """
        if name == "latest":
            begun = bool(rather_than)
            found = self.list_tasks(
                limit=1, clusters=clusters, leaving_out=rather_than, begun=begun, refused=refused
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
            query = self._select().where(tasks.c.id.startswith(name, autoescape=True)).limit(10)
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

    def _select(self) -> Select[Any]:
        """Return the query for the tasks of the project."""
        columns = [column for column in tasks.c if column is not tasks.c.cluster]
        return (
            select(*columns, CLUSTER_NAME.label("cluster"))
            .join(clusters, clusters.c.id == tasks.c.cluster)
            .where(clusters.c.project == self.project)
        )

    def _record(self, row: Row[Any]) -> TaskRecord:
        fields = dict(row._mapping)
        del fields["waiting_for"]
        return TaskRecord(
            **{
                **fields,
                "command": TaskCommand(row.command),
                "status": status_of(row),
                "directory": self.home / row.directory,
                "actor": None if row.actor is None else Actor.from_json(row.actor),
                "request": None if row.request is None else json.loads(row.request),
                "process": None if row.process is None else ProcessIdentity.from_json(row.process),
                "problem": None if row.problem is None else json.loads(row.problem),
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

    def plan(self, digest: str | None) -> Plan:
        """Return the plan with that digest.

        Raises ``KeyError``, and ``RefusedError`` for None, the plan of a task that has not begun.
        """
        if digest is None:
            raise RefusedError(
                "the task has not begun, so that it has no plan",
                code="task-not-begun",
                next_steps=[NextStep("list-tasks", "", "see what it waits for, or why it ended")],
            )
        query = select(plans.c.body).where(plans.c.digest == digest)
        with self._engine.connect() as connection:
            body = connection.execute(query).scalar()
        if body is None:
            raise KeyError(digest)
        return plan_from_json(body, f"the stored plan {digest}")


def _begin_task(connection: Connection, row: Mapping[str, Any]) -> None:
    """Insert a task, or give the one that was asked for its plan. Raises ``RefusedError``."""
    asked = connection.execute(select(tasks.c.id).where(tasks.c.id == row["id"])).first()
    if asked is None:
        connection.execute(insert(tasks), row)
        return
    values = {**row, "waiting_for": None}
    # An earlier program calls a task interrupted that has no lock and no run yet.
    waits = tasks.c.status.in_([TaskStatus.PENDING.value, TaskStatus.INTERRUPTED.value])
    query = update(tasks).where(tasks.c.id == row["id"], tasks.c.plan.is_(None), waits)
    if not connection.execute(query.values(values)).rowcount:
        raise RefusedError(f"task {row['id']} was cancelled before it began", code="task-finished")
