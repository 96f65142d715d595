"""The base of all parts of the store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from worldtree.store.cluster_ids import cluster_id, ensure_cluster
from worldtree.store.database import writing_engine
from worldtree.store.schema import DEFAULT_PROJECT


class StorePart:
    """A part of the store: reads with one engine and writes with another on the same pool.

    Names of clusters are those of one project; what other projects have does not exist for it.
    """

    def __init__(self, engine: Engine, home: Path, project: str = DEFAULT_PROJECT) -> None:
        #: The id of the project.
        self.project = project
        self._engine = engine
        self._writer = writing_engine(engine)
        #: The directory of the tasks' directories.
        self.home = home

    def _id(self, cluster: str) -> Any:
        """Return the id of a cluster for a query."""
        return cluster_id(self.project, cluster)

    def _ensure(self, connection: Connection, cluster: str, now: float) -> str:
        """Create a cluster unless it exists; return its id."""
        return ensure_cluster(connection, self.project, cluster, now)
