"""Care of the state: rows made anew from events, old tasks deleted, a dead task's cluster freed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worldtree.core.errors import ExitCode, RefusedError, WorldTreeError
from worldtree.core.suggestions import did_you_mean

if TYPE_CHECKING:
    from worldtree.store.lease import LeaseRecord
    from worldtree.store.prune import PruneResult as Pruned
    from worldtree.store.rebuild import RebuildResult as Rebuilt
    from worldtree.store.store import Store

__all__ = ["HolderReport", "MaintenanceService", "Pruned", "Rebuilt"]


@dataclass(frozen=True, slots=True)
class HolderReport:
    """Who holds a cluster, and what speaks for its being dead."""

    lease: LeaseRecord
    #: Proven dead; False when it is alive or nothing can be known.
    dead: bool
    #: The proof, or why there is none.
    why: str
    #: Hosts on which its task still works, by runs that outlive its process.
    hosts_with_live_runs: tuple[str, ...] = ()


class UnknownClusterError(WorldTreeError):
    """Nothing was ever done to a cluster of that name."""

    exit_code = ExitCode.INPUT


class MaintenanceService:
    """Works on the store between tasks."""

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store

    def rebuild(self, task: str) -> Rebuilt:
        """Make a task's rows anew from its events.

        Raises ``UnknownTaskError``, and ``RefusedError`` while somebody works on it.
        """
        store = self._store()
        record = store.task(task)
        held = self.evidence(record.cluster)
        if held is not None and held.lease.task == record.id and not held.dead:
            hint = f"wait for its end, or end it with `wt cancel {record.id}`"
            raise RefusedError(f"task {record.id} is being worked on: {held.why}", hint=hint)
        found = store.rebuild(record.id)
        detail = f"{len(found.differences)} differences"
        store.audit("task-rebuilt", cluster=record.cluster, task=record.id, detail=detail)
        return found

    def prune(self, keep: float, *, dry_run: bool = False) -> Pruned:
        """Delete the tasks that nothing has happened to for ``keep`` seconds."""
        store = self._store()
        found = store.prune(time.time() - keep, dry_run=dry_run)
        if found.tasks and not dry_run:
            names = f"{found.tasks[0].id} to {found.tasks[-1].id}"
            store.audit("tasks-pruned", detail=f"{len(found.tasks)} tasks, {names}")
        return found

    def evidence(self, cluster: str) -> HolderReport | None:
        """Return who holds ``cluster`` and whether it is proven dead; None when it is free.

        Raises ``UnknownClusterError``.
        """
        from worldtree.app.tasks.orphaned_runs import hosts_with_live_runs
        from worldtree.core.process_identity import death_evidence

        store = self._store()
        lease = store.lease(cluster)
        if lease is None:
            known = store.cluster_names()
            if cluster not in known:
                hint = did_you_mean(cluster, known, "`wt tasks list` shows clusters")
                raise UnknownClusterError(f"no cluster `{cluster}` is known", hint=hint)
        if lease is None or lease.released is not None:
            return None
        return HolderReport(
            lease, *death_evidence(lease.holder), hosts_with_live_runs(store, lease.task)
        )

    def unlock(self, found: HolderReport) -> None:
        """Free a cluster from the holder that was shown.

        Raises ``RefusedError`` when somebody else holds it by now.
        """
        from worldtree.core.process_identity import current_process

        lease = found.lease
        if not self._store().break_lease(lease.cluster, lease.epoch, str(current_process())):
            hint = f"look again: wt unlock {lease.cluster}"
            raise RefusedError(f"`{lease.cluster}` changed hands meanwhile", hint=hint)
