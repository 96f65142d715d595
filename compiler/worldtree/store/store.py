"""The store of clusters, plans, tasks and events."""

from __future__ import annotations

from pathlib import Path

from worldtree.results.fold import fold
from worldtree.results.tree import TaskResult
from worldtree.store.archives import Archives
from worldtree.store.asked_tasks import AskedTasks
from worldtree.store.audit import Audit
from worldtree.store.blackouts import Blackouts
from worldtree.store.cluster_files import ClusterFileRows
from worldtree.store.cluster_pages import ClusterPages
from worldtree.store.cluster_state import ClusterState
from worldtree.store.database import (
    missing_durability,
    open_database,
    open_existing,
    revision,
    url_location,
)
from worldtree.store.deliveries import Deliveries
from worldtree.store.document_tasks import DocumentTasks
from worldtree.store.event_log import EventLog
from worldtree.store.event_order import EventOrder
from worldtree.store.event_pages import EventPages
from worldtree.store.figures import Figures
from worldtree.store.group_roles import GroupRoles
from worldtree.store.idempotency import IdempotencyKeys
from worldtree.store.lease import Leases
from worldtree.store.log_pages import LogPages
from worldtree.store.logins import Logins
from worldtree.store.projects import Projects
from worldtree.store.proposals import Proposals
from worldtree.store.prune import Pruning
from worldtree.store.queue_cancels import QueueCancels
from worldtree.store.rebuild import TaskRebuilder
from worldtree.store.reconnect import wait_for_server
from worldtree.store.roles import Roles
from worldtree.store.schedules import Schedules
from worldtree.store.sessions import Sessions
from worldtree.store.standing_states import StandingStates
from worldtree.store.task_files import TaskFiles
from worldtree.store.task_pages import TaskPages
from worldtree.store.task_record import TaskRecord, UnknownTaskError
from worldtree.store.tokens import Tokens
from worldtree.store.unended_tasks import UnendedTasks
from worldtree.store.users import Users
from worldtree.store.worker_tags import WorkerTags
from worldtree.store.workers import Workers

__all__ = ["Store", "TaskRecord", "UnknownTaskError"]


class Store(
    Pruning,
    TaskPages,
    ClusterPages,
    AskedTasks,
    Schedules,
    Blackouts,
    Deliveries,
    StandingStates,
    DocumentTasks,
    Proposals,
    QueueCancels,
    UnendedTasks,
    TaskFiles,
    Archives,
    ClusterFileRows,
    EventLog,
    EventPages,
    EventOrder,
    LogPages,
    Leases,
    ClusterState,
    Audit,
    TaskRebuilder,
    Projects,
    Users,
    Roles,
    Tokens,
    Sessions,
    GroupRoles,
    Logins,
    Workers,
    WorkerTags,
    IdempotencyKeys,
    Figures,
):
    """The whole state; safe for several processes and threads at once.

    The database is a file under ``home`` or a server; the tasks' directories are always under
    ``home``. Errors of the database are raised as ``StoreError``.
    """

    @classmethod
    def open(cls, home: Path, url: str = "") -> Store:
        """Open, create or upgrade the state, in a file or at ``url``. Raises ``StoreError``."""
        return cls(open_database(home, url), home)

    @classmethod
    def open_existing(cls, home: Path, url: str = "") -> Store | None:
        """Open or upgrade the state; None without one. Raises ``StoreError``."""
        engine = open_existing(home, url)
        return None if engine is None else cls(engine, home)

    def of_project(self, project: str) -> Store:
        """Return the part of the same state that belongs to a project, by its id."""
        found = Store(self._engine, self._state, project)
        found.times, found.work = self.times, self.work
        return found

    def wait_for_server(self, seconds: float) -> None:
        """Wait for a server that is away instead of failing, ``seconds`` at most."""
        wait_for_server(self._engine, seconds)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def describe(self) -> str:
        """Return where the database is, without a password, and its schema's revision."""
        return f"{url_location(self._engine.url)}, schema {revision(self._engine)}"

    def missing_durability(self) -> tuple[str, ...]:
        """Return the settings of the server because of which a crash may lose commits."""
        return missing_durability(self._engine)

    def result(self, task: str, *, keep_tasks: bool = True) -> TaskResult:
        """Return a task's result tree, folded from its events. Raises ``UnknownTaskError``.

        Without ``keep_tasks`` it ends at the hosts, without Ansible tasks and their output.
        """
        record = self.task(task)
        events = self.events(record.id, outputs=keep_tasks)
        found = fold(events, keep_tasks=keep_tasks)
        if found.task_id:
            return found
        return TaskResult(
            task_id=record.id,
            cluster=record.cluster,
            pipeline=record.pipeline,
            parameters=self.plan(record.plan).parameters if record.has_begun else {},
            status=record.status,
            message=record.message,
            ended=record.ended,
        )
