"""Starts what schedules ask for, when it is due."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from worldtree.app.admin.access import AccessService
from worldtree.app.approvals.approval_rules import refuse_unapproved
from worldtree.app.documents.wanted_documents import WantedDocuments
from worldtree.app.schedules.blackout_windows import blackout_end, read_window
from worldtree.app.schedules.cron_times import read_cron
from worldtree.app.schedules.due_decisions import DueDecision, Outcome, decide
from worldtree.app.schedules.schedule_policy import SchedulePolicy
from worldtree.app.schedules.scheduled_work import ScheduledWork
from worldtree.app.tasks.asked_parameters import refuse_wrong_parameters
from worldtree.app.tasks.cancel_request import request_cancel
from worldtree.app.tasks.submission import new_run
from worldtree.core.actor import Actor, is_local_user
from worldtree.core.errors import RefusedError, WorldTreeError
from worldtree.core.private_directories import StoreError
from worldtree.plan.pipeline_names import DESTROY_CLUSTER
from worldtree.plugins import described_error
from worldtree.results.task_command import TaskCommand
from worldtree.store.missing_archive import unknown_archive

if TYPE_CHECKING:
    from worldtree.store.schedules import ScheduleRecord
    from worldtree.store.store import Store
    from worldtree.store.task_queue import NewQueuedTask

_LOG = logging.getLogger(__name__)

#: Due times of a schedule that are decided in one run, and in one transaction.
_MAX_DECISIONS, _BATCH = 5000, 500
#: Tasks of a schedule that wait, at most: what is slower than its schedule does not pile up.
_MAX_WAITING = 10


class ScheduleRunner:
    """Decides due times, once each: another process that does the same finds them decided."""

    name = "schedules"
    interval = 1.0

    def __init__(self, store: Callable[[], Store], clock: Callable[[], float] = time.time) -> None:
        self._store, self._clock = store, clock
        #: Schedules that cannot be decided, by id: it is logged once, not at each look.
        self._undecided: set[str] = set()

    def run_once(self) -> None:
        """Decide all times that are due. A schedule that fails does not stop the others."""
        store, now = self._store(), self._clock()
        for schedule in store.due_schedules(now):
            try:
                self._run(store.of_project(schedule.project), schedule, now)
            except StoreError:
                raise
            except Exception as problem:  # One that another version wrote must not stop the others.
                if schedule.id not in self._undecided:
                    self._undecided.add(schedule.id)
                    words = described_error(problem)
                    _LOG.warning("schedule %s cannot be decided: %s", schedule.name, words)
            else:
                self._undecided.discard(schedule.id)

    def _run(self, store: Store, schedule: ScheduleRecord, now: float) -> None:
        if schedule.due is None:
            return
        policy = SchedulePolicy.model_validate(schedule.policy)
        times = read_cron(schedule.cron, schedule.time_zone)
        windows = [read_window(one.body) for one in store.list_blackouts(schedule.cluster)]
        found = decide(
            times, policy, schedule.due, now, lambda moment: blackout_end(windows, moment)
        )
        for batch in _batches(islice(found, _MAX_DECISIONS)):
            if batch[0].outcome is Outcome.STARTED:
                is_ours = self._start(store, schedule, policy, batch[0], now)
            else:
                is_ours = _decide(store, schedule, batch, now)
            if not is_ours:
                return  # Another process does it, or the schedule was changed.

    def _start(
        self,
        store: Store,
        schedule: ScheduleRecord,
        policy: SchedulePolicy,
        decision: DueDecision,
        now: float,
    ) -> bool:
        """Start the task of a due time, unless it may not; return whether this process did."""
        who = Actor("system", f"schedule {schedule.name}", f"made by {schedule.actor.name}")
        try:
            new = self._new_task(store, schedule, who)
        except StoreError:
            raise
        except WorldTreeError as problem:
            refused = replace(decision, outcome=Outcome.REFUSED)
            _LOG.warning("schedule %s: %s [%s]", schedule.name, problem.message, problem.code)
            return _decide(store, schedule, [refused], now, problem=problem)
        earlier = store.unfinished_tasks_of(schedule.id, decision.due)
        limit = {"skip": 1, "queue": max(_MAX_WAITING, policy.catch_up_limit)}
        if len(earlier) >= limit.get(policy.overlap, len(earlier) + 1):
            overlaps = replace(decision, outcome=Outcome.OVERLAP)
            return _decide(store, schedule, [overlaps], now)
        if not _decide(store, schedule, [decision], now, start=new):
            return False
        if policy.overlap == "cancel-running":
            for task in earlier:
                with suppress(RefusedError):  # It has ended meanwhile.
                    request_cancel(store, store.task(task), who)
        return True

    def _new_task(self, store: Store, schedule: ScheduleRecord, who: Actor) -> NewQueuedTask:
        """Return the task to start. Raises where the maker of the schedule may not ask for it."""
        asked = ScheduledWork.model_validate(schedule.request)
        self._check_rights(schedule, asked)
        document = WantedDocuments(store, who).version(schedule.cluster, asked.version)
        refuse_wrong_parameters(asked)
        request = asked.task_request(document.digest)
        new = new_run(schedule.cluster, request, who)
        refuse_unapproved(
            store, schedule.cluster, TaskCommand(new.command), document.digest, request.content
        )
        # Refused here it is a decision; the store would undo that with the task.
        if new.archive is not None and store.find_archive(new.archive) is None:
            raise unknown_archive(new.archive)
        return new

    def _check_rights(self, schedule: ScheduleRecord, asked: ScheduledWork) -> None:
        maker = schedule.actor
        if is_local_user(maker):
            return  # The owner of the database.
        found = AccessService(self._store, maker).principal_named(maker.name)
        if found is None:
            raise RefusedError(
                f"the user `{maker.name}`, who made the schedule, is disabled",
                code="user-disabled",
                hint="delete the schedule, and let another user create it",
            )
        found.require("task:create", schedule.project)
        if asked.pipeline == DESTROY_CLUSTER:
            found.require("cluster:destroy", schedule.project)


def _batches(found: Iterable[DueDecision]) -> Iterable[list[DueDecision]]:
    """Yield each start alone, and what starts nothing together."""
    batch: list[DueDecision] = []
    for one in found:
        if batch and (one.outcome is Outcome.STARTED or len(batch) >= _BATCH):
            yield batch
            batch = []
        batch.append(one)
        if one.outcome is Outcome.STARTED:
            yield batch
            batch = []
    if batch:
        yield batch


def _decide(
    store: Store,
    schedule: ScheduleRecord,
    found: list[DueDecision],
    now: float,
    *,
    start: NewQueuedTask | None = None,
    problem: WorldTreeError | None = None,
) -> bool:
    from worldtree.store.schedule_refusals import Refusal
    from worldtree.store.schedules import ScheduleRun

    task = None if start is None else start.task
    message = None if problem is None else problem.message
    refusal = None if problem is None else Refusal(problem.code, problem.message)
    runs = [ScheduleRun(one.due, now, one.outcome.value, task, message) for one in found]
    first = replace(schedule, due=found[0].due)
    return store.decide_due(first, runs, found[-1].next_due, start=start, refusal=refusal)
