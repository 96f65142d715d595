"""What is kept of clusters, plans and tasks, and how it is found again."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, Select, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from worldtree.errors import ExitCode, WorldTreeError
from worldtree.plan.plan import Plan
from worldtree.results.events import Event
from worldtree.results.fold import fold
from worldtree.results.status import TaskStatus
from worldtree.results.tree import TaskResult
from worldtree.store.database import open_database
from worldtree.store.event_rows import from_row
from worldtree.store.recorder import StoreRecorder
from worldtree.store.schema import blobs, clusters, events, plans, tasks

#: Events read at a time.
_PAGE = 1000


class UnknownTaskError(WorldTreeError):
    """No task, or several, go by that id."""

    exit_code = ExitCode.INPUT


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """One task as it is listed; times are UTC epoch seconds."""

    id: str
    cluster: str
    pipeline: str
    command: str
    status: TaskStatus
    message: str | None
    #: Digest of its plan.
    plan: str
    #: Its own directory: frozen bundle, attempts.
    directory: Path
    created: float
    started: float | None
    ended: float | None


class Store:
    """The state under one WORLDTREE_HOME; safe to use from several processes at once."""

    def __init__(self, engine: Engine, home: Path) -> None:
        self._engine = engine
        self.home = home

    @classmethod
    def open(cls, home: Path) -> Store:
        """Open, create or upgrade the state under ``home``. Raises ``StoreError``."""
        return cls(open_database(home), home)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- tasks ---------------------------------------------------------------------------------

    def create_task(self, plan: Plan, command: str) -> TaskRecord:
        """Keep ``plan`` and a new pending task for it, and make the task's directory."""
        now = time.time()
        name = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{secrets.token_hex(3)}"
        directory = self.home / "tasks" / name
        directory.mkdir(mode=0o700, parents=True)
        body = plan.model_dump_json()
        digest = sha256(body.encode()).hexdigest()
        record = TaskRecord(
            id=name,
            cluster=plan.cluster,
            pipeline=plan.pipeline,
            command=command,
            status=TaskStatus.PENDING,
            message=None,
            plan=digest,
            directory=directory,
            created=now,
            started=None,
            ended=None,
        )
        plan_row = {
            "digest": digest,
            "cluster": plan.cluster,
            "pipeline": plan.pipeline,
            "version": plan.version,
            "body": body,
            "created": now,
        }
        cluster_row = {"name": plan.cluster, "created": now}
        task_row = {
            "id": name,
            "cluster": plan.cluster,
            "pipeline": plan.pipeline,
            "command": command,
            "plan": digest,
            "directory": str(directory),
            "status": TaskStatus.PENDING,
            "created": now,
        }
        with self._engine.begin() as connection:
            connection.execute(upsert(clusters).on_conflict_do_nothing(), cluster_row)
            connection.execute(upsert(plans).on_conflict_do_nothing(), plan_row)
            connection.execute(insert(tasks), task_row)
        return record

    def end_task(self, task: str, status: TaskStatus, message: str) -> None:
        """Close a task that is given up before anything of it was run."""
        values = {"status": status, "message": message, "ended": time.time()}
        query = update(tasks).where(tasks.c.id == task, tasks.c.started.is_(None))
        with self._engine.begin() as connection:
            connection.execute(query.values(values))

    def recorder(self, task: str) -> StoreRecorder:
        """Return the recorder that goes on where the task's events end."""
        query = select(func.max(events.c.seq)).where(events.c.task == task)
        with self._engine.connect() as connection:
            last = connection.execute(query).scalar()
        return StoreRecorder(self._engine, task, last or 0)

    def list_tasks(self, cluster: str | None = None, limit: int | None = None) -> list[TaskRecord]:
        """Return tasks, newest first."""
        query = select(tasks).order_by(tasks.c.created.desc(), tasks.c.id.desc()).limit(limit)
        if cluster is not None:
            query = query.where(tasks.c.cluster == cluster)
        with self._engine.connect() as connection:
            return [_record(row) for row in connection.execute(query)]

    def task(self, name: str) -> TaskRecord:
        """Return the task whose id is, or uniquely begins with, ``name``.

        ``latest`` is the newest one. Raises ``UnknownTaskError``.
        """
        if name == "latest":
            found = self.list_tasks(limit=1)
        else:
            query = select(tasks).where(tasks.c.id.startswith(name, autoescape=True)).limit(10)
            with self._engine.connect() as connection:
                found = [_record(row) for row in connection.execute(query)]
            found = [record for record in found if record.id == name] or found
        if len(found) == 1:
            return found[0]
        if not found:
            raise UnknownTaskError(
                f"there is no task `{name}`", hint="`wt tasks list` shows all tasks"
            )
        some = ", ".join(record.id for record in found)
        raise UnknownTaskError(f"several tasks begin with `{name}`", hint=f"say which: {some}")

    def plan(self, digest: str) -> Plan:
        """Return the plan of that digest. Raises ``KeyError``."""
        query = select(plans.c.body).where(plans.c.digest == digest)
        with self._engine.connect() as connection:
            body = connection.execute(query).scalar()
        if body is None:
            raise KeyError(digest)
        return Plan.model_validate_json(body)

    # ---- events --------------------------------------------------------------------------------

    def events(
        self, task: str, *, node: str | None = None, host: str | None = None, after: int = 0
    ) -> Iterator[Event]:
        """Yield a task's events whole and in order, those beyond ``after``, filtered."""
        query = (
            select(events, blobs.c.body.label("content"))
            .join_from(events, blobs, isouter=True)
            .where(events.c.task == task)
            .order_by(events.c.seq)
        )
        if node is not None:
            query = query.where(events.c.node == node)
        if host is not None:
            query = query.where(events.c.host == host)
        return self._pages(query, after)

    def _pages(self, query: Select[Any], after: int) -> Iterator[Event]:
        while True:
            with self._engine.connect() as connection:
                rows = connection.execute(query.where(events.c.seq > after).limit(_PAGE)).all()
            for row in rows:
                yield from_row(dict(row._mapping), row.content)
            if len(rows) < _PAGE:
                return
            after = rows[-1].seq

    def result(self, task: str) -> TaskResult:
        """Return a task's result tree as its events tell it. Raises ``UnknownTaskError``."""
        record = self.task(task)
        found = fold(self.events(record.id))
        if found.task_id:
            return found
        return TaskResult(
            task_id=record.id,
            cluster=record.cluster,
            pipeline=record.pipeline,
            status=record.status,
            message=record.message,
            ended=record.ended,
        )


def _record(row: Row[Any]) -> TaskRecord:
    fields = {**row._mapping, "status": TaskStatus(row.status), "directory": Path(row.directory)}
    return TaskRecord(**fields)
