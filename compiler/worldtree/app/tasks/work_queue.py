"""The queue as workers use it: takes rows, and decides about rows whose process is dead."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Set
from typing import TYPE_CHECKING, Any

from worldtree.app.documents.service_policy import POLICY_SETTING, ServicePolicy
from worldtree.app.tasks.queued_work import CancelWork, ResumeWork
from worldtree.app.tasks.task_requests import ResumeRequest
from worldtree.core.errors import RefusedError, WorldTreeError
from worldtree.core.process_identity import (
    ProcessIdentity,
    current_process,
    is_dead,
    is_running,
)

if TYPE_CHECKING:
    from worldtree.store.queue_order import QueuePlace
    from worldtree.store.store import Store
    from worldtree.store.task_queue import QueuedTask as QueuedTask
    from worldtree.store.task_record import TaskRecord

__all__ = ["QueuedTask", "WorkQueue"]

#: How often a process begins to work on a row before that is given up.
_MAX_TRIES = 3


class WorkQueue:
    """Takes and settles rows of all projects.

    A row is only a wish. Whether a task has begun or ended is read from the task, and its
    cluster's lease keeps two processes from working on it, whatever the row says.
    """

    def __init__(
        self,
        store: Callable[[], Store],
        clock: Callable[[], float] = time.time,
        check_machine: Callable[[], None] = lambda: None,
    ) -> None:
        """``check_machine`` raises ``RefusedError`` where this machine can only cancel."""
        self._store, self._clock, self._check_machine = store, clock, check_machine

    def take(
        self,
        worker: str,
        limit: int,
        tags: Set[str] = frozenset(),
        policy: ServicePolicy | None = None,
    ) -> QueuedTask | None:
        """Take the next row for the calling process, which is a worker's.

        None where the worker has ``limit`` rows, and where it may take none of those that wait. A
        task of a schedule waits for the end of a blackout. ``policy`` says which tags a worker
        needs for a project. Raises ``RefusedError`` where only rows wait that this machine cannot
        work on: another one may.
        """
        from worldtree.app.schedules.held_tasks import held_tasks
        from worldtree.store.queue_order import Taker, in_turn

        store = self._store()
        taker = Taker(worker, limit, tags, project_admission(tags, policy))
        # Most of the time there is nothing to take, and nothing to lock for.
        places = store.queue_places()
        if in_turn(places, taker) is None:
            return None
        held, obstacle = held_tasks(store, self._clock()), self.obstacle()

        def may_be_taken(row: QueuePlace) -> bool:
            return row.task not in held and (obstacle is None or row.is_cancel)

        def choose(rows: list[QueuePlace]) -> QueuePlace | None:
            return in_turn((row for row in rows if row.is_taken or may_be_taken(row)), taker)

        if choose(places) is not None:
            return store.take_queued(current_process(), choose, worker)
        if obstacle is not None:
            raise obstacle
        return None

    def obstacle(self) -> RefusedError | None:
        """Return why this machine can only cancel; None where it can do everything.

        Raises ``StoreError``.
        """
        try:
            self._check_machine()
        except RefusedError as problem:
            return problem
        return None

    def accept(self, row: int, giver: ProcessIdentity) -> bool:
        """Take over a row for the calling process; False if ``giver`` has it no more."""
        return self._store().set_worker_process(row, giver, current_process())

    def give_back(self, row: QueuedTask) -> bool:
        """Give back a row that was taken for the calling process; False if it has it no more."""
        return self._store().requeue(row.id, current_process(), row.request)

    def finish(self, row: int) -> None:
        """Delete a row of the calling process: its work is done."""
        self._store().finish_queued(row, current_process())

    def settle(self) -> list[QueuedTask]:
        """Give back or delete the rows whose process is proven dead, and return them.

        It is proven by this machine, or its worker is fenced and the time is over in which the
        process ends its work by itself. A task that has begun is continued, one that has not
        begins again. After a few tries the task keeps its state and the row is deleted.
        """
        store = self._store()
        dead = [
            row
            for row in store.queued_tasks(taken=True)
            if row.process is not None and is_dead(row.process)
        ]
        known = {row.id for row in dead}
        dead += [
            row
            for row in store.abandoned_rows()
            if row.id not in known and row.process is not None and not is_running(row.process)
        ]
        for row in dead:
            self._settle(row)
        return dead

    def _settle(self, row: QueuedTask) -> None:
        from worldtree.store.task_record import UnknownTaskError

        store, process = self._store().of_project(row.project), row.process
        if process is None:
            return
        try:
            record = store.task(row.task)
        except UnknownTaskError:  # Pruned.
            store.finish_queued(row.id, process)
            return
        if record.ended is not None and row.request["kind"] != "resume":
            store.finish_queued(row.id, process)
        elif not record.has_begun and _is_cancelled(row, record):
            store.cancel_task(row.task, "cancelled before it began")
            store.finish_queued(row.id, process)
        elif row.tries < _MAX_TRIES:
            store.requeue(row.id, process, _next_work(row, record))
        else:
            problem = WorldTreeError(
                f"{row.tries} processes died while they worked on task {row.task}",
                code="worker-died",
                hint="the log of the service may say why; continue the task when that is solved",
            )
            if record.has_begun:
                store.keep_problem(row.task, problem)
            else:
                store.refuse_task(row.task, record.cluster, problem, row.actor)
            store.finish_queued(row.id, process)


def project_admission(tags: Set[str], policy: ServicePolicy | None) -> Callable[[QueuePlace], bool]:
    """Return whether a worker with ``tags`` may work on the project of a row."""
    known: dict[str, bool] = {}

    def admits(row: QueuePlace) -> bool:
        if policy is None:
            return True
        if row.project not in known:
            own = {} if row.policy is None else {POLICY_SETTING: row.policy}
            wanted = policy.of_project(own).worker_tags
            known[row.project] = wanted is None or not wanted.isdisjoint(tags)
        return known[row.project]

    return admits


def _next_work(row: QueuedTask, record: TaskRecord) -> Mapping[str, Any]:
    """Return what is to be done with a task after the process that had its row has died."""
    if not record.has_begun:
        return row.request
    if _is_cancelled(row, record):
        return CancelWork().model_dump(mode="json")
    if row.request["kind"] in ("resume", "cancel"):
        return row.request
    return ResumeWork(request=ResumeRequest(task=row.task)).model_dump(mode="json")


def _is_cancelled(row: QueuedTask, record: TaskRecord) -> bool:
    """Whether its cancel was requested after the work on it was."""
    return record.cancel_requested is not None and record.cancel_requested > row.asked
