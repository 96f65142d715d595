"""Runs whose `wt` process died: follow them to their end, or end them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from worldtree.core.errors import RefusedError
from worldtree.core.next_steps import NextStep
from worldtree.core.process_identity import ProcessIdentity, is_elsewhere
from worldtree.engine.scheduling.inbox import Inbox
from worldtree.engine.scheduling.messages import RunEnded, as_event
from worldtree.engine.scheduling.run_liveness import READER_DIED, RunLiveness
from worldtree.results.events import EventKind
from worldtree.results.run import RunOutcome, RunRequest
from worldtree.results.status import TaskStatus

if TYPE_CHECKING:
    from worldtree.app.tasks.task_runner import TaskObserver
    from worldtree.engine.executors.protocol import RunHandle
    from worldtree.runner.control.executor import RunnerExecutor
    from worldtree.store.lease import Lease
    from worldtree.store.store import Store, TaskRecord


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """An Ansible run that was started and whose end is not recorded."""

    id: str
    nodes: tuple[str, ...]
    hosts: tuple[str, ...]
    directory: Path
    #: Started it; None in events of earlier versions.
    process: ProcessIdentity | None = None

    @property
    def is_elsewhere(self) -> bool:
        """Whether it was started on another machine, from which alone its end can be known.

        A task's directory is there before its runs, so that one without is of another machine.
        """
        if self.process is None:
            return not self.directory.parent.parent.is_dir()
        return is_elsewhere(self.process)

    @property
    def machine(self) -> str:
        """The name of its machine, for people."""
        return "another machine" if self.process is None else self.process.host


def open_attempts(store: Store, task: str) -> list[OpenAttempt]:
    """Return the open attempts of ``task`` in order of their start."""
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
                # Absolute in events of earlier versions.
                store.task(task).directory / data["directory"],
                ProcessIdentity(**data["process"]) if "process" in data else None,
            )
        elif event.kind is EventKind.ATTEMPT_FINISHED:
            found.pop(event.attempt, None)
    return list(found.values())


def hosts_with_live_runs(store: Store, task: str) -> tuple[str, ...]:
    """Return the hosts on which runs of ``task`` are alive, as seen from this machine."""
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
    """Record the end of every open attempt of ``task``.

    A run with a live supervisor is followed to its end; cancelling ends it. For a dead supervisor,
    the rest of the journal is read, and leftover processes are ended here and on the hosts. After
    a crash of the machine the journal may be incomplete; the recorded outcome says so. Raises
    ``RefusedError`` for a run of another machine, unless the task is known to be interrupted.
    """
    recorder = store.recorder(task, lease, tell=observer.notify)
    runs = open_attempts(store, task)
    record = store.task(task)
    if record.status is not TaskStatus.INTERRUPTED:
        _refuse_runs_elsewhere(record, runs)
    if runs:
        observer.notify(f"checking interrupted runs: {len(runs)}")
    elsewhere = [run for run in runs if run.is_elsewhere]
    inbox = Inbox()
    handles: dict[str, RunHandle] = {}
    for run in runs:
        request = RunRequest(run.id, run.nodes, run.hosts, bundle, run.directory)

        def on_end(outcome: RunOutcome, run: OpenAttempt = run) -> None:
            if run in elsewhere:
                # Its journal is there: what it did since its last event is not known.
                outcome = replace(outcome, unknown=True, interrupted_hosts=run.hosts)
            inbox.put_end(RunEnded(run.id, outcome))

        after = store.last_line(run.id)
        handles[run.id] = executor.adopt(request, after, inbox.put, on_end)
    observer.cancellation.listen(inbox.wake)
    liveness = RunLiveness()
    try:
        while handles:
            messages = inbox.take(max(0.0, liveness.next_moment - time.monotonic()))
            if observer.cancellation.requested:
                for handle in handles.values():
                    handle.cancel()
            ended = {one.attempt for one in messages if isinstance(one, RunEnded)}
            handles = {name: handle for name, handle in handles.items() if name not in ended}
            for attempt in liveness.unreported(handles):
                inbox.put_end(RunEnded(attempt, READER_DIED))
            for event in recorder.record([as_event(message) for message in messages]):
                observer.on_event(event)
    finally:
        inbox.close()


def refuse_orphaned_runs(store: Store, cluster: str, task: str, executor: RunnerExecutor) -> None:
    """Raise ``RefusedError`` if a run of an earlier task is alive on the cluster of ``task``.

    Two playbooks must never work on one host. Tasks whose runs are all dead become interrupted.
    """
    for record in store.list_tasks(cluster, statuses=(TaskStatus.PENDING, TaskStatus.RUNNING)):
        if record.id == task:
            continue
        runs = open_attempts(store, record.id)
        _refuse_runs_elsewhere(record, runs)
        for run in runs:
            request = RunRequest(run.id, run.nodes, run.hosts, Path(), run.directory)
            if executor.is_alive(request):
                raise RefusedError(
                    f"task {record.id} was interrupted, but its Ansible run still works on "
                    f"{', '.join(run.hosts)}",
                    code="orphaned-run-alive",
                    next_steps=[
                        NextStep("resume", record.id, "continue it"),
                        NextStep("cancel", record.id, "end it"),
                    ],
                )
        store.set_status(record.id, TaskStatus.INTERRUPTED, "its process died")


def runs_elsewhere(store: Store, cluster: str) -> dict[str, list[OpenAttempt]]:
    """Return the open attempts of a cluster that were started on other machines, by task.

    Those of tasks that are known to be interrupted are left out.
    """
    found = {}
    for record in store.list_tasks(cluster, statuses=(TaskStatus.PENDING, TaskStatus.RUNNING)):
        runs = [run for run in open_attempts(store, record.id) if run.is_elsewhere]
        if runs:
            found[record.id] = runs
    return found


def _refuse_runs_elsewhere(record: TaskRecord, runs: Iterable[OpenAttempt]) -> None:
    for run in runs:
        if run.is_elsewhere:
            raise RefusedError(
                f"task {record.id} was interrupted, and its Ansible run on {', '.join(run.hosts)} "
                f"was started on {run.machine}, whose processes are not visible from here",
                code="orphaned-run-elsewhere",
                next_steps=[
                    NextStep("resume", record.id, "continue it on that machine"),
                    NextStep("cancel", record.id, "end it on that machine"),
                    NextStep(
                        "unlock", record.cluster, "give it up if that machine is off for good"
                    ),
                ],
            )
