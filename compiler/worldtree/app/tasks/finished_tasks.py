"""Refuses to work on a task that has not begun, or of which nothing is left to do."""

from __future__ import annotations

from worldtree.core.errors import RefusedError
from worldtree.core.next_steps import APPLY_AGAIN, NextStep
from worldtree.results.status import TaskStatus
from worldtree.results.task_command import READ_ONLY_COMMANDS, TaskCommand
from worldtree.store.task_record import TaskRecord


def refuse_not_begun(record: TaskRecord) -> None:
    """Raise ``RefusedError`` for a task that has not begun."""
    if not record.has_begun:
        raise RefusedError(
            f"task {record.id} has not begun ({record.status}): nothing was done",
            code="task-not-begun",
            next_steps=[APPLY_AGAIN],
        )


def refuse_finished(record: TaskRecord, *, reruns: bool) -> None:
    """Raise ``RefusedError`` if nothing of the task can be continued.

    ``reruns``: work is selected to run again, even where it is done.
    """
    if record.command in READ_ONLY_COMMANDS:
        # Continuing would make the changes that it only checked.
        new = NextStep("apply", "", "run a new one", {"check": True})
        if record.command is TaskCommand.DRIFT:
            new = NextStep("drift", "", "run a new one")
        raise RefusedError(
            f"task {record.id} was only a check, which cannot be continued",
            code="task-only-checked",
            next_steps=[new],
        )
    if record.command is TaskCommand.IMPORT:
        raise RefusedError(
            f"task {record.id} was imported: it ran elsewhere, and cannot be continued here",
            code="task-imported",
            next_steps=[
                NextStep("apply", "", "run what is not known to be done", {"changed": True})
            ],
        )
    if record.status is TaskStatus.SUCCEEDED and not reruns:
        raise RefusedError(
            f"task {record.id} has succeeded, nothing is left to do",
            code="task-finished",
            next_steps=[
                NextStep("retry", record.id, "run nodes again", {"node": None}),
                APPLY_AGAIN,
            ],
        )
    if record.status is TaskStatus.ROLLED_BACK:
        raise RefusedError(
            f"task {record.id} was rolled back",
            code="task-rolled-back",
            next_steps=[APPLY_AGAIN],
        )
