"""Ids of clusters, whose names are unique within a project."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, func, select

from worldtree.core.errors import RefusedError
from worldtree.store.schema import DEFAULT_PROJECT, clusters
from worldtree.store.upsert import insert_new

#: The name of a cluster within its project.
CLUSTER_NAME: ColumnElement[str] = func.coalesce(clusters.c.label, clusters.c.id)


def cluster_id(project: str, name: str) -> Any:
    """Return the id of a project's cluster for a query: it matches no row without the cluster."""
    query = select(clusters.c.id).where(
        clusters.c.project == project,
        (clusters.c.id if project == DEFAULT_PROJECT else clusters.c.label) == name,
    )
    return query.scalar_subquery()


def ensure_cluster(connection: Connection, project: str, name: str, now: float) -> str:
    """Create a cluster unless it exists; return its id. Raises ``RefusedError``."""
    if project == DEFAULT_PROJECT:
        insert_new(connection, clusters, {"id": name, "created": now})
        owner = select(clusters.c.project).where(clusters.c.id == name)
        if connection.execute(owner).scalar_one() != project:
            # The name is the id of a cluster of another project.
            raise RefusedError(
                f"`{name}` cannot be the name of a cluster", code="cluster-name-reserved"
            )
        return name
    row = {"id": uuid4().hex, "project": project, "label": name, "created": now}
    insert_new(connection, clusters, row)
    found: str = connection.execute(select(cluster_id(project, name))).scalar_one()
    return found
