"""Stores that tasks are interrupted, so that lists and figures say what a task itself shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from worldtree.app.tasks.orphaned_runs import open_attempts
from worldtree.app.tasks.task_state import NOT_BEGUN_MESSAGE, PROCESS_GONE_MESSAGE
from worldtree.results.status import TaskStatus

if TYPE_CHECKING:
    from worldtree.store.store import Store

#: Seconds after which a task whose process died has the status.
_INTERVAL = 5.0


class InterruptedTasks:
    """A duty of workers: finds tasks whose process and whose runs are proven dead.

    What the queue has is left to the worker that continues it.
    """

    name = "look for interrupted tasks"
    interval = _INTERVAL

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store

    def run_once(self) -> None:
        """Store the status of those that this machine can prove."""
        store = self._store()
        store.fill_in_order()
        for project, task in store.unended_tasks():
            _settle(store.of_project(project), task)


def _settle(store: Store, task: str) -> None:
    from worldtree.core.process_identity import is_dead
    from worldtree.runner.control.run_handle import prevent_start, supervisor_process

    record = store.task(task)
    lease = store.lease(record.cluster)
    epoch = None if lease is None else lease.epoch
    if not record.has_begun:
        if record.process is not None and is_dead(record.process):
            store.mark_interrupted(task, TaskStatus.PENDING, epoch, NOT_BEGUN_MESSAGE)
        return
    # The holder may have lent the cluster to another task, such as a rollback of this one.
    if lease is not None and lease.released is None and not is_dead(lease.holder):
        return
    for run in open_attempts(store, task):
        if run.is_elsewhere:
            return
        # Others take an interrupted task's runs for ended: one that never started never may.
        prevent_start(run.directory)
        supervisor = supervisor_process(run.directory)
        if supervisor is not None and supervisor.alive:
            return
    store.mark_interrupted(task, TaskStatus.RUNNING, epoch, PROCESS_GONE_MESSAGE)
