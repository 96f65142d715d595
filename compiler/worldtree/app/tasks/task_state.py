"""The current state of a task, even if its process is dead.

The events end with the process; later progress of its runs is in their journals. Nothing is
changed here: resuming or cancelling the task records how its runs ended.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from worldtree.app.tasks.orphaned_runs import OpenAttempt, open_attempts
from worldtree.core.next_steps import NextStep
from worldtree.engine.scheduling.messages import RunEnded, as_event
from worldtree.plan.plan import Plan
from worldtree.results.fold import Fold
from worldtree.results.status import NodeStatus, TaskStatus
from worldtree.results.tree import HostResult, TaskResult

if TYPE_CHECKING:
    from worldtree.store.store import Store, TaskRecord

ACTIVE_STATUSES = (TaskStatus.PENDING, TaskStatus.RUNNING)
#: Statuses of tasks that were asked for and have not begun.
WAITING_STATUSES = (TaskStatus.QUEUED, TaskStatus.WAITING)
#: Statuses of tasks whose interrupted work can be resumed.
RESUMABLE_STATUSES = (
    TaskStatus.INTERRUPTED,
    TaskStatus.CANCELLED,
    TaskStatus.FAILED,
    TaskStatus.PARTIAL,
)

#: Messages of tasks whose process is dead: nothing runs any more; its runs go on; it had not begun.
PROCESS_GONE_MESSAGE = "its process is dead"
_RUNS_CONTINUE_MESSAGE = "its process is dead, but its Ansible runs continue"
NOT_BEGUN_MESSAGE = "its process died before the task began; nothing was done"

_STATUS_PHRASES = {
    TaskStatus.QUEUED: "is queued",
    TaskStatus.WAITING: "waits for its cluster",
    TaskStatus.REFUSED: "was refused",
    TaskStatus.PENDING: "has not started",
    TaskStatus.RUNNING: "is running",
    TaskStatus.SUCCEEDED: "has succeeded",
    TaskStatus.PARTIAL: "is partly done",
    TaskStatus.FAILED: "has failed",
    TaskStatus.CANCELLED: "was cancelled",
    TaskStatus.INTERRUPTED: "was interrupted",
    TaskStatus.ROLLED_BACK: "was rolled back",
}


def has_live_process(store: Store, record: TaskRecord) -> bool:
    """Whether a process that is not proven dead holds the cluster for the task.

    One whose worker was fenced counts as dead once it must have ended its work.
    """
    from worldtree.core.process_identity import is_dead

    lease = store.lease(record.cluster)
    return (
        lease is not None
        and lease.released is None
        and lease.task == record.id
        and not is_dead(lease.holder)
        and not store.is_abandoned(lease)
    )


def current_record(store: Store, record: TaskRecord) -> TaskRecord:
    """Return the task's record for lists: interrupted if its process and its runs are dead."""
    if record.status in WAITING_STATUSES:
        return _waiting_record(store, record)
    if record.status is not TaskStatus.RUNNING or has_live_process(store, record):
        return record
    record = store.task(record.id)  # It may have ended just now.
    if record.status is not TaskStatus.RUNNING or any(
        map(_run_may_be_alive, open_attempts(store, record.id))
    ):
        return record
    return replace(record, status=TaskStatus.INTERRUPTED, message=PROCESS_GONE_MESSAGE)


def _waiting_record(store: Store, record: TaskRecord) -> TaskRecord:
    """Return a task that has not begun: interrupted if its process is dead."""
    from worldtree.core.process_identity import is_dead

    if record.process is None or not is_dead(record.process):
        return record
    record = store.task(record.id)  # It may have begun just now.
    if record.status not in WAITING_STATUSES:
        return record
    return replace(record, status=TaskStatus.INTERRUPTED, message=NOT_BEGUN_MESSAGE)


def next_steps(store: Store, record: TaskRecord) -> tuple[NextStep, ...]:
    """Return what can be done about a task, as ``current_record`` gave it, whose process died."""
    if not record.has_begun:
        return ()
    if record.status is TaskStatus.INTERRUPTED:
        return (NextStep("resume", record.id, "continue it"),)
    if record.status is TaskStatus.RUNNING and not has_live_process(store, record):
        return (
            NextStep("resume", record.id, "follow its runs to their end, on their machine"),
            NextStep("cancel", record.id, "end its runs"),
        )
    return ()


def status_phrase(store: Store, record: TaskRecord) -> str:
    """Return the current status as the end of a sentence, such as ``was cancelled``."""
    return _STATUS_PHRASES[current_record(store, record).status]


def current_result(store: Store, record: TaskRecord) -> TaskResult:
    """Return a task's recorded result plus the outcome of its interrupted runs."""
    if not record.has_begun:
        found = current_record(store, record)
        update = {"status": found.status, "message": found.message}
        return store.result(record.id).model_copy(update=update)
    worked_on = has_live_process(store, record)
    result = store.result(record.id)
    if result.status is TaskStatus.RUNNING and not worked_on:
        # Another process may have resumed it while it was read.
        if has_live_process(store, record):
            return store.result(record.id)
        result = _orphaned_result(store, record)
        if result.status in RESUMABLE_STATUSES and any(
            host.cut_off for node in result.nodes for host in node.hosts.values()
        ):
            return _with_doubts(store.plan(record.plan), result)
    return result


def _orphaned_result(store: Store, record: TaskRecord) -> TaskResult:
    """Return the result of a task whose process is dead."""
    from worldtree.runner.control.run_handle import inspect_run

    fold = Fold()
    last = 0.0
    for event in store.events(record.id):
        fold.add(event)
        last = max(last, event.time)
    goes_on: str | None = None
    for run in open_attempts(store, record.id):
        if run.is_elsewhere and record.status is not TaskStatus.INTERRUPTED:
            goes_on = (
                "its process is dead; whether its Ansible runs continue is known on "
                f"{run.machine} only"
            )
            continue
        events, outcome = inspect_run(run.directory, run.id, run.hosts, store.last_line(run.id))
        for event in events:
            fold.add(event)
            last = max(last, event.time)
        if outcome is None:
            goes_on = _RUNS_CONTINUE_MESSAGE
        else:
            # The time of the interruption is unknown; its last event is the best estimate.
            fold.add(as_event(RunEnded(run.id, outcome)).model_copy(update={"time": last}))
    result = fold.result()
    if goes_on is not None:
        return result.model_copy(update={"message": goes_on})
    known = store.task(record.id)
    update: dict[str, Any] = {"status": known.status, "message": known.message}
    if known.status in ACTIVE_STATUSES:
        update = {"status": TaskStatus.INTERRUPTED, "message": PROCESS_GONE_MESSAGE}
    cut = {"status": NodeStatus.INTERRUPTED}
    update["nodes"] = tuple(
        node.model_copy(update=cut) if node.status is NodeStatus.RUNNING else node
        for node in result.nodes
    )
    return result.model_copy(update=update)


def _run_may_be_alive(run: OpenAttempt) -> bool:
    """Whether a run is not proven dead."""
    from worldtree.runner.control.run_handle import supervisor_process

    if run.is_elsewhere:
        return True
    supervisor = supervisor_process(run.directory)
    return supervisor is not None and supervisor.alive


def _with_doubts(plan: Plan, result: TaskResult) -> TaskResult:
    """Set the messages of interrupted work to what resuming would do with it."""
    # It loads what reads roles, which lists of tasks do without.
    from worldtree.engine.resume_plan import plan_resume

    outlook = plan_resume(plan, result)
    messages = {pair: known.why for pair, known in outlook.reused.items()}
    messages |= {(d.node, d.host): d.text for d in outlook.uncertain}

    def with_message(node: str, name: str, host: HostResult) -> HostResult:
        why = messages.get((node, name))
        return host.model_copy(update={"message": why}) if why and host.cut_off else host

    nodes = tuple(
        node.model_copy(
            update={
                "hosts": {
                    name: with_message(node.id, name, one) for name, one in node.hosts.items()
                }
            }
        )
        for node in result.nodes
    )
    return result.model_copy(update={"nodes": nodes})
