"""Work that was cut off with the process that had asked for it: followed to its end, or ended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.core.errors import RefusedError
from worldtree.engine.scheduling.inbox import Inbox
from worldtree.engine.scheduling.messages import RunEnded, as_event
from worldtree.results.events import EventKind
from worldtree.results.run import RunOutcome, RunRequest
from worldtree.results.status import TaskStatus

if TYPE_CHECKING:
    from worldtree.app.tasks.task_runner import TaskObserver
    from worldtree.runner.control.executor import RunnerExecutor
    from worldtree.store.lease import Lease
    from worldtree.store.store import Store


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """A run whose end is not recorded."""

    id: str
    nodes: tuple[str, ...]
    hosts: tuple[str, ...]
    directory: Path


def open_attempts(store: Store, task: str) -> list[OpenAttempt]:
    """Return the runs of ``task`` that were started and whose end is not recorded, in order."""
    found: dict[str, OpenAttempt] = {}
    kinds = (EventKind.ATTEMPT_STARTED, EventKind.ATTEMPT_FINISHED)
    for event in store.events(task, kinds=kinds):
        if event.attempt is None:
            continue
        if event.kind is EventKind.ATTEMPT_STARTED:
            data = event.result
            found[event.attempt] = OpenAttempt(
                event.attempt,
                tuple(data["nodes"]),
                tuple(data["hosts"]),
                Path(data["directory"]),
            )
        elif event.kind is EventKind.ATTEMPT_FINISHED:
            found.pop(event.attempt, None)
    return list(found.values())


def hosts_with_live_runs(store: Store, task: str) -> tuple[str, ...]:
    """Return the hosts on which runs of ``task`` go on now, seen from this machine."""
    from worldtree.runner.control.run_handle import supervisor_process

    found: dict[str, None] = {}
    for run in open_attempts(store, task):
        supervisor = supervisor_process(run.directory)
        if supervisor is not None and supervisor.alive:
            found |= dict.fromkeys(run.hosts)
    return tuple(found)


def finish_orphaned_runs(
    store: Store,
    lease: Lease,
    task: str,
    bundle: Path,
    executor: RunnerExecutor,
    observer: TaskObserver,
) -> None:
    """Bring every run of ``task`` to its recorded end.

    A run whose supervisor lives is followed to its end; cancelling ends it. Of one whose
    supervisor is dead, the journal is taken in, and what it left is ended here and on the hosts.
    The machine's own death may have cost the end of a journal: the recorded end says so.
    """
    recorder = store.recorder(task, lease)
    runs = open_attempts(store, task)
    if runs:
        observer.notify(f"looking what became of the runs that were cut off: {len(runs)}")
    inbox = Inbox()
    handles = []
    for run in runs:
        request = RunRequest(run.id, run.nodes, run.hosts, bundle, run.directory)

        def on_end(outcome: RunOutcome, attempt: str = run.id) -> None:
            inbox.put_end(RunEnded(attempt, outcome))

        after = store.last_line(run.id)
        handles.append(executor.adopt(request, after, inbox.put, on_end))
    observer.cancellation.listen(inbox.wake)
    left = len(runs)
    try:
        while left:
            messages = inbox.take()
            if observer.cancellation.requested:
                for handle in handles:
                    handle.cancel()
            left -= sum(isinstance(message, RunEnded) for message in messages)
            for event in recorder.record([as_event(message) for message in messages]):
                observer.on_event(event)
    finally:
        inbox.close()


def refuse_orphaned_runs(store: Store, cluster: str, task: str, executor: RunnerExecutor) -> None:
    """Make sure that no run of an earlier task goes on, on a cluster that is held for ``task``.

    Tasks whose runs are all dead are marked as interrupted. Raises ``RefusedError`` for one that
    goes on: two playbooks must never work on one host.
    """
    for record in store.list_tasks(cluster, statuses=(TaskStatus.PENDING, TaskStatus.RUNNING)):
        if record.id == task:
            continue
        for run in open_attempts(store, record.id):
            request = RunRequest(run.id, run.nodes, run.hosts, Path(), run.directory)
            if executor.is_alive(request):
                raise RefusedError(
                    f"task {record.id} was cut off, but its run goes on and works on "
                    f"{', '.join(run.hosts)}",
                    hint=f"go on with it: `wt resume {record.id}`, or end it: "
                    f"`wt cancel {record.id}`",
                )
        store.set_status(record.id, TaskStatus.INTERRUPTED, "its process was gone")
