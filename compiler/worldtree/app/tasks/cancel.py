"""Ending a task that another process runs, or that went on without its process."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worldtree.app.tasks.orphaned_runs import settle_abandoned
from worldtree.app.tasks.task_runner import Watch
from worldtree.core.errors import RefusedError
from worldtree.core.settings import Settings
from worldtree.results.status import TaskStatus

if TYPE_CHECKING:
    from worldtree.store.lease import LeaseRecord
    from worldtree.store.store import Store

#: Seconds that a process gets to end its task; it kills what does not end by itself before.
_PATIENCE = 30.0
_LOOK = 0.1


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What became of the task."""

    task: str
    status: TaskStatus


class Cancelling:
    """Cancels tasks; ids may be shortened, and ``latest`` is the newest one."""

    def __init__(self, settings: Settings, store: Callable[[], Store]) -> None:
        self._settings = settings
        self._store = store

    def cancel(self, task: str, watch: Watch) -> Cancelled:
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
        return self._end_orphans(store, record.id, watch)

    def _ask_holder(self, store: Store, lease: LeaseRecord) -> Cancelled:
        from worldtree.core.process_identity import is_here

        if not is_here(lease.holder):
            raise RefusedError(
                f"task {lease.task} runs on another machine: {lease.holder}",
                hint="run `wt cancel` there",
            )
        os.kill(lease.holder.pid, signal.SIGTERM)
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            found = store.task(lease.task)
            if found.ended is not None:
                return Cancelled(found.id, found.status)
            time.sleep(_LOOK)
        raise RefusedError(
            f"task {lease.task} was told to end, but has not within {_PATIENCE:.0f} s",
            hint=f"look at its process: {lease.holder}",
        )

    def _end_orphans(self, store: Store, task: str, watch: Watch) -> Cancelled:
        """End what goes on of a task whose process is gone."""
        from worldtree.app.tasks.cluster_lock import claimed
        from worldtree.app.tasks.work import executor_of, work_of

        record = store.task(task)
        plan = store.plan(record.plan)
        watch.cancellation.request()
        with (
            # Whoever cancels is not asked for secrets: a host that opens only by one is named.
            executor_of(self._settings, work_of(record, plan), None) as executor,
            claimed(
                store, plan.cluster, task, cancellation=watch.cancellation, tell=watch.tell
            ) as lease,
        ):
            settle_abandoned(store, lease, task, record.directory / "bundle", executor, watch)
            store.set_status(task, TaskStatus.CANCELLED, "cancelled after its process was gone")
        return Cancelled(task, TaskStatus.CANCELLED)
