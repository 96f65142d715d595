"""Maintains the state: rebuilds rows from events, prunes old tasks, unlocks clusters."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worldtree.core.errors import ExitCode, RefusedError, WorldTreeError
from worldtree.core.next_steps import NextStep
from worldtree.core.suggestions import did_you_mean
from worldtree.results.status import TaskStatus

if TYPE_CHECKING:
    from worldtree.store.lease import LeaseRecord
    from worldtree.store.prune import PruneResult as Pruned
    from worldtree.store.rebuild import RebuildResult as Rebuilt
    from worldtree.store.store import Store

__all__ = ["HolderReport", "MaintenanceService", "Pruned", "Rebuilt", "RunsElsewhere"]


@dataclass(frozen=True, slots=True)
class HolderReport:
    """The process that holds a cluster, and whether it is dead."""

    lease: LeaseRecord
    #: Proven dead; False when it is alive or its state cannot be determined.
    dead: bool
    #: The proof, or why there is none.
    why: str
    #: Hosts on which runs of its task are still alive.
    hosts_with_live_runs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunsElsewhere:
    """Runs of a task that were started on another machine and whose end is not recorded."""

    task: str
    #: Names of their machines, for people.
    machine: str
    #: Hosts that they work on.
    hosts: tuple[str, ...]


class UnknownClusterError(WorldTreeError):
    """There is no cluster of this name."""

    exit_code = ExitCode.INPUT


def ensure_known(cluster: str, known: Collection[str]) -> None:
    """Raise ``UnknownClusterError``, with a suggestion, when ``cluster`` is not among ``known``."""
    if cluster not in known:
        raise UnknownClusterError(
            f"unknown cluster `{cluster}`",
            code="cluster-unknown",
            hint=did_you_mean(cluster, known),
            next_steps=[NextStep("list-tasks", "", "see the clusters of all tasks")],
        )


class MaintenanceService:
    """Changes the state outside of tasks."""

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store

    def rebuild(self, task: str) -> Rebuilt:
        """Rebuild a task's rows from its events.

        Raises ``UnknownTaskError``, and ``RefusedError`` while the task runs.
        """
        store = self._store()
        record = store.task(task)
        held = self.evidence(record.cluster)
        if held is not None and held.lease.task == record.id and not held.dead:
            raise RefusedError(
                f"task {record.id} is running: {held.why}",
                code="task-running",
                hint="wait until it ends",
                next_steps=[NextStep("cancel", record.id, "cancel it")],
            )
        found = store.rebuild(record.id)
        detail = f"{len(found.differences)} differences"
        store.audit("task-rebuilt", cluster=record.cluster, task=record.id, detail=detail)
        return found

    def prune(self, keep: float, *, dry_run: bool = False) -> Pruned:
        """Delete the tasks without an event in the last ``keep`` seconds."""
        store = self._store()
        found = store.prune(time.time() - keep, dry_run=dry_run)
        if found.tasks and not dry_run:
            names = f"{found.tasks[0].id} to {found.tasks[-1].id}"
            store.audit("tasks-pruned", detail=f"{len(found.tasks)} tasks, {names}")
        return found

    def evidence(self, cluster: str) -> HolderReport | None:
        """Return the holder of ``cluster`` and whether it is dead; None when it is free.

        Raises ``UnknownClusterError``.
        """
        from worldtree.app.tasks.orphaned_runs import hosts_with_live_runs
        from worldtree.core.process_identity import death_evidence

        store = self._store()
        lease = store.lease(cluster)
        if lease is None:
            ensure_known(cluster, store.cluster_names())
        if lease is None or lease.released is not None:
            return None
        return HolderReport(
            lease, *death_evidence(lease.holder), hosts_with_live_runs(store, lease.task)
        )

    def runs_elsewhere(self, cluster: str) -> tuple[RunsElsewhere, ...]:
        """Return the runs on ``cluster`` of which only another machine knows whether they ended."""
        from worldtree.app.tasks.orphaned_runs import runs_elsewhere

        return tuple(
            RunsElsewhere(
                task,
                ", ".join(dict.fromkeys(run.machine for run in runs)),
                tuple(dict.fromkeys(host for run in runs for host in run.hosts)),
            )
            for task, runs in runs_elsewhere(self._store(), cluster).items()
        )

    def give_up(self, cluster: str, runs: RunsElsewhere) -> None:
        """Record that a person said that these runs have ended: their task was interrupted."""
        store = self._store()
        if store.task(runs.task).ended is not None:
            return  # It came to its end in the meantime.
        words = f"its runs on {runs.machine} were given up with `wt unlock`"
        store.set_status(runs.task, TaskStatus.INTERRUPTED, words)
        store.audit("runs-given-up", cluster=cluster, task=runs.task, detail=runs.machine)

    def unlock(self, found: HolderReport) -> None:
        """Release the cluster from the holder ``found``.

        Raises ``RefusedError`` when that is a process that runs, and when another process holds the
        cluster by now.
        """
        from worldtree.core.process_identity import current_process, is_running

        lease = found.lease
        if is_running(lease.holder):
            raise RefusedError(
                f"`{lease.cluster}` is locked by a task that is running: {lease}",
                code="task-running",
                next_steps=[
                    NextStep("cancel", lease.task, "end it"),
                    NextStep(
                        "unlock",
                        lease.cluster,
                        f"if it does not end, kill process {lease.holder.pid}, and unlock it",
                    ),
                ],
            )
        if not self._store().break_lease(lease.cluster, lease.epoch, str(current_process())):
            raise RefusedError(
                f"another process has locked `{lease.cluster}` in the meantime",
                code="cluster-locked",
                next_steps=[NextStep("unlock", lease.cluster, "check again")],
            )
