"""Which workers may work on a cluster."""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlalchemy import select, update

from worldtree.core.actor import Actor
from worldtree.core.process_identity import current_process
from worldtree.store.audit import add_entry
from worldtree.store.base import StorePart
from worldtree.store.queue_order import tag_set
from worldtree.store.schema import clusters


class WorkerTags(StorePart):
    """Writes and reads the tags of clusters."""

    def worker_tags(self, cluster: str) -> frozenset[str]:
        """Return the tags that a worker needs for ``cluster``; none for any worker."""
        query = select(clusters.c.worker_tags).where(clusters.c.id == self._id(cluster))
        with self._engine.connect() as connection:
            return tag_set(connection.execute(query).scalar())

    def set_worker_tags(
        self, cluster: str, tags: Collection[str], who: str | Actor | None = None
    ) -> bool:
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
