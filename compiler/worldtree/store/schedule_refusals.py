"""Schedules that may not start their tasks: since when, why, and what channels hear of it.

A schedule that is refused at each of its times is reported once, and once more when the reason is
another one, and when it starts a task again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, and_, not_, or_, select

from worldtree.results.notice_kind import NoticeKind
from worldtree.results.status import TaskStatus
from worldtree.store.asked_tasks import status_condition
from worldtree.store.base import StorePart
from worldtree.store.notices import NewNotice, add_notice, last_notice
from worldtree.store.schema import tasks
from worldtree.store.service_tables import schedule_runs

if TYPE_CHECKING:
    from worldtree.store.schedules import ScheduleRecord

#: Outcomes of due times at which a task was asked for.
_STARTED, _REFUSED = "started", "refused"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a task of a schedule was refused; ``code`` is that of the error."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class StandingRefusal:
    """The first due time (epoch seconds) of those refused in a row, and the last reason."""

    since: float
    message: str | None


class ScheduleRefusals(StorePart):
    """Reads whether the tasks of a schedule are refused."""

    def refusal_of(self, schedule: str) -> StandingRefusal | None:
        """Return since when all tasks of a schedule (its id) are refused; None if they are not.

        A task is also refused after it was started, such as by the policy for documents.
        """
        is_refused_task = and_(
            schedule_runs.c.outcome == _STARTED, status_condition(TaskStatus.REFUSED)
        )
        is_refused = or_(schedule_runs.c.outcome == _REFUSED, is_refused_task)
        is_started = and_(schedule_runs.c.outcome == _STARTED, tasks.c.id.is_not(None))
        runs = schedule_runs.outerjoin(tasks, tasks.c.id == schedule_runs.c.task)
        mine = schedule_runs.c.schedule == schedule
        last_good = (
            select(schedule_runs.c.due)
            .select_from(runs)
            .where(mine, is_started, not_(is_refused_task))
            .order_by(schedule_runs.c.due.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            after = connection.execute(last_good).scalar() or 0.0
            bad = and_(mine, is_refused, schedule_runs.c.due > after)
            query = (
                select(
                    schedule_runs.c.due, schedule_runs.c.message, tasks.c.message.label("problem")
                )
                .select_from(runs)
                .where(bad)
            )
            last = connection.execute(query.order_by(schedule_runs.c.due.desc()).limit(1)).first()
            if last is None:
                return None
            first = connection.execute(query.order_by(schedule_runs.c.due).limit(1)).one()
        return StandingRefusal(first.due, last.message or last.problem)


def note_refused(
    connection: Connection, schedule: ScheduleRecord, due: float, refusal: Refusal
) -> None:
    """Add that a schedule is refused, unless that was reported for the same reason."""
    subject = _subject(schedule)
    last = last_notice(connection, schedule.project, schedule.cluster, subject)
    if (
        last is not None
        and last.kind == NoticeKind.SCHEDULE_REFUSED
        and json.loads(last.body).get("code") == refusal.code
    ):
        return
    summary = f"schedule {schedule.name} of cluster {schedule.cluster} is refused"
    notice = NewNotice(
        schedule.project,
        NoticeKind.SCHEDULE_REFUSED,
        f"{subject} {due}",
        f"{summary}: {refusal.message}",
        schedule.cluster,
        subject=subject,
        data={"schedule": schedule.name, "code": refusal.code, "message": refusal.message},
    )
    add_notice(connection, notice)


def note_accepted(connection: Connection, schedule: ScheduleRecord, due: float, task: str) -> None:
    """Add that a schedule starts a task again, if it was reported as refused."""
    subject = _subject(schedule)
    last = last_notice(connection, schedule.project, schedule.cluster, subject)
    if last is None or last.kind != NoticeKind.SCHEDULE_REFUSED:
        return
    notice = NewNotice(
        schedule.project,
        NoticeKind.SCHEDULE_ACCEPTED,
        f"{subject} {due}",
        f"schedule {schedule.name} of cluster {schedule.cluster} starts its tasks again",
        schedule.cluster,
        task,
        subject,
        {"schedule": schedule.name},
    )
    add_notice(connection, notice)


def _subject(schedule: ScheduleRecord) -> str:
    return f"schedule {schedule.id}"
