"""Tasks from the moment of asking until they begin, and those that never do.

A task without a plan has not begun. In the database its status is one that programs of schema 0004
know: ``pending`` while it is queued or waits, ``failed`` when it was refused.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, and_, insert, select, update

from worldtree.core.actor import Actor
from worldtree.core.errors import InputError, WorldTreeError
from worldtree.core.process_identity import ProcessIdentity
from worldtree.results.status import TaskStatus
from worldtree.results.task_command import TaskCommand
from worldtree.store.audit import REFUSED, add_entry
from worldtree.store.base import StorePart
from worldtree.store.counters import count_end
from worldtree.store.notices import note_problem, note_task_end
from worldtree.store.projections import database_text
from worldtree.store.schema import tasks

#: What a task waits for before it begins.
WaitReason = Literal["cluster", "window"]


class AskedTasks(StorePart):
    """Writes tasks that have not begun."""

    def ask_task(
        self,
        task: str,
        cluster: str,
        pipeline: str,
        command: TaskCommand,
        *,
        actor: Actor,
        request: Mapping[str, Any],
        process: ProcessIdentity | None = None,
        parent: str | None = None,
    ) -> None:
        """Store that ``actor`` asks for a task with this new id; ``process`` works on it."""
        now = time.time()
        row = asked_row(
            task,
            pipeline,
            command,
            now,
            actor=actor,
            request=request,
            process=process,
            parent=parent,
        )
        with self._writer.begin() as connection:
            row["cluster"] = self._ensure(connection, cluster, now)
            connection.execute(insert(tasks), row)

    def begin_to_work_on(self, task: str, process: ProcessIdentity) -> bool:
        """Store that ``process`` works on a task; False if that has begun or ended before."""
        with self._writer.begin() as connection:
            values = {"process": process.to_json()}
            return bool(connection.execute(_not_begun(task).values(values)).rowcount)

    def set_waiting(self, task: str, reason: WaitReason) -> None:
        """Store what a task that has not begun waits for."""
        with self._writer.begin() as connection:
            connection.execute(_not_begun(task).values(waiting_for=reason))

    def is_cancel_requested(self, task: str) -> bool:
        """Whether the cancel of a task that has not begun was requested, from anywhere."""
        query = select(tasks.c.cancel_requested).where(tasks.c.id == task, tasks.c.plan.is_(None))
        with self._engine.connect() as connection:
            return connection.execute(query).scalar() is not None

    def refuse_task(self, task: str, cluster: str, problem: WorldTreeError, who: Actor) -> None:
        """End a task that has not begun because of ``problem``."""
        values = {
            "status": TaskStatus.FAILED,
            "message": database_text(problem.message),
            "problem": database_text(json.dumps(problem_json(problem))),
            "ended": time.time(),
        }
        with self._writer.begin() as connection:
            if connection.execute(_not_begun(task).values(values)).rowcount:
                note_task_end(
                    connection, task, TaskStatus.REFUSED, database_text(problem.message), "refused"
                )
                note_problem(connection, task, problem.code, problem.message)
                count_end(connection, task, TaskStatus.REFUSED)
                add_entry(
                    connection,
                    "task-refused",
                    who,
                    cluster,
                    task,
                    problem.message,
                    project=self.project,
                    result=REFUSED,
                )

    def keep_problem(self, task: str, problem: WorldTreeError | None) -> None:
        """Keep why a request to continue a task was refused; None once one is not."""
        text = None if problem is None else database_text(json.dumps(problem_json(problem)))
        with self._writer.begin() as connection:
            connection.execute(update(tasks).where(tasks.c.id == task).values(problem=text))
            if problem is not None:
                note_problem(connection, task, problem.code, problem.message)

    def cancel_task(self, task: str, message: str) -> bool:
        """End a task that has not begun as cancelled; return False if it has begun or ended."""
        values = {"status": TaskStatus.CANCELLED, "message": message, "ended": time.time()}
        with self._writer.begin() as connection:
            done = bool(connection.execute(_not_begun(task).values(values)).rowcount)
            if done:
                count_end(connection, task, TaskStatus.CANCELLED)
        return done

    def fill_in_order(self) -> None:
        """Give tasks that an earlier program imported a time of asking, so that lists show them."""
        missing = tasks.c.asked.is_(None)
        with self._engine.connect() as connection:
            if connection.execute(select(tasks.c.id).where(missing).limit(1)).first() is None:
                return
        with self._writer.begin() as connection:
            connection.execute(update(tasks).where(missing).values(asked=tasks.c.created))


def asked_row(
    task: str,
    pipeline: str,
    command: str,
    now: float,
    *,
    actor: Actor,
    request: Mapping[str, Any],
    process: ProcessIdentity | None,
    parent: str | None,
) -> dict[str, Any]:
    """Return the row of a task that is asked for, without its cluster."""
    return {
        "id": task,
        "pipeline": pipeline,
        "command": TaskCommand(command).value,
        "directory": f"tasks/{task}",
        "status": TaskStatus.PENDING,
        "created": now,
        "asked": now,
        "parent": parent,
        "actor": actor.to_json(),
        "request": json.dumps(request),
        "process": None if process is None else process.to_json(),
    }


def _not_begun(task: str) -> Any:
    return update(tasks).where(tasks.c.id == task, tasks.c.plan.is_(None), tasks.c.ended.is_(None))


def problem_json(problem: WorldTreeError) -> dict[str, Any]:
    """Return why a request was refused as JSON data; of wrong input all diagnostics."""
    diagnostics = problem.diagnostics if isinstance(problem, InputError) else ()
    return {
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
        "next_steps": [asdict(step) for step in problem.next_steps],
        "exit_code": int(problem.exit_code),
        "diagnostics": [
            {
                "slug": one.slug,
                "severity": one.severity.value,
                "place": None if one.mark is None else str(one.mark),
                "summary": one.summary,
                "detail": one.detail,
                "hint": one.hint,
            }
            for one in diagnostics
        ],
    }


def status_of(row: Row[Any]) -> TaskStatus:
    """Return the status of a row of ``tasks``."""
    stored = TaskStatus(row.status)
    if row.plan is not None:
        return stored
    if stored is TaskStatus.PENDING:
        return TaskStatus.QUEUED if row.waiting_for is None else TaskStatus.WAITING
    return TaskStatus.REFUSED if stored is TaskStatus.FAILED else stored


def status_condition(status: TaskStatus) -> ColumnElement[bool]:
    """Return the condition for rows of ``tasks`` with this status."""
    if status in (TaskStatus.QUEUED, TaskStatus.WAITING):
        is_queued = tasks.c.waiting_for.is_(None)
        return and_(
            tasks.c.plan.is_(None),
            tasks.c.status == TaskStatus.PENDING.value,
            is_queued if status is TaskStatus.QUEUED else ~is_queued,
        )
    if status is TaskStatus.REFUSED:
        return and_(tasks.c.plan.is_(None), tasks.c.status == TaskStatus.FAILED.value)
    if status in (TaskStatus.PENDING, TaskStatus.FAILED):
        return and_(tasks.c.plan.is_not(None), tasks.c.status == status.value)
    return tasks.c.status == status.value
