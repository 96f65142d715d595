"""Workers among each other: who is there, who is silent, who goes on with the rows of whom."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from worldtree import __version__
from worldtree.core.errors import RefusedError
from worldtree.core.next_steps import NextStep
from worldtree.core.process_identity import current_process, is_running
from worldtree.core.worker_times import WorkerTimes

if TYPE_CHECKING:
    from worldtree.store.store import Store
    from worldtree.store.task_queue import QueuedTask
    from worldtree.store.workers import WorkerRecord as WorkerRecord

__all__ = ["WorkerRecord", "WorkerRegister", "taking_workers"]


class WorkerRegister:
    """The workers of all machines that use the database."""

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store

    @property
    def times(self) -> WorkerTimes:
        """How long workers may be silent."""
        return self._store().times

    def register(self, tags: Collection[str], capacity: int) -> str:
        """Store the calling process as a new worker; return its id."""
        return self._store().register_worker(current_process(), tags, capacity, __version__)

    def adopt(self, worker: str) -> int:
        """Pass the rows of processes that run here, and whose worker is gone, on to ``worker``.

        They work on; this worker settles their rows when they end. Returns their number.
        """
        store = self._store()
        rows = [row for row in store.queued_tasks(taken=True) if row.worker not in (None, worker)]
        if not rows:
            return 0
        gone = {one.id for one in store.list_workers(gone=True) if one.gone is not None}
        found = [
            row.process
            for row in rows
            if row.worker in gone and row.process is not None and is_running(row.process)
        ]
        return store.adopt_rows(worker, found) if found else 0

    def heartbeat(self, worker: str) -> bool:
        """Store that a worker is alive; False where another one has fenced it."""
        return self._store().worker_heartbeat(worker)

    def fence_silent(self, by: str) -> list[WorkerRecord]:
        """Fence the workers that have missed their heartbeats, and return them."""
        return self._store().fence_silent_workers(self.times.silence, by)

    def drain(self, worker: str) -> None:
        """Store that a worker takes no new work."""
        self._store().drain_worker(worker)

    def set_obstacle(self, worker: str, obstacle: str | None) -> None:
        """Store why a worker can only cancel; None where it can do everything."""
        self._store().set_worker_obstacle(worker, obstacle)

    def end(self, worker: str) -> None:
        """Store that a worker has ended."""
        self._store().end_worker(worker)

    def find(self, name: str) -> tuple[WorkerRecord, list[QueuedTask]]:
        """Return the worker whose id is, or uniquely begins with, ``name``, and the rows it has.

        Also one that is gone. Raises ``RefusedError``.
        """
        store = self._store()
        found = [one for one in store.list_workers(gone=True) if one.id.startswith(name)]
        if len(found) != 1:
            words = "several workers" if found else "no worker"
            raise RefusedError(
                f"the id of {words} begins with `{name}`",
                code="worker-unknown",
                next_steps=[NextStep("list-workers", "", "see all workers")],
            )
        rows = store.queued_tasks(taken=True)
        return found[0], [row for row in rows if row.worker == found[0].id]

    def count_with(self, tags: Collection[str]) -> int:
        """Return how many workers that take tasks have all of ``tags``."""
        return sum(set(tags) <= set(one.tags) for one in taking_workers(self._store()))

    def list_workers(self, *, gone: bool = False) -> list[tuple[WorkerRecord, int]]:
        """Return the workers, each with the number of tasks that its processes work on."""
        store = self._store()
        rows = store.queued_tasks(taken=True)
        return [
            (one, sum(row.worker == one.id for row in rows))
            for one in store.list_workers(gone=gone)
        ]


def taking_workers(store: Store) -> list[WorkerRecord]:
    """Return the workers that take tasks: neither silent, nor fenced, nor about to end."""
    silence = store.times.silence
    return [one for one in store.list_workers() if one.state == "alive" and one.silent < silence]
