"""Cancels a task of another process, or one whose process is dead while its runs continue."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worldtree.app.ports import Ports
from worldtree.app.tasks.orphaned_runs import finish_orphaned_runs
from worldtree.app.tasks.task_choice import ChosenTask, choose_task
from worldtree.app.tasks.task_runner import TaskObserver
from worldtree.core.errors import RefusedError
from worldtree.core.settings import Settings
from worldtree.results.status import TaskStatus

if TYPE_CHECKING:
    from worldtree.core.process_identity import ProcessIdentity
    from worldtree.store.store import Store, TaskRecord

#: Seconds that a process gets to end its task; it kills its runs well before that.
_END_TIMEOUT = 30.0
_POLL_INTERVAL = 0.1


@dataclass(frozen=True, slots=True)
class CancelResult:
    """The task's status after cancelling."""

    task: str
    status: TaskStatus


class CancelService:
    """Cancels tasks; an id may be abbreviated, and ``latest`` is the newest task."""

    def __init__(self, settings: Settings, ports: Ports, store: Callable[[], Store]) -> None:
        self._settings, self._ports = settings, ports
        self._store = store

    def choose(self, task: str, clusters: Collection[str] | None) -> ChosenTask:
        """Return the task to cancel; ``latest`` is the newest of ``clusters`` that was not refused.

        Raises ``UnknownTaskError``.
        """
        return choose_task(self._store(), task, clusters, refused=False)

    def cancel(self, task: str, observer: TaskObserver) -> CancelResult:
        """Cancel ``task`` and wait for its end.

        Raises ``UnknownTaskError``, and ``RefusedError`` when the task has already ended, and when
        its process does not end it in time.
        """
        from worldtree.core.process_identity import is_dead

        store = self._store()
        record = store.task(task)
        if record.ended is not None and record.status is not TaskStatus.INTERRUPTED:
            raise RefusedError(
                f"task {record.id} has already ended: {record.status}", code="task-finished"
            )
        if not record.has_begun:
            found = self._cancel_asked(store, record)
            if found is not None:
                return found
        lease = store.lease(record.cluster)
        store.request_cancel(record.id)
        held = lease is not None and lease.released is None and lease.task == record.id
        dead = lease is not None and (is_dead(lease.holder) or store.is_abandoned(lease))
        if lease is not None and held and not dead:
            return self._ask_process(store, record.id, lease.holder)
        return self._end_orphans(store, record.id, observer)

    def _cancel_asked(self, store: Store, record: TaskRecord) -> CancelResult | None:
        """Cancel a task that has not begun; None if it begins just now."""
        from worldtree.core.process_identity import is_dead

        if record.process is not None and not is_dead(record.process):
            store.request_cancel(record.id)
            return self._ask_process(store, record.id, record.process)
        if not store.cancel_task(record.id, "cancelled before it began"):
            return None
        return CancelResult(record.id, TaskStatus.CANCELLED)

    def _ask_process(self, store: Store, task: str, process: ProcessIdentity) -> CancelResult:
        from worldtree.core.process_identity import is_visible

        # A process elsewhere finds the request in the database.
        if is_here := is_visible(process):
            self._ports.terminate(process.pid)
        end = time.monotonic() + _END_TIMEOUT
        while time.monotonic() < end:
            found = store.task(task)
            if found.ended is not None:
                return CancelResult(found.id, found.status)
            time.sleep(_POLL_INTERVAL)
        raise RefusedError(
            f"task {task} did not end within {_END_TIMEOUT:.0f} s",
            code="cancel-not-finished",
            hint=f"inspect its process: {process}"
            if is_here
            else f"its process is on another machine: {process}; it ends the task as soon as "
            "it reaches the database",
        )

    def _end_orphans(self, store: Store, task: str, observer: TaskObserver) -> CancelResult:
        """End the runs of a task whose process is dead."""
        from worldtree.app.tasks.held_executor import held_executor
        from worldtree.app.tasks.task_context import task_context

        record = store.task(task)
        context = task_context(record, store.plan(record.plan))
        observer.cancellation.request()
        # Without secrets: cancelling asks no questions. Hosts that need one are reported.
        with held_executor(
            self._settings, self._ports, store, context, None, observer, needs_files=False
        ) as (executor, lease):
            finish_orphaned_runs(store, lease, task, context.bundle, executor, observer)
            store.set_status(task, TaskStatus.CANCELLED, "cancelled after its process died")
        return CancelResult(task, TaskStatus.CANCELLED)
