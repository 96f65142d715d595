"""Windows in which no schedule starts anything; times are UTC epoch seconds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, insert, select

from worldtree.core.actor import Actor
from worldtree.store.audit import add_entry
from worldtree.store.base import StorePart
from worldtree.store.cluster_ids import CLUSTER_NAME
from worldtree.store.schema import clusters, tasks
from worldtree.store.service_tables import blackouts, queue


@dataclass(frozen=True, slots=True)
class BlackoutRecord:
    """A window, or one that comes again and again."""

    id: str
    #: The name of its cluster; None for all clusters of the project.
    cluster: str | None
    name: str
    body: Mapping[str, Any]
    created: float


class Blackouts(StorePart):
    """Writes and reads the blackout windows of a project."""

    def add_blackout(
        self, name: str, cluster: str | None, body: Mapping[str, Any], who: Actor, now: float
    ) -> BlackoutRecord:
        """Store a blackout window."""
        found = BlackoutRecord(uuid4().hex, cluster, name, body, now)
        row = {
            "id": found.id,
            "project": self.project,
            "cluster": None,
            "name": name,
            "body": json.dumps(body),
            "created": now,
        }
        with self._writer.begin() as connection:
            if cluster is not None:
                row["cluster"] = self._ensure(connection, cluster, now)
            connection.execute(insert(blackouts), row)
            add_entry(
                connection, "blackout-created", who, cluster, detail=name, project=self.project
            )
        return found

    def list_blackouts(self, cluster: str | None = None) -> list[BlackoutRecord]:
        """Return the windows of the project, by name; with ``cluster`` those that it heeds."""
        query = (
            select(
                blackouts.c.id,
                CLUSTER_NAME.label("cluster"),
                blackouts.c.name,
                blackouts.c.body,
                blackouts.c.created,
            )
            .join(clusters, clusters.c.id == blackouts.c.cluster, isouter=True)
            .where(blackouts.c.project == self.project)
            .order_by(blackouts.c.name, blackouts.c.id)
        )
        if cluster is not None:
            mine = blackouts.c.cluster == self._id(cluster)
            query = query.where(blackouts.c.cluster.is_(None) | mine)
        with self._engine.connect() as connection:
            return [
                BlackoutRecord(**{**row._mapping, "body": json.loads(row.body)})
                for row in connection.execute(query)
            ]

    def waiting_scheduled_tasks(self) -> dict[tuple[str, str], list[str]]:
        """Return the tasks of schedules that wait in the queue and have not begun.

        They are those of all projects, by the id of the project and the name of the cluster.
        """
        query = (
            select(queue.c.project, CLUSTER_NAME.label("cluster"), queue.c.task, queue.c.actor)
            .join(clusters, clusters.c.id == queue.c.cluster)
            .join(tasks, tasks.c.id == queue.c.task)
            # One that has begun has a plan: to cancel or continue it waits for no blackout.
            .where(queue.c.process.is_(None), tasks.c.plan.is_(None))
            .where(queue.c.actor.contains("system"))
            .order_by(queue.c.id)
        )
        found: dict[tuple[str, str], list[str]] = {}
        with self._engine.connect() as connection:
            for row in connection.execute(query):
                if Actor.from_json(row.actor).kind == "system":
                    found.setdefault((row.project, row.cluster), []).append(row.task)
        return found

    def delete_blackout(self, blackout: str, who: Actor) -> bool:
        """Delete a window (its id); return False if the project has none."""
        mine = (blackouts.c.id == blackout) & (blackouts.c.project == self.project)
        with self._writer.begin() as connection:
            name = connection.execute(select(blackouts.c.name).where(mine)).scalar()
            if not connection.execute(delete(blackouts).where(mine)).rowcount:
                return False
            add_entry(connection, "blackout-deleted", who, detail=str(name), project=self.project)
        return True
