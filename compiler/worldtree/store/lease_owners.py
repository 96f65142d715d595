"""Which worker a lease belongs to, and when its holder must have ended its work."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from worldtree.core.errors import RefusedError
from worldtree.core.process_identity import ProcessIdentity, current_process, is_running
from worldtree.results.status import TaskStatus
from worldtree.store.base import StorePart
from worldtree.store.counters import count_end
from worldtree.store.lease_record import LeaseRecord
from worldtree.store.schema import tasks
from worldtree.store.service_tables import queue
from worldtree.store.worker_work import WorkerWork, owner, worker_of
from worldtree.store.workers import database_time, gone_workers


class WorkLostError(RefusedError):
    """A process has lost its row of the queue: another one may work on its task."""

    def __init__(self) -> None:
        super().__init__(
            "another process has the work on this task: this one was taken for dead",
            code="work-lost",
            hint="nothing more is done here; the other process does it",
        )


def owned_row(connection: Connection, work: WorkerWork, process: ProcessIdentity) -> str | None:
    """Return the worker that the row of ``work`` belongs to.

    Nobody takes the row from ``process`` until the transaction ends. Raises ``WorkLostError``.
    """
    mine = select(queue.c.worker, queue.c.tries).where(
        queue.c.id == work.row, queue.c.process == process.to_json()
    )
    row = connection.execute(mine.with_for_update(read=True)).one_or_none()
    if row is None:
        raise WorkLostError
    return worker_of(row.worker, row.tries)


class LeaseOwners(StorePart):
    """Judges holders of leases by their workers."""

    def _worker(self, connection: Connection, holder: ProcessIdentity, epoch: int) -> str | None:
        """Return what a new lease says of the worker of ``holder``, which is this process.

        Raises ``WorkLostError``.
        """
        if self.work is None:
            return None
        worker = owned_row(connection, self.work, holder)
        return None if worker is None else owner(worker, epoch)

    def has_work(self) -> bool:
        """Whether this process still has its row of the queue; True at a terminal."""
        if self.work is None:
            return True
        try:
            with self._writer.begin() as connection:
                owned_row(connection, self.work, current_process())
        except WorkLostError:
            return False
        return True

    def is_abandoned(self, found: LeaseRecord) -> bool:
        """Whether a lease is held by a process that must have ended its work by now.

        It must once its worker is fenced or has ended, and it was silent for as long as it may be
        without the database: it then ends its runs by itself.
        """
        with self._engine.connect() as connection:
            return found.released is None and self._is_abandoned(connection, found)

    def _is_abandoned(self, connection: Connection, found: LeaseRecord) -> bool:
        worker = worker_of(found.worker, found.epoch)
        if worker is None or is_running(found.holder):
            return False
        silent = database_time(connection) - found.heartbeat
        gone = gone_workers(connection).get(worker, 0.0)
        return min(silent, gone) > self.times.takeover


def give_up_runs(connection: Connection, found: LeaseRecord) -> None:
    """Store that the task of an abandoned lease was interrupted: its runs elsewhere are over."""
    words = f"its worker on {found.holder.host} was fenced"
    query = update(tasks).where(
        tasks.c.id == found.task,
        tasks.c.plan.is_not(None),
        tasks.c.status.in_([TaskStatus.PENDING.value, TaskStatus.RUNNING.value]),
    )
    values = {"status": TaskStatus.INTERRUPTED.value, "message": words}
    if connection.execute(query.values(values)).rowcount:
        count_end(connection, found.task, TaskStatus.INTERRUPTED)
