"""Whether a task that is followed is over, or more events can come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from worldtree.app.tasks.task_state import ACTIVE_STATUSES, WAITING_STATUSES, current_record
from worldtree.core.process_identity import is_dead
from worldtree.results.status import TaskStatus

if TYPE_CHECKING:
    from worldtree.store.store import Store


@dataclass(frozen=True, slots=True)
class FeedState:
    """The status of a task, and whether its events are complete for now.

    A task that is over may be resumed later; its events then continue the numbering.
    """

    status: TaskStatus
    message: str | None
    is_over: bool


def feed_state(store: Store, task: str) -> FeedState | None:
    """Return the state of a task by its whole id, in any project; None once it is deleted.

    Work in the queue, and a process that may be alive and holds the cluster, can still write
    events, whatever the status is.
    """
    found = store.followed_task(task)
    if found is None:
        return None
    if found.is_queued or (found.holder is not None and not is_dead(found.holder)):
        return FeedState(found.status, found.message, is_over=False)
    if found.status not in (*ACTIVE_STATUSES, *WAITING_STATUSES):
        return FeedState(found.status, found.message, is_over=True)
    mine = store.of_project(found.project)
    record = current_record(mine, mine.task(task))
    return FeedState(record.status, record.message, is_over=record.status is TaskStatus.INTERRUPTED)
