"""Which workers may work on a cluster, and how many tasks of a project run at the same time."""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlalchemy import select, update

from worldtree.core.process_identity import current_process
from worldtree.store.audit import add_entry
from worldtree.store.base import StorePart
from worldtree.store.queue_order import tag_set, task_limit
from worldtree.store.schema import clusters, projects


class WorkerSettings(StorePart):
    """Writes and reads these settings of clusters and projects."""

    def worker_tags(self, cluster: str) -> frozenset[str]:
        """Return the tags that a worker needs for ``cluster``; none for any worker."""
        query = select(clusters.c.worker_tags).where(clusters.c.id == self._id(cluster))
        with self._engine.connect() as connection:
            return tag_set(connection.execute(query).scalar())

    def set_worker_tags(self, cluster: str, tags: Collection[str], who: str | None = None) -> bool:
        """Set the tags that a worker needs for ``cluster``; return False without the cluster."""
        text = json.dumps(sorted(tags)) if tags else None
        query = update(clusters).where(clusters.c.id == self._id(cluster))
        with self._writer.begin() as connection:
            if not connection.execute(query.values(worker_tags=text)).rowcount:
                return False
            detail = ", ".join(sorted(tags)) or "any worker"
            add_entry(
                connection,
                "worker-tags-set",
                who or str(current_process()),
                cluster,
                detail=detail,
                project=self.project,
            )
        return True

    def task_limit(self) -> int | None:
        """Return how many tasks of the project run at the same time; None for any number."""
        query = select(projects.c.settings).where(projects.c.id == self.project)
        with self._engine.connect() as connection:
            return task_limit(connection.execute(query).scalar())

    def set_task_limit(self, limit: int | None, who: str | None = None) -> None:
        """Set how many tasks of the project run at the same time; None for any number."""
        mine = projects.c.id == self.project
        with self._writer.begin() as connection:
            query = select(projects.c.settings).where(mine).with_for_update()
            settings = json.loads(connection.execute(query).scalar() or "{}")
            settings.pop("tasks", None)
            if limit is not None:
                settings["tasks"] = limit
            text = json.dumps(settings) if settings else None
            connection.execute(update(projects).where(mine).values(settings=text))
            detail = "no limit" if limit is None else f"{limit} tasks"
            add_entry(
                connection,
                "task-limit-set",
                who or str(current_process()),
                detail=detail,
                project=self.project,
            )
