"""Reads the rows of the queue as far as their order needs it.

Every worker does so each time that it looks for work: the settings of a project, which may be long,
are read and parsed once, however many rows of it wait.
"""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlalchemy import Connection, select

from worldtree.store.queue_order import ProjectRules, QueuePlace, project_rules, tag_set
from worldtree.store.schema import clusters, projects
from worldtree.store.service_tables import queue
from worldtree.store.worker_work import worker_of

#: The request of a row that only ends what a dead process left.
_CANCEL = {"kind": "cancel"}
_ROWS = (
    select(
        queue.c.id,
        queue.c.project,
        queue.c.cluster,
        queue.c.task,
        queue.c.priority,
        queue.c.process.is_not(None).label("is_taken"),
        queue.c.worker,
        queue.c.tries,
        # Compared in the database: the texts of requests may be long.
        (queue.c.request == json.dumps(_CANCEL)).label("is_cancel"),
        clusters.c.worker_tags,
    )
    .join(clusters, clusters.c.id == queue.c.cluster)
    .order_by(queue.c.priority.desc(), queue.c.id)
)


def queue_places(connection: Connection) -> list[QueuePlace]:
    """Return all rows, by priority and age."""
    rows = connection.execute(_ROWS).all()
    # By the projects of these rows, not of the table: rows may come and go in between.
    rules = _rules(connection, {row.project for row in rows})
    return [
        QueuePlace(
            id=row.id,
            project=row.project,
            cluster=row.cluster,
            task=row.task,
            priority=row.priority,
            is_taken=row.is_taken,
            worker=worker_of(row.worker, row.tries) if row.is_taken else None,
            tags=tag_set(row.worker_tags),
            is_continued=row.tries > 0,
            is_cancel=row.is_cancel,
            project_limit=rules[row.project].limit,
            policy=rules[row.project].policy,
        )
        for row in rows
    ]


def _rules(connection: Connection, wanted: Collection[str]) -> dict[str, ProjectRules]:
    if not wanted:
        return {}
    query = select(projects.c.id, projects.c.settings).where(projects.c.id.in_(wanted))
    return {row.id: project_rules(row.settings) for row in connection.execute(query)}
