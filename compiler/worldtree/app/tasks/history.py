"""What was run before: tasks, their results, and everything that hosts said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from worldtree.results.events import Event, EventKind
from worldtree.results.tree import TaskResult

if TYPE_CHECKING:
    from worldtree.store.audit import AuditEntry as AuditEntry
    from worldtree.store.store import Store
    from worldtree.store.store import TaskRecord as TaskRecord
    from worldtree.store.tasks import HostCounts as HostCounts

__all__ = ["ONLY_LOOKING", "AuditEntry", "History", "HostCounts", "TaskRecord"]

#: Commands of tasks that change nothing: what they found to be different is no change.
ONLY_LOOKING = ("check", "drift")
#: What a log is made of: the ends of Ansible tasks, and what Ansible itself had to say.
_LOGGED = frozenset(
    {EventKind.HOST_TASK_FINISHED, EventKind.HOST_TASK_RETRIED, EventKind.RUN_MESSAGE}
)


class History:
    """Reads the store; ids may be shortened, and ``latest`` is the newest task."""

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store

    def list(self, cluster: str | None = None, limit: int | None = None) -> list[TaskRecord]:
        """Return tasks as they stand, newest first."""
        from worldtree.app.tasks.task_state import listed_as_it_stands

        store = self._store()
        return [listed_as_it_stands(store, task) for task in store.list_tasks(cluster, limit)]

    def host_counts(self, tasks: Sequence[TaskRecord]) -> Mapping[str, HostCounts]:
        """Return how many hosts each task has, changed and lost, without reading its events."""
        found = self._store().host_counts([task.id for task in tasks])
        looked = {task.id for task in tasks if task.command in ONLY_LOOKING}
        return {
            name: counts._replace(changed=0) if name in looked else counts
            for name, counts in found.items()
        }

    def audit(self, cluster: str | None = None, limit: int | None = None) -> Sequence[AuditEntry]:
        """Return what people did to the state, newest first."""
        return self._store().audit_log(cluster, limit)

    def result(self, task: str) -> TaskResult:
        """Return a task's results as they stand; raises ``UnknownTaskError``."""
        from worldtree.app.tasks.task_state import as_it_stands

        store = self._store()
        return as_it_stands(store, store.task(task))

    def logs(
        self, task: str, *, node: str | None = None, host: str | None = None
    ) -> Iterator[Event]:
        """Yield what hosts and Ansible said, whole and in order; raises ``UnknownTaskError``."""
        record = self._store().task(task)
        events = self._store().events(record.id, node=node, host=host)
        return (event for event in events if event.kind in _LOGGED)
