"""Which tasks cannot be rolled back or continued, because of what came after them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from worldtree.app.tasks.cluster_work import overtaking_task
from worldtree.app.tasks.frozen_bundle import has_task_files
from worldtree.app.tasks.rollback_plans import make_rollback_plan, pairs
from worldtree.app.tasks.task_state import has_live_process, status_phrase
from worldtree.core.errors import RefusedError
from worldtree.core.next_steps import APPLY_AGAIN, NextStep
from worldtree.engine.prior_results import NodeHost
from worldtree.plan.plan import Plan
from worldtree.results.node_status import is_success
from worldtree.results.status import TaskStatus
from worldtree.results.task_command import ENDED_COMMANDS, READ_ONLY_COMMANDS, TaskCommand

if TYPE_CHECKING:
    from worldtree.store.store import Store, TaskRecord

#: Commands whose tasks cannot be rolled back.
IRREVERSIBLE_COMMANDS = (TaskCommand.ROLLBACK, *ENDED_COMMANDS)


def refuse_irreversible(record: TaskRecord) -> None:
    """Raise ``RefusedError`` for a task that no rollback undoes, whatever came after it."""
    if record.command == TaskCommand.ROLLBACK:
        is_whole = record.status is TaskStatus.SUCCEEDED
        raise RefusedError(
            f"task {record.id} is itself a rollback ({record.status})",
            code="task-is-rollback",
            next_steps=[APPLY_AGAIN if is_whole else NextStep("resume", record.id, "continue it")],
        )
    if record.command in READ_ONLY_COMMANDS:
        raise RefusedError(
            f"task {record.id} was only a check, nothing is to be undone",
            code="task-only-checked",
        )
    if record.command is TaskCommand.IMPORT:
        raise RefusedError(
            f"task {record.id} was imported: what it saved to be undone is elsewhere",
            code="task-imported",
            hint="run `rollback.yml` of its bundle where the bundle ran",
        )
    if record.status is TaskStatus.ROLLED_BACK:
        raise RefusedError(f"task {record.id} was already rolled back", code="task-rolled-back")


class RollbackRefusals:
    """Refuses tasks because of later tasks of their cluster, and says what to do instead."""

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store

    def refuse_rolled_back(self, record: TaskRecord) -> None:
        """Raise ``RefusedError`` for a task whose rollback has started."""
        for child in self.rollbacks(record):
            being = "was" if child.status is TaskStatus.SUCCEEDED else "is being"
            raise RefusedError(
                f"task {record.id} {being} rolled back by task {child.id}, which "
                f"{status_phrase(self._store(), child)}",
                code="task-rolled-back",
                next_steps=self._next_steps(child),
            )

    def refuse_replanned(self, record: TaskRecord) -> None:
        """Raise ``RefusedError`` for a task that another task has continued with a new plan.

        After that task is rolled back, this one can be continued again.
        """
        for child in self._continuations(record):
            raise RefusedError(
                f"task {record.id} was continued with another plan by task {child.id}, which "
                f"{status_phrase(self._store(), child)}",
                code="task-continued",
                next_steps=self._next_steps(child),
            )

    def refuse_superseded(self, record: TaskRecord) -> None:
        """Raise ``RefusedError`` for a task with continued work to undo first, or without files."""
        for child in self._continuations(record):
            if self._has_work_to_undo(child):
                raise RefusedError(
                    f"task {child.id} continued task {record.id}",
                    code="task-continued",
                    next_steps=[NextStep("rollback", child.id, "roll that task back first")],
                )
        if not has_task_files(record):
            raise RefusedError(
                f"task {record.id} cannot be rolled back: its bundle is missing",
                code="task-bundle-missing",
                hint="the bundle had the plays that undo the task",
                next_steps=[NextStep("compile", "", "write `rollback.yml` from the document")],
            )

    def refuse_overtaken_rollback(self, rollback: TaskRecord) -> None:
        """Raise ``RefusedError`` if a later task changed what a rollback has not undone yet."""
        if rollback.parent is None:
            return
        store = self._store()
        result = store.result(rollback.id, keep_tasks=False)
        done = {(n.id, h) for n in result.nodes for h, r in n.hosts.items() if is_success(r.status)}
        self.refuse_overtaken(store.task(rollback.parent), store.plan(rollback.plan), done)

    def refuse_overtaken(
        self, record: TaskRecord, undoing: Plan, undone: Collection[NodeHost] = ()
    ) -> None:
        """Raise ``RefusedError`` if a later task changed work that ``undoing`` has yet to undo."""
        found = overtaking_task(self._store(), record, undoing, pairs(undoing).difference(undone))
        if found is None:
            return
        other, (node, host) = found
        is_possible = self._rollback_is_possible(other)
        raise RefusedError(
            f"task {other.id} changed the same work after task {record.id}: {node} on {host}",
            code="work-overtaken",
            hint="" if is_possible else f"task {other.id} cannot be rolled back itself",
            next_steps=[
                NextStep("rollback", other.id, "roll that task back first")
                if is_possible
                else APPLY_AGAIN
            ],
        )

    def rollbacks(self, record: TaskRecord) -> list[TaskRecord]:
        """Return the started rollbacks of a task, newest first."""
        return [
            other
            for other in self._store().list_tasks(record.cluster)
            if other.parent == record.id
            and other.command == TaskCommand.ROLLBACK
            and other.started is not None
        ]

    def rollbacks_of_others(self, record: TaskRecord) -> list[NextStep]:
        """Return the rollback of the newest other task of the cluster with work to undo.

        Empty if a still later task changed the same work.
        """
        store = self._store()
        for other in store.list_tasks(
            record.cluster, leaving_out=IRREVERSIBLE_COMMANDS, begun=True
        ):
            if (
                other.id != record.id
                and other.status is not TaskStatus.ROLLED_BACK
                # A task without attempts did nothing; its events need not be read.
                and store.count_attempts(other.id)
                and self._has_work_to_undo(other)
            ):
                if not self._rollback_is_possible(other):
                    break
                return [NextStep("rollback", other.id, "undo the newest task with work to undo")]
        return []

    def _continuations(self, record: TaskRecord) -> list[TaskRecord]:
        """Return the tasks that continued a task with another plan, newest first."""
        return [
            other
            for other in self._store().list_tasks(record.cluster)
            if other.parent == record.id
            and other.command != TaskCommand.ROLLBACK
            and other.started is not None
            and other.status is not TaskStatus.ROLLED_BACK
        ]

    def _has_work_to_undo(self, record: TaskRecord) -> bool:
        """Whether a rollback of the task would have work that no rollback has done yet."""
        if any(one.status is TaskStatus.SUCCEEDED for one in self.rollbacks(record)):
            return False
        return bool(make_rollback_plan(self._store(), record).plan.graph.nodes)

    def _rollback_is_possible(self, record: TaskRecord) -> bool:
        """Whether a rollback of the task would be accepted, as far as is known now."""
        if not has_task_files(record) or not self._has_work_to_undo(record):
            return False
        undoing = make_rollback_plan(self._store(), record).plan
        return overtaking_task(self._store(), record, undoing, pairs(undoing)) is None

    def _next_steps(self, record: TaskRecord) -> list[NextStep]:
        """Return what can be done with ``record``, the child of a refused task."""
        followers = [*self.rollbacks(record), *self._continuations(record)]
        if followers:
            return self._next_steps(followers[0])
        if has_live_process(self._store(), record):
            return [NextStep("cancel", record.id, "wait until it ends, or cancel it")]
        steps = []
        if record.status is not TaskStatus.SUCCEEDED:
            steps.append(NextStep("resume", record.id, "continue that task"))
        if record.command != TaskCommand.ROLLBACK and self._rollback_is_possible(record):
            steps.append(NextStep("rollback", record.id, "roll it back first"))
        return [*steps, APPLY_AGAIN]
