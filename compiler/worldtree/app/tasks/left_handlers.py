"""Which earlier tasks may have left handlers that were notified and did not run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from worldtree.engine.executors.notified_handlers import NOTIFIED_EVENTS
from worldtree.results.events import Event
from worldtree.results.status import TaskStatus
from worldtree.results.task_command import ENDED_COMMANDS, TaskCommand

if TYPE_CHECKING:
    from worldtree.plan.plan import Plan
    from worldtree.store.store import Store, TaskRecord

#: Commands of tasks that leave no handlers to run.
_OTHER_COMMANDS = (*ENDED_COMMANDS, TaskCommand.VERIFY)
#: Earlier tasks that are looked at: more failures in a row than people make.
_MAX_TASKS = 100


def notified_events(store: Store, plan: Plan, task: str) -> Iterator[Event]:
    """Yield the events that say which handlers of the plan's nodes are still to run, in order.

    They are those of ``task``, of the tasks that it continues with another plan, and of the tasks
    before: who applies again after a failure finds the change made, so that nothing is notified.
    """
    found = _continued(store, task)
    if found[0].command not in (*_OTHER_COMMANDS, TaskCommand.ROLLBACK):
        found = [*_before(store, plan, found[0]), *found]
    for record in found:
        yield from store.events(record.id, kinds=NOTIFIED_EVENTS)


def _continued(store: Store, task: str) -> list[TaskRecord]:
    """Return the tasks that a task continues with another plan, the first one first, and itself."""
    found = [store.task(task)]
    while (parent := found[0].parent) is not None and store.has_begun(parent):
        if found[0].command is TaskCommand.ROLLBACK:
            break
        found.insert(0, store.task(parent))
    return found


def _before(store: Store, plan: Plan, first: TaskRecord) -> list[TaskRecord]:
    """Return the tasks of the pipeline since the last one that did all work of ``plan``.

    A task of another pipeline ends the search: it may have undone what the handlers were for.
    """
    found: list[TaskRecord] = []
    wanted = set(plan.graph.nodes)
    for record in store.list_tasks(
        plan.cluster, _MAX_TASKS, leaving_out=_OTHER_COMMANDS, begun=True
    ):
        if (record.created, record.id) >= (first.created, first.id):
            continue
        if record.pipeline != plan.pipeline or record.command is TaskCommand.ROLLBACK:
            break
        if record.status is TaskStatus.ROLLED_BACK:
            continue
        if record.status is TaskStatus.SUCCEEDED and wanted <= store.node_ids(record.id):
            break
        found.insert(0, record)
    return found
