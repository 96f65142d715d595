"""Writes tasks with their plans and documents."""

from __future__ import annotations

import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError
from worldtree.core.private_directories import make_private_directory
from worldtree.core.process_identity import current_process
from worldtree.plan.plan import Plan
from worldtree.results.status import TaskStatus
from worldtree.results.task_command import TaskCommand
from worldtree.store.audit import add_entry
from worldtree.store.cluster_ids import CLUSTER_NAME
from worldtree.store.counters import count_end
from worldtree.store.documents import Documents, keep_document
from worldtree.store.home_databases import note_database
from worldtree.store.lease_owners import owned_row
from worldtree.store.notices import note_task_end
from worldtree.store.projections import database_text
from worldtree.store.schema import clusters, plans, tasks
from worldtree.store.task_id import new_task_id
from worldtree.store.task_reads import TaskReads
from worldtree.store.task_record import TaskRecord
from worldtree.store.upsert import insert_new


class Tasks(Documents, TaskReads):
    """Creates tasks, and ends those whose process does not."""

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
        when the task was cancelled before it began, or another process has the work on it.
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
            if self.work is not None:
                owned_row(connection, self.work, current_process())
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

    def end_task(self, task: str, status: TaskStatus, message: str) -> None:
        """End a task that has not started."""
        values = {"status": status, "message": database_text(message), "ended": time.time()}
        query = update(tasks).where(tasks.c.id == task, tasks.c.started.is_(None))
        with self._writer.begin() as connection:
            if connection.execute(query.values(values)).rowcount:
                note_task_end(connection, task, status, message, "not started")
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
        """Set the status of a task whose process is dead; all but an interrupted one end by it."""
        values: dict[str, Any] = {"status": status, "message": database_text(message)}
        if status is not TaskStatus.INTERRUPTED:
            values["ended"] = func.coalesce(tasks.c.ended, time.time())
        query = update(tasks).values(values).where(tasks.c.id == task)
        with self._writer.begin() as connection:
            # Two processes may find it out; its end counts once.
            if connection.execute(query.where(tasks.c.status != status.value)).rowcount:
                count_end(connection, task, status)
            else:
                connection.execute(query)


def _begin_task(connection: Connection, row: Mapping[str, Any]) -> None:
    """Insert a task, or give the one that was asked for its plan. Raises ``RefusedError``."""
    asked = connection.execute(select(tasks.c.id).where(tasks.c.id == row["id"])).first()
    if asked is None:
        connection.execute(insert(tasks), {**row, "asked": row["created"]})
        return
    values = {**row, "waiting_for": None}
    # An earlier program calls a task interrupted that has no lock and no run yet.
    waits = tasks.c.status.in_([TaskStatus.PENDING.value, TaskStatus.INTERRUPTED.value])
    query = update(tasks).where(tasks.c.id == row["id"], tasks.c.plan.is_(None), waits)
    if not connection.execute(query.values(values)).rowcount:
        raise RefusedError(f"task {row['id']} was cancelled before it began", code="task-finished")
