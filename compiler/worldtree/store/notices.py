"""Notices: what channels tell. One is added in the transaction of what it is about.

So none is lost, however many there are and whatever dies. Where nobody hears, none is added.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, func, select

from worldtree.core.actor import Actor
from worldtree.results.notice_kind import NoticeKind
from worldtree.results.status import TaskStatus
from worldtree.store.cluster_ids import CLUSTER_NAME
from worldtree.store.schema import clusters, events, tasks
from worldtree.store.service_tables import channels, notices
from worldtree.store.upsert import insert_new


@dataclass(frozen=True, slots=True)
class NewNotice:
    """Something to tell; ``project`` is the id of one, ``cluster`` a name."""

    project: str
    kind: NoticeKind
    #: The same thing is noticed once.
    key: str
    #: One line for people: no secrets.
    summary: str
    cluster: str | None = None
    task: str | None = None
    #: What has the state that changed.
    subject: str | None = None
    #: JSON-ready data for programs: no secrets.
    data: Mapping[str, Any] = field(default_factory=dict)


#: Error code of a problem that is kept with a task -> what is reported of it.
_PROBLEMS = {
    "interrupted-work-uncertain": NoticeKind.ANSWER_WANTED,
    "worker-died": NoticeKind.ATTENTION_WANTED,
}
_FAILURES = frozenset({TaskStatus.FAILED.value, TaskStatus.PARTIAL.value, TaskStatus.REFUSED.value})


def add_notice(connection: Connection, notice: NewNotice, now: float | None = None) -> None:
    """Add a notice within a transaction, where the project has a channel; the same one once."""
    if not has_channels(connection, notice.project):
        return
    body = {"summary": notice.summary, **notice.data}
    row = {
        "project": notice.project,
        "cluster": notice.cluster,
        "task": notice.task,
        "kind": notice.kind.value,
        "subject": notice.subject,
        "key": notice.key,
        "body": json.dumps(body),
        "created": time.time() if now is None else now,
    }
    insert_new(connection, notices, row)


def has_channels(connection: Connection, project: str) -> bool:
    """Whether somebody may hear of a project."""
    query = select(channels.c.id).where(channels.c.project == project)
    return connection.execute(query.limit(1)).first() is not None


def last_kind(
    connection: Connection, project: str, cluster: str | None, subject: str
) -> str | None:
    """Return the kind of the newest notice about a subject of a cluster; None without one."""
    found = last_notice(connection, project, cluster, subject)
    return None if found is None else str(found.kind)


def last_notice(
    connection: Connection, project: str, cluster: str | None, subject: str
) -> Row[Any, Any] | None:
    """Return ``kind`` and ``body`` (JSON) of the newest notice about a subject of a cluster."""
    query = (
        select(notices.c.kind, notices.c.body)
        .where(
            notices.c.project == project,
            notices.c.cluster == cluster,
            notices.c.subject == subject,
        )
        .order_by(notices.c.id.desc())
        .limit(1)
    )
    return connection.execute(query).first()


def note_task_end(
    connection: Connection, task: str, status: str, message: str | None, key: str
) -> None:
    """Add what the end of a task changed: its pipeline fails now, or succeeds again.

    ``key`` tells this end from others of the task. Ends by a cancel change nothing.
    """
    has_failed = status in _FAILURES
    if not has_failed and status != TaskStatus.SUCCEEDED.value:
        return
    found = _described(connection, task)
    if found is None:
        return
    if status == TaskStatus.REFUSED.value and not _is_of_schedule(found["actor"]):
        return  # The caller knows it; it says nothing of the pipeline, and would hide its failure.
    # A check that succeeds says nothing of an apply that failed.
    subject = f"{found['command']} {found['pipeline']}"
    before = last_kind(connection, found["project"], found["cluster"], subject)
    kind = NoticeKind.FAILED if has_failed else NoticeKind.RECOVERED
    if before == kind or (before is None and not has_failed):
        return
    words = f"{found['pipeline']} of cluster {found['cluster']}"
    summary = f"{words} failed ({status})" if has_failed else f"{words} succeeded again"
    data = {"pipeline": found["pipeline"], "command": found["command"], "status": status}
    add_notice(
        connection,
        NewNotice(
            found["project"],
            kind,
            f"task {task} {key}",
            summary,
            found["cluster"],
            task,
            subject,
            {**data, "message": message},
        ),
    )


def note_problem(connection: Connection, task: str, code: str, message: str) -> None:
    """Add that a task waits for a person, if a problem with this code says so."""
    kind = _PROBLEMS.get(code)
    if kind is None or (found := _described(connection, task)) is None:
        return
    data = {"pipeline": found["pipeline"], "command": found["command"], "message": message}
    # It is reported again only after more was done for the task.
    last = connection.execute(select(func.max(events.c.seq)).where(events.c.task == task)).scalar()
    key = f"task {task} {code} {last}"
    add_notice(
        connection,
        NewNotice(found["project"], kind, key, message, found["cluster"], task, None, data),
    )


def _is_of_schedule(actor: str | None) -> bool:
    return actor is not None and Actor.from_json(actor).kind == "system"


def _described(connection: Connection, task: str) -> dict[str, Any] | None:
    """Return what a notice says of a task, and its actor; None where nobody hears."""
    query = (
        select(
            clusters.c.project,
            CLUSTER_NAME.label("cluster"),
            tasks.c.pipeline,
            tasks.c.command,
            tasks.c.actor,
        )
        .join(clusters, clusters.c.id == tasks.c.cluster)
        .join(channels, channels.c.project == clusters.c.project)
        .where(tasks.c.id == task)
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else dict(row._mapping)
