"""Reads past and running tasks: results, logs, audit entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.app.admin.audit_check import verify_audit
from worldtree.core.list_order import TaskOrder
from worldtree.core.trace_context import TraceContext, task_trace
from worldtree.results.events import Event, EventKind
from worldtree.results.log_level import LOG_EVENT_KINDS
from worldtree.results.rescued_failures import RescuedFailures
from worldtree.results.task_command import READ_ONLY_COMMANDS
from worldtree.results.tree import TaskResult

if TYPE_CHECKING:
    from worldtree.app.tasks.task_choice import ChosenTask
    from worldtree.app.tasks.task_places import FailurePlaces, TaskPlaces
    from worldtree.app.tasks.wait_cause import WaitCause
    from worldtree.core.next_steps import NextStep
    from worldtree.results.spans import ResultSpan
    from worldtree.store.audit import AuditEntry as AuditEntry
    from worldtree.store.audit_chain import ChainReport
    from worldtree.store.store import Store
    from worldtree.store.store import TaskRecord as TaskRecord
    from worldtree.store.task_record import HostCounts as HostCounts

__all__ = ["AuditEntry", "HistoryService", "HostCounts", "TaskRecord"]


class HistoryService:
    """Reads the store; an id may be abbreviated, and ``latest`` is the newest task."""

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store

    def list(
        self,
        cluster: str | None = None,
        limit: int | None = None,
        order: TaskOrder | None = None,
    ) -> list[TaskRecord]:
        """Return tasks with their current status in ``order``, by default newest first.

        ``order`` goes with a ``limit``.
        """
        from worldtree.app.tasks.task_state import current_record

        store = self._store()
        if order is None or limit is None:
            found = store.list_tasks(cluster, limit)
        else:
            found = store.task_page(limit, cluster=cluster, payloads=True, order=order)
        return [current_record(store, task) for task in found]

    def host_counts(self, tasks: Sequence[TaskRecord]) -> Mapping[str, HostCounts]:
        """Return the number of hosts, changed hosts and lost hosts per task, without its events."""
        found = self._store().host_counts([task.id for task in tasks])
        looked = {task.id for task in tasks if task.command in READ_ONLY_COMMANDS}
        return {
            name: counts._replace(changed=0) if name in looked else counts
            for name, counts in found.items()
        }

    def clusters_made_from(self, document: Path) -> Sequence[str]:
        """Return the clusters with a task that was made from a document (an absolute path)."""
        from worldtree.app.tasks.task_source import read_task_source

        found: dict[str, None] = {}
        for task in self._store().list_tasks():
            source = read_task_source(task.directory) if task.cluster not in found else None
            if source is not None and source.file == document:
                found[task.cluster] = None
        return tuple(found)

    def audit(self, cluster: str | None = None, limit: int | None = None) -> Sequence[AuditEntry]:
        """Return audit entries, newest first."""
        return self._store().audit_log(cluster, limit)

    def export_audit(self) -> Iterator[AuditEntry]:
        """Yield all audit entries, oldest first."""
        return self._store().audit_export()

    def verify_audit(self, kept: str | None = None) -> ChainReport:
        """Return whether the audit log is as it was written.

        ``kept`` is the head of an earlier report. Raises ``WorldTreeError`` for one that is none.
        """
        return verify_audit(self._store(), kept)

    def choose(self, task: str, clusters: Sequence[str] | None) -> ChosenTask:
        """Return the task of an id, or the newest one of ``clusters`` for ``latest``.

        Raises ``UnknownTaskError``.
        """
        from worldtree.app.tasks.task_choice import choose_task

        return choose_task(self._store(), task, clusters)

    def task(self, task: str) -> TaskRecord:
        """Return a task with its current status; raises ``UnknownTaskError``."""
        from worldtree.app.tasks.task_state import current_record

        store = self._store()
        return current_record(store, store.task(task))

    def next_steps(self, task: TaskRecord) -> Sequence[NextStep]:
        """Return what can be done about a task, as ``task`` gave it, whose process died."""
        from worldtree.app.tasks.task_state import next_steps

        return next_steps(self._store(), task)

    def wait_cause(self, task: TaskRecord) -> WaitCause | None:
        """Return why work on a task waits, as ``task`` gave it; None where nothing does."""
        from worldtree.app.tasks.wait_cause import wait_cause

        return wait_cause(self._store(), task)

    def trace(self, task: str) -> TraceContext:
        """Return the trace that a task belongs to; raises ``UnknownTaskError``."""
        record = self._store().task(task)
        return task_trace(record.id, record.traceparent)

    def spans(self, task: str) -> tuple[TraceContext, Sequence[ResultSpan]]:
        """Return the trace of a task and its spans so far; raises ``UnknownTaskError``."""
        from worldtree.app.tasks.task_spans import stored_spans

        return stored_spans(self._store(), task)

    def result(self, task: str) -> TaskResult:
        """Return a task's current result; raises ``UnknownTaskError``."""
        from worldtree.app.tasks.task_state import current_result

        store = self._store()
        return current_result(store, store.task(task))

    def logs(
        self, task: str, *, node: str | None = None, host: str | None = None
    ) -> Iterator[Event]:
        """Yield the log of a task in order, with full output; raises ``UnknownTaskError``."""
        record = self._store().task(task)
        events = self._store().events(record.id, node=node, host=host)
        return (event for event in events if event.kind in LOG_EVENT_KINDS)

    def places(self, task: str) -> TaskPlaces:
        """Return what finds where tasks of a log are written; raises ``UnknownTaskError``."""
        from worldtree.app.tasks.frozen_bundle import restore_task_files
        from worldtree.app.tasks.task_places import TaskPlaces
        from worldtree.app.tasks.task_source import read_task_source

        store = self._store()
        record = store.task(task)
        nodes = store.plan(record.plan).graph.nodes
        restore_task_files(store, record)
        places = TaskPlaces(record.directory / "bundle", nodes, record.cluster)
        if record.document is None:
            return places
        source = read_task_source(record.directory)
        if source is not None and source.file is not None:
            places.file = source.file.name
        places.text = store.document(record.document).body
        return places

    def failure_places(self, result: TaskResult) -> FailurePlaces:
        """Return where the failures in a result are; raises ``UnknownTaskError``."""
        if any(host.failure for node in result.nodes for host in node.hosts.values()):
            return self.places(result.task_id).of_failures(result)
        return {}

    def rescued(self, task: str) -> RescuedFailures:
        """Return what tells which failures in the log were rescued; raises ``UnknownTaskError``."""
        record = self._store().task(task)
        return RescuedFailures(self._store().events(record.id, kinds=(EventKind.PLAY_ENDED,)))
