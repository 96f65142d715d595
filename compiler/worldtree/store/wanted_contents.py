"""Archives with which wanted documents were run last: to verify or remove a cluster takes them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import Connection, select

from worldtree.store.schema import clusters, tasks

#: Newest tasks of a cluster that are looked at, as by the commands that look for the content.
_MAX_TASKS = 50


def wanted_archives(connection: Connection, project: str) -> frozenset[str]:
    """Return the archive of the newest task that had content, of each wanted document."""
    query = select(clusters.c.id, clusters.c.document).where(
        clusters.c.project == project, clusters.c.document.is_not(None)
    )
    rows = connection.execute(query).all()
    found = (_archive(_requests(connection, cluster), document) for cluster, document in rows)
    return frozenset(one for one in found if one is not None)


def _requests(connection: Connection, cluster: str) -> Iterator[str | None]:
    """Yield what the newest tasks of a cluster (its id) were asked for, the last one first."""
    query = select(tasks.c.request).where(tasks.c.cluster == cluster)
    query = query.where(tasks.c.request.contains('"content"'))
    query = query.order_by(tasks.c.asked.desc(), tasks.c.id.desc()).limit(_MAX_TASKS)
    yield from connection.scalars(query)


def _archive(requests: Iterator[str | None], document: str) -> str | None:
    """Return the archive of the first request for a document that has content."""
    for text in requests:
        request = json.loads(text) if text else {}
        content = request.get("content")
        if request.get("stored_document") == document and isinstance(content, dict):
            archive = content.get("archive")
            return archive if isinstance(archive, str) else None
    return None
