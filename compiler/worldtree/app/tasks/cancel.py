"""Ending a task that another process runs, or that went on without its process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worldtree.app.ports import Ports
from worldtree.app.tasks.orphaned_runs import finish_orphaned_runs
from worldtree.app.tasks.task_runner import TaskObserver
from worldtree.core.errors import RefusedError
from worldtree.core.settings import Settings
from worldtree.results.status import TaskStatus

if TYPE_CHECKING:
    from worldtree.store.lease import LeaseRecord
    from worldtree.store.store import Store

#: Seconds that a process gets to end its task; it kills what does not end by itself before.
_END_TIMEOUT = 30.0
_POLL_INTERVAL = 0.1


@dataclass(frozen=True, slots=True)
class CancelResult:
    """What became of the task."""

    task: str
    status: TaskStatus


class CancelService:
    """Cancels tasks; ids may be shortened, and ``latest`` is the newest one."""

    def __init__(self, settings: Settings, ports: Ports, store: Callable[[], Store]) -> None:
        self._settings, self._ports = settings, ports
        self._store = store

    def cancel(self, task: str, observer: TaskObserver) -> CancelResult:
        """End ``task`` and return once it has ended.

        Raises ``UnknownTaskError``, and ``RefusedError`` when it has ended already, when its
        process is on another machine, and when that process does not end.
        """
        from worldtree.core.process_identity import is_dead

        store = self._store()
        record = store.task(task)
        if record.ended is not None and record.status is not TaskStatus.INTERRUPTED:
            raise RefusedError(f"task {record.id} has ended already: it is {record.status}")
        lease = store.lease(record.cluster)
        store.audit("task-cancelled", cluster=record.cluster, task=record.id)
        held = lease is not None and lease.released is None and lease.task == record.id
        if lease is not None and held and not is_dead(lease.holder):
            return self._ask_holder(store, lease)
        return self._end_orphans(store, record.id, observer)

    def _ask_holder(self, store: Store, lease: LeaseRecord) -> CancelResult:
        from worldtree.core.process_identity import is_visible

        if not is_visible(lease.holder):
            raise RefusedError(
                f"task {lease.task} runs on another machine: {lease.holder}",
                hint="run `wt cancel` there",
            )
        self._ports.terminate(lease.holder.pid)
        end = time.monotonic() + _END_TIMEOUT
        while time.monotonic() < end:
            found = store.task(lease.task)
            if found.ended is not None:
                return CancelResult(found.id, found.status)
            time.sleep(_POLL_INTERVAL)
        raise RefusedError(
            f"task {lease.task} was told to end, but has not within {_END_TIMEOUT:.0f} s",
            hint=f"look at its process: {lease.holder}",
        )

    def _end_orphans(self, store: Store, task: str, observer: TaskObserver) -> CancelResult:
        """End what goes on of a task whose process is gone."""
        from worldtree.app.tasks.cluster_lock import hold_cluster
        from worldtree.app.tasks.task_context import task_context, task_executor

        record = store.task(task)
        plan = store.plan(record.plan)
        observer.cancellation.request()
        with (
            # Whoever cancels is not asked for secrets: a host that opens only by one is named.
            task_executor(
                self._settings, self._ports, task_context(record, plan), None
            ) as executor,
            hold_cluster(
                store,
                plan.cluster,
                task,
                cancellation=observer.cancellation,
                notify=observer.notify,
            ) as lease,
        ):
            finish_orphaned_runs(
                store, lease, task, record.directory / "bundle", executor, observer
            )
            store.set_status(task, TaskStatus.CANCELLED, "cancelled after its process was gone")
        return CancelResult(task, TaskStatus.CANCELLED)
