"""Asks for the end of a task without waiting for it, as a service does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worldtree.app.tasks.queued_work import CancelWork
from worldtree.app.tasks.task_state import current_record, has_live_process
from worldtree.core.actor import Actor
from worldtree.core.errors import RefusedError
from worldtree.results.status import TaskStatus

if TYPE_CHECKING:
    from worldtree.store.store import Store, TaskRecord


def request_cancel(store: Store, task: TaskRecord, who: Actor) -> TaskRecord:
    """Ask for the end of a task and return it; the process that works on it heeds the request.

    What waits in the queue is cancelled at once. Raises ``RefusedError`` for a task that has ended.
    """
    if store.cancel_queued(task.id, "cancelled before it began", who):
        return store.task(task.id)
    found = current_record(store, store.task(task.id))
    if found.ended is not None and found.status is not TaskStatus.INTERRUPTED:
        raise RefusedError(
            f"task {found.id} has already ended: {found.status}", code="task-finished"
        )
    store.request_cancel(found.id, who)
    if found.has_begun and not has_live_process(store, found):
        # Nobody heeds the request, and Ansible runs may go on; where a worker is about to continue
        # the task, it finds the request.
        store.enqueue_work(found.id, CancelWork().model_dump(mode="json"), actor=who)
    return store.task(found.id)
