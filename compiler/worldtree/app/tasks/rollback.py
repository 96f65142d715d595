"""Rolls tasks back: each rollback is a task of its own, a child of the task that it undoes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worldtree.app.ports import Ports
from worldtree.app.tasks.cluster_lock import hold_cluster
from worldtree.app.tasks.finished_tasks import refuse_not_begun
from worldtree.app.tasks.frozen_bundle import copy_task_files
from worldtree.app.tasks.new_task import NewTasks
from worldtree.app.tasks.orphaned_runs import (
    finish_orphaned_runs,
    open_attempts,
    refuse_orphaned_runs,
)
from worldtree.app.tasks.rollback_outcome import record_in_parent
from worldtree.app.tasks.rollback_plans import left_text, make_rollback_plan, policy_is_rollback
from worldtree.app.tasks.rollback_refusals import (
    IRREVERSIBLE_COMMANDS,
    RollbackRefusals,
    refuse_irreversible,
)
from worldtree.app.tasks.task_choice import ChosenTask, choose_task
from worldtree.app.tasks.task_context import TaskContext, task_context, task_executor, task_secrets
from worldtree.app.tasks.task_requests import RollbackRequest
from worldtree.app.tasks.task_runner import TaskObserver, TaskRunner
from worldtree.core.errors import RefusedError, WorldTreeError
from worldtree.core.settings import Settings
from worldtree.engine.prior_results import NO_PRIOR_RESULTS, PriorResults
from worldtree.engine.rollback_plan import RollbackPlan
from worldtree.results.status import TaskStatus
from worldtree.results.task_command import READ_ONLY_COMMANDS, TaskCommand
from worldtree.results.tree import TaskResult

if TYPE_CHECKING:
    from worldtree.runner.control.executor import RunnerExecutor
    from worldtree.store.lease import Lease
    from worldtree.store.store import Store, TaskRecord

__all__ = ["RollbackPlan", "RollbackService"]


@dataclass(frozen=True)
class _PreparedRollback:
    """A task that can be rolled back, and how."""

    record: TaskRecord
    compensation: RollbackPlan


class RollbackService:
    """Rolls tasks back; an id may be abbreviated, ``latest`` is the newest that did work."""

    def __init__(self, settings: Settings, ports: Ports, store: Callable[[], Store]) -> None:
        self._settings, self._ports = settings, ports
        self._store = store
        self._runner = TaskRunner(settings, ports, store)
        self._new_tasks = NewTasks(settings, ports, store)
        #: Why a task cannot be rolled back or continued.
        self.refusals = RollbackRefusals(store)

    def choose(self, task: str, clusters: Collection[str] | None) -> ChosenTask:
        """Return the task to undo; ``latest`` is the newest of ``clusters`` that did work.

        Raises ``UnknownTaskError``.
        """
        return choose_task(self._store(), task, clusters, IRREVERSIBLE_COMMANDS)

    def roll_back(
        self,
        request: RollbackRequest,
        observer: TaskObserver,
        confirm: Callable[[RollbackPlan], bool] = lambda _plan: True,
        *,
        queued: str | None = None,
    ) -> TaskResult:
        """Undo as much as possible of a task and return the result of the rollback.

        ``queued`` is the id of the rollback if it has a row from the queue.
        Raises ``UnknownTaskError``, ``RefusedError`` when the task cannot be rolled back, nothing
        is to be undone or it was not confirmed, and what ``TaskRunner.run`` raises.
        """
        found = self._prepare_rollback(
            self._store().task(request.task, rather_than=IRREVERSIBLE_COMMANDS), observer
        )
        if not found.compensation.plan.graph.nodes:
            left = left_text(found.compensation)
            more = f"; cannot be undone: {left}" if left else ""
            raise RefusedError(
                f"nothing of task {found.record.id} is to be undone{more}",
                code="nothing-to-undo",
                next_steps=self.refusals.rollbacks_of_others(found.record),
            )
        with observer.question():
            confirmed = confirm(found.compensation)
        if not confirmed:
            raise RefusedError(
                f"rolling back task {found.record.id} was not confirmed", code="not-confirmed"
            )
        result = self._run_rollback(found, observer, queued)
        if found.record.parent is not None:
            before = found.record.parent
            observer.notify(
                f"task {found.record.id} continued task {before}, whose changes stay: "
                f"`wt rollback {before}` undoes them"
            )
        return result

    def after(self, result: TaskResult, observer: TaskObserver) -> TaskResult:
        """Handle the end of a task and return the result to show.

        A failed task is rolled back if its policy says so. The outcome of a rollback is recorded
        in the task that it undid.
        """
        store = self._store()
        record = store.task(result.task_id)
        if record.command == TaskCommand.ROLLBACK and record.parent is not None:
            self._record_in_parent(record.parent, record.id, observer)
        elif (
            result.status is TaskStatus.FAILED
            and record.command not in READ_ONLY_COMMANDS
            and policy_is_rollback(store.plan(record.plan), result)
        ):
            return self._roll_back_failed_task(record, observer, f"task {record.id} failed")
        return result

    def _prepare_rollback(self, record: TaskRecord, observer: TaskObserver) -> _PreparedRollback:
        store = self._store()
        refuse_not_begun(record)
        refuse_irreversible(record)
        for child in self.refusals.rollbacks(record):
            if child.status is TaskStatus.SUCCEEDED:
                # Its outcome was not recorded because its process died first.
                self._record_in_parent(record.id, child.id, observer)
                raise RefusedError(
                    f"task {record.id} was rolled back by task {child.id}", code="task-rolled-back"
                )
        self.refusals.refuse_rolled_back(record)
        self.refusals.refuse_superseded(record)
        self.finish_orphaned_runs(record, observer)
        found = make_rollback_plan(store, record)
        self.refusals.refuse_overtaken(record, found.plan)
        return _PreparedRollback(record, found)

    def finish_orphaned_runs(self, record: TaskRecord, observer: TaskObserver) -> None:
        """Finish the interrupted runs of the task and record their ends."""
        store = self._store()
        if not open_attempts(store, record.id):
            return
        context = task_context(record, store.plan(record.plan))
        with observer.question():
            secrets = task_secrets(self._ports, context, runs=False)
        with (
            secrets as broker,
            task_executor(self._settings, self._ports, context, broker) as executor,
            hold_cluster(
                store,
                record.cluster,
                record.id,
                cancellation=observer.cancellation,
                wait=observer.wait,
                notify=observer.notify,
            ) as lease,
        ):
            finish_orphaned_runs(store, lease, record.id, context.bundle, executor, observer)

    def _run_rollback(
        self, found: _PreparedRollback, observer: TaskObserver, queued: str | None = None
    ) -> TaskResult:
        record, plan = found.record, found.compensation.plan
        command, request = TaskCommand.ROLLBACK, RollbackRequest(task=record.id)
        with self._new_tasks.new(plan, command, request, record.id, queued=queued) as task:
            copy_task_files(record.directory, task.directory, self._settings.home)
            task.start_sync()

            def before(store: Store, _lease: Lease, executor: RunnerExecutor) -> PriorResults:
                refuse_orphaned_runs(store, plan.cluster, task.id, executor)
                task.begin()
                return NO_PRIOR_RESULTS

            def record_outcome(result: TaskResult) -> TaskResult:
                self._record_in_parent(record.id, task.id, observer)
                return result

            base, bundle = task_context(record, plan).base, task.directory / "bundle"
            return self._runner.run(
                TaskContext(plan, task.id, task.directory, bundle, base),
                observer,
                asked=task.ask,
                before=before,
                then=record_outcome,
            )

    def _roll_back_failed_task(
        self, record: TaskRecord, observer: TaskObserver, why: str
    ) -> TaskResult:
        """Roll a task back, and then the task that it continued."""
        store = self._store()
        try:
            found = self._prepare_rollback(record, observer)
            steps = len(found.compensation.plan.graph.nodes)
            if steps:
                observer.notify(f"{why}; rolling it back, nodes: {steps}")
                if self._run_rollback(found, observer).status is TaskStatus.CANCELLED:
                    # Return the failed task's own result: it says what failed and how to continue.
                    return store.result(record.id, keep_tasks=observer.keep_tasks)
            else:
                self._record_in_parent(record.id, None, observer)
            if record.parent is not None:
                before = store.task(record.parent)
                self._roll_back_failed_task(
                    before, observer, f"task {record.id} continued {before.id}"
                )
        except WorldTreeError as problem:
            observer.notify(f"task {record.id} was not rolled back: {problem.message}")
        return store.result(record.id, keep_tasks=observer.keep_tasks)

    def _record_in_parent(self, parent: str, child: str | None, observer: TaskObserver) -> None:
        store = self._store()
        record = store.task(parent)
        with hold_cluster(
            store,
            record.cluster,
            record.id,
            cancellation=observer.cancellation,
            wait=True,
            notify=observer.notify,
        ) as lease:
            result = None if child is None else store.result(child, keep_tasks=False)
            undoing = make_rollback_plan(store, record)
            record_in_parent(store, lease, record, undoing, result, observer.notify)
