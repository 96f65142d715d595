"""What was run before: tasks, their results, and everything that hosts said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from worldtree.results.events import Event, EventKind
from worldtree.results.task_command import READ_ONLY_COMMANDS
from worldtree.results.tree import TaskResult

if TYPE_CHECKING:
    from worldtree.store.audit import AuditEntry as AuditEntry
    from worldtree.store.store import Store
    from worldtree.store.store import TaskRecord as TaskRecord
    from worldtree.store.tasks import HostCounts as HostCounts

__all__ = ["AuditEntry", "HistoryService", "HostCounts", "TaskRecord"]

#: What a log is made of: the ends of Ansible tasks, and what Ansible itself had to say.
_LOG_EVENT_KINDS = frozenset(
    {EventKind.HOST_TASK_FINISHED, EventKind.HOST_TASK_RETRIED, EventKind.RUN_MESSAGE}
)


class HistoryService:
    """Reads the store; ids may be shortened, and ``latest`` is the newest task."""

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store

    def list(self, cluster: str | None = None, limit: int | None = None) -> list[TaskRecord]:
        """Return tasks as they stand, newest first."""
        from worldtree.app.tasks.task_state import current_record

        store = self._store()
        return [current_record(store, task) for task in store.list_tasks(cluster, limit)]

    def host_counts(self, tasks: Sequence[TaskRecord]) -> Mapping[str, HostCounts]:
        """Return how many hosts each task has, changed and lost, without reading its events."""
        found = self._store().host_counts([task.id for task in tasks])
        looked = {task.id for task in tasks if task.command in READ_ONLY_COMMANDS}
        return {
            name: counts._replace(changed=0) if name in looked else counts
            for name, counts in found.items()
        }

    def audit(self, cluster: str | None = None, limit: int | None = None) -> Sequence[AuditEntry]:
        """Return what people did to the state, newest first."""
        return self._store().audit_log(cluster, limit)

    def result(self, task: str) -> TaskResult:
        """Return a task's results as they stand; raises ``UnknownTaskError``."""
        from worldtree.app.tasks.task_state import current_result

        store = self._store()
        return current_result(store, store.task(task))

    def logs(
        self, task: str, *, node: str | None = None, host: str | None = None
    ) -> Iterator[Event]:
        """Yield what hosts and Ansible said, whole and in order; raises ``UnknownTaskError``."""
        record = self._store().task(task)
        events = self._store().events(record.id, node=node, host=host)
        return (event for event in events if event.kind in _LOG_EVENT_KINDS)
