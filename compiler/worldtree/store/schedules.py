"""Schedules, what became of their due times, and blackout windows.

All times are UTC epoch seconds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, and_, delete, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError
from worldtree.store.audit import add_entry
from worldtree.store.cluster_ids import CLUSTER_NAME
from worldtree.store.notices import NewNotice, add_notice
from worldtree.store.projections import database_text
from worldtree.store.schema import clusters, tasks
from worldtree.store.service_tables import queue, schedule_runs, schedules
from worldtree.store.task_queue import NewQueuedTask, TaskQueue


@dataclass(frozen=True, slots=True)
class ScheduleRecord:
    """A schedule of a cluster (its name)."""

    id: str
    #: The id of the project.
    project: str
    cluster: str
    name: str
    request: Mapping[str, Any]
    cron: str
    time_zone: str
    policy: Mapping[str, Any]
    #: Who made it.
    actor: Actor
    created: float
    #: None while it is enabled.
    disabled: float | None
    #: The first time that is not decided; None without one.
    due: float | None


@dataclass(frozen=True, slots=True)
class ScheduleRun:
    """What became of a due time."""

    due: float
    decided: float
    outcome: str
    task: str | None = None
    #: Why it was refused.
    message: str | None = None


class Schedules(TaskQueue):
    """Writes and reads schedules."""

    def add_schedule(
        self,
        cluster: str,
        name: str,
        *,
        request: Mapping[str, Any],
        cron: str,
        time_zone: str,
        policy: Mapping[str, Any],
        actor: Actor,
        due: float | None,
        now: float,
    ) -> ScheduleRecord:
        """Store a schedule. Raises ``RefusedError`` where the cluster has one of the name."""
        row = {
            "id": uuid4().hex,
            "project": self.project,
            "name": name,
            "request": json.dumps(request),
            "cron": cron,
            "time_zone": time_zone,
            "policy": json.dumps(policy),
            "actor": actor.to_json(),
            "created": now,
            "due": due,
        }
        try:
            with self._writer.begin() as connection:
                row["cluster"] = self._ensure(connection, cluster, now)
                connection.execute(insert(schedules), row)
                add_entry(
                    connection,
                    "schedule-created",
                    actor,
                    cluster,
                    detail=name,
                    project=self.project,
                )
        except IntegrityError as problem:
            raise RefusedError(
                f"cluster `{cluster}` has a schedule `{name}` already",
                code="schedule-exists",
                hint="delete it first, or choose another name",
            ) from problem
        found = self.find_schedule(cluster, name)
        if found is None:
            raise RefusedError(f"schedule `{name}` was deleted", code="schedule-unknown")
        return found

    def find_schedule(self, cluster: str, name: str) -> ScheduleRecord | None:
        """Return a schedule by its cluster and its name; None without one."""
        found = self._schedules(schedules.c.cluster == self._id(cluster), schedules.c.name == name)
        return found[0] if found else None

    def list_schedules(self, cluster: str | None = None) -> list[ScheduleRecord]:
        """Return the schedules of the project, or of a cluster, by cluster and name."""
        mine = schedules.c.project == self.project
        if cluster is not None:
            mine = and_(mine, schedules.c.cluster == self._id(cluster))
        return self._schedules(mine)

    def due_schedules(self, now: float) -> list[ScheduleRecord]:
        """Return the enabled schedules of all projects that are due, the most overdue first."""
        found = self._schedules(schedules.c.disabled.is_(None), schedules.c.due <= now)
        return sorted(found, key=lambda one: (one.due or 0.0, one.id))

    def _schedules(self, *conditions: Any) -> list[ScheduleRecord]:
        query = (
            select(*(c for c in schedules.c if c.name != "cluster"), CLUSTER_NAME.label("cluster"))
            .join(clusters, clusters.c.id == schedules.c.cluster)
            .where(*conditions)
            .order_by(CLUSTER_NAME, schedules.c.name)
        )
        with self._engine.connect() as connection:
            return [_schedule(row) for row in connection.execute(query)]

    def set_schedule_enabled(
        self, schedule: str, who: Actor, *, due: float | None, disabled: float | None
    ) -> bool:
        """Disable a schedule since ``disabled``, or enable it; return False if it is so already.

        Times before ``due`` are not decided any more.
        """
        query = update(schedules).where(schedules.c.id == schedule)
        is_disabled = schedules.c.disabled.is_not(None)
        query = query.where(is_disabled if disabled is None else ~is_disabled)
        with self._writer.begin() as connection:
            if not connection.execute(query.values(disabled=disabled, due=due)).rowcount:
                return False
            what = "schedule-enabled" if disabled is None else "schedule-disabled"
            self._note(connection, what, who, self._place(connection, schedule))
        return True

    def delete_schedule(self, schedule: str, who: Actor) -> bool:
        """Delete a schedule with its history; return False if there is none."""
        with self._writer.begin() as connection:
            place = self._place(connection, schedule)
            connection.execute(delete(schedule_runs).where(schedule_runs.c.schedule == schedule))
            gone = connection.execute(delete(schedules).where(schedules.c.id == schedule))
            if not gone.rowcount:
                return False
            self._note(connection, "schedule-deleted", who, place)
        return True

    def _place(self, connection: Connection, schedule: str) -> tuple[str, str]:
        """Return the cluster and the name of a schedule."""
        query = (
            select(schedules.c.name, CLUSTER_NAME.label("cluster"))
            .join(clusters, clusters.c.id == schedules.c.cluster)
            .where(schedules.c.id == schedule)
        )
        row = connection.execute(query).first()
        return ("", "") if row is None else (row.cluster, row.name)

    def _note(self, connection: Connection, what: str, who: Actor, place: tuple[str, str]) -> None:
        cluster, name = place
        add_entry(connection, what, who, cluster, detail=name, project=self.project)

    def schedule_history(
        self, schedule: str, limit: int, before: float | None = None
    ) -> list[ScheduleRun]:
        """Return what became of due times, newest first, those before ``before``."""
        query = select(*(column for column in schedule_runs.c if column.name != "schedule")).where(
            schedule_runs.c.schedule == schedule
        )
        if before is not None:
            query = query.where(schedule_runs.c.due < before)
        query = query.order_by(schedule_runs.c.due.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [ScheduleRun(**row._mapping) for row in connection.execute(query)]

    def unfinished_tasks_of(self, schedule: str, before: float) -> list[str]:
        """Return the tasks of a schedule's due times before ``before`` that still have work.

        Those are in the queue, or neither ended nor interrupted.
        """
        is_at_work = and_(tasks.c.ended.is_(None), tasks.c.status.in_(("pending", "running")))
        is_queued = exists().where(queue.c.task == tasks.c.id)
        query = (
            select(tasks.c.id)
            .join(schedule_runs, schedule_runs.c.task == tasks.c.id)
            .where(schedule_runs.c.schedule == schedule, schedule_runs.c.due < before)
            .where(or_(is_at_work, is_queued))
            .order_by(schedule_runs.c.due)
        )
        with self._engine.connect() as connection:
            return list(connection.scalars(query))

    def decide_due(
        self,
        schedule: ScheduleRecord,
        runs: Sequence[ScheduleRun],
        next_due: float | None,
        *,
        start: NewQueuedTask | None = None,
        notice: NewNotice | None = None,
    ) -> bool:
        """Keep what became of due times, the first of which is ``schedule.due``.

        ``start`` is queued in the same transaction. Returns False, and does nothing, where another
        process decided them, and where the schedule was disabled, enabled again or deleted.
        """
        moved = update(schedules).where(
            schedules.c.id == schedule.id,
            schedules.c.due == schedule.due,
            schedules.c.disabled.is_(None),
        )
        rows = [
            {
                "schedule": schedule.id,
                "due": run.due,
                "decided": run.decided,
                "outcome": run.outcome,
                "task": run.task,
                "message": database_text(run.message),
            }
            for run in runs
        ]
        with self._writer.begin() as connection:
            if not connection.execute(moved.values(due=next_due)).rowcount:
                return False
            if start is not None:
                self._add_task(connection, start)
            # After the task, which it names.
            connection.execute(insert(schedule_runs), rows)
            if notice is not None:
                add_notice(connection, notice)
            if start is not None:
                self._note_asked(connection, start)
        return True


def _schedule(row: Any) -> ScheduleRecord:
    values = {
        **row._mapping,
        "request": json.loads(row.request),
        "policy": json.loads(row.policy),
        "actor": Actor.from_json(row.actor),
    }
    return ScheduleRecord(**values)
