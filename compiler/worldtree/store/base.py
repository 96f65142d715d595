"""The base of all parts of the store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from worldtree.core.worker_times import WorkerTimes
from worldtree.store.cluster_ids import cluster_id, ensure_cluster
from worldtree.store.database import writing_engine
from worldtree.store.schema import DEFAULT_PROJECT
from worldtree.store.worker_work import WorkerWork


def project_directory(home: Path, project: str) -> Path:
    """Return where a project (its id) has its tasks and what its roles keep on this machine.

    Clusters of one name in two projects share nothing there.
    """
    return home if project == DEFAULT_PROJECT else home / "projects" / project


class StorePart:
    """A part of the store: reads with one engine and writes with another on the same pool.

    Names of clusters are those of one project; what other projects have does not exist for it.
    ``home`` is the state directory of the machine.
    """

    def __init__(self, engine: Engine, home: Path, project: str = DEFAULT_PROJECT) -> None:
        #: The id of the project.
        self.project = project
        self._state = home
        self._engine = engine
        self._writer = writing_engine(engine)
        #: The directory of the tasks' directories.
        self.home = project_directory(home, project)
        #: How long workers may be silent.
        self.times = WorkerTimes()
        #: What this process does for a worker; None at a terminal.
        self.work: WorkerWork | None = None

    def _id(self, cluster: str) -> Any:
        """Return the id of a cluster for a query."""
        return cluster_id(self.project, cluster)

    def _ensure(self, connection: Connection, cluster: str, now: float) -> str:
        """Create a cluster unless it exists; return its id."""
        return ensure_cluster(connection, self.project, cluster, now)
