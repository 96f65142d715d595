"""Reads tasks and their plans."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Row, Select, case, func, or_, select

from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError
from worldtree.core.next_steps import NextStep
from worldtree.core.process_identity import ProcessIdentity
from worldtree.plan.plan import Plan
from worldtree.plan.versions import plan_from_json
from worldtree.results.status import HostStatus, TaskStatus
from worldtree.results.task_command import TaskCommand
from worldtree.store.asked_tasks import status_condition, status_of
from worldtree.store.base import StorePart
from worldtree.store.cluster_ids import CLUSTER_NAME
from worldtree.store.schema import attempts, clusters, host_results, nodes, plans, tasks
from worldtree.store.task_record import HostCounts, TaskRecord, UnknownTaskError

#: Tasks whose hosts are counted by one query.
_TASKS_PER_QUERY = 500


class TaskReads(StorePart):
    """Finds tasks of the project, and what was planned for them."""

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
