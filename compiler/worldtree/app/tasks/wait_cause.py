"""Why work on a task waits: for its cluster, a worker, a limit, a window or a blackout's end."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from worldtree.app.documents.document_policy import DocumentPolicy, read_policy_data
from worldtree.app.schedules.held_tasks import held_until
from worldtree.app.tasks.worker_register import taking_workers
from worldtree.results.status import TaskStatus

if TYPE_CHECKING:
    from worldtree.store.queue_order import QueuePlace
    from worldtree.store.store import Store, TaskRecord
    from worldtree.store.workers import WorkerRecord

#: ``no-worker``: none is there. ``worker-tags``: none of them has the tags of the cluster, and one
#: of those that the project may use.
#: ``worker-obstacle``: those lack what they need on their machines, such as a key.
#: ``workers-busy``: the others run as many tasks as they may. ``turn``: other tasks are first, or a
#: worker is about to take it.
WaitFor = Literal[
    "blackout",
    "cluster",
    "no-worker",
    "project-limit",
    "turn",
    "window",
    "worker-obstacle",
    "worker-tags",
    "workers-busy",
]


@dataclass(frozen=True, slots=True)
class WaitCause:
    """Why work on a task has not begun."""

    reason: WaitFor
    #: One sentence without its full stop.
    message: str
    #: The task that has the cluster, if that is known.
    task: str | None = None


def wait_cause(
    store: Store, task: TaskRecord, policy: DocumentPolicy | None = None
) -> WaitCause | None:
    """Return why work on a task waits; None where nothing does.

    ``store`` is that of its project, and ``policy`` what is in effect there, with what the operator
    set; None where only the project's own is known. Also a task that has begun can wait: to be
    continued.
    """
    places = store.queue_places()
    mine = next((place for place in places if place.task == task.id), None)
    if mine is not None and not mine.is_taken:
        end = held_until(store, task.cluster, task.id, time.time())
        if end is not None:
            until = "is removed" if end == math.inf else f"ends at {_utc(end)}"
            return WaitCause("blackout", f"its schedule starts nothing until a blackout {until}")
        return queue_cause(places, mine, taking_workers(store), policy)
    if task.status is not TaskStatus.WAITING:
        return None
    return _window_cause(store, task) if mine is None else _holder_cause(store, task)


def queue_cause(
    places: Sequence[QueuePlace],
    mine: QueuePlace,
    workers: Collection[WorkerRecord],
    policy: DocumentPolicy | None = None,
) -> WaitCause:
    """Return why a row of the queue is not taken; ``workers`` are those that take rows.

    ``policy`` is that of ``wait_cause``.
    """
    taken = [place for place in places if place.is_taken]
    holder = next((place for place in taken if place.cluster == mine.cluster), None)
    if holder is not None:
        return WaitCause("cluster", f"task {holder.task} works on the cluster", holder.task)
    if not workers:
        return WaitCause("no-worker", "no worker is running")
    able = [one for one in workers if mine.tags <= set(one.tags)]
    if not able:
        tags = ", ".join(sorted(mine.tags))
        return WaitCause("worker-tags", f"no worker that is running has all of the tags: {tags}")
    if policy is None and mine.policy is not None:
        policy = read_policy_data(mine.policy)
    wanted = None if policy is None else policy.worker_tags
    if wanted is not None:
        able = [one for one in able if not wanted.isdisjoint(one.tags)]
    if not able:
        tags = ", ".join(sorted(wanted or ()))
        whose = "service" if mine.policy is None else "project"
        words = f"the policy of the {whose} allows workers with one of the tags: {tags}"
        return WaitCause("worker-tags", f"{words}; none of those that are running has one")
    if not mine.is_cancel:  # That needs nothing of the machine.
        able = [one for one in able if one.obstacle is None]
        if not able:
            # What that is may name machines and clusters that are none of the project's business.
            words = "their machines lack something, which the list of workers says"
            return WaitCause("worker-obstacle", f"no worker can work on it: {words}")
    limit = mine.project_limit
    if limit is not None and sum(place.project == mine.project for place in taken) >= limit:
        return WaitCause("project-limit", f"the project runs as many tasks as it may: {limit}")
    if not any(_has_room(one, taken) for one in able):
        words = f" with the tags {', '.join(sorted(mine.tags))}" if mine.tags else ""
        return WaitCause("workers-busy", f"all workers{words} run as many tasks as they may")
    return WaitCause("turn", "other tasks are first, or a worker is about to take it")


def _has_room(worker: WorkerRecord, taken: Iterable[QueuePlace]) -> bool:
    return sum(place.worker == worker.id for place in taken) < worker.capacity


def _holder_cause(store: Store, task: TaskRecord) -> WaitCause:
    """Return who holds the cluster for which the process of a task waits."""
    lease = store.lease(task.cluster)
    if lease is None or lease.released is not None or lease.task == task.id:
        return WaitCause("cluster", "another task worked on the cluster until now")
    return WaitCause("cluster", f"task {lease.task} holds the lock of the cluster", lease.task)


def _window_cause(store: Store, task: TaskRecord) -> WaitCause:
    window = store.window_of_task(task.id)
    if window is None:  # A process at a terminal waits; it has no row in the queue.
        return _holder_cause(store, task)
    return WaitCause("window", f"the window of its plan begins at {_utc(window['from'])}")


def _utc(time_: float) -> str:
    return datetime.fromtimestamp(time_, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
