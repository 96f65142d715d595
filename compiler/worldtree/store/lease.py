"""One task at a time per cluster: a lease with a fencing epoch that every write checks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, select, update

from worldtree.core.private_directories import StoreError
from worldtree.core.process_identity import ProcessIdentity
from worldtree.store.audit import add_entry
from worldtree.store.busy import wait_while_busy
from worldtree.store.cluster_ids import CLUSTER_NAME
from worldtree.store.counters import Counter, add_counts
from worldtree.store.lease_owners import LeaseOwners, give_up_runs
from worldtree.store.lease_record import LeaseHeldError, LeaseLostError, LeaseRecord
from worldtree.store.schema import clusters, leases, tasks
from worldtree.store.upsert import insert_new
from worldtree.store.workers import database_time

__all__ = ["Lease", "LeaseHeldError", "LeaseLostError", "LeaseRecord", "Leases"]


class Lease:
    """The lock of a cluster, held by a task. Any thread may call the methods."""

    def __init__(self, engine: Engine, cluster: str, key: str, task: str, epoch: int) -> None:
        self._writer = engine
        #: The id of the cluster.
        self._key = key
        self.cluster, self.task, self.epoch = cluster, task, epoch
        #: The tasks that it is lent to now.
        self.lent: set[str] = set()

    def heartbeat(self) -> None:
        """Record that the holder is alive. Raises ``LeaseLostError``."""
        self._update(lambda connection: {"heartbeat": database_time(connection)})

    def is_cancel_requested(self) -> bool:
        """Whether the cancel of the task that holds the cluster was requested, from anywhere."""
        query = (
            select(tasks.c.cancel_requested)
            .join(leases, leases.c.task == tasks.c.id)
            .where(_is_held_with(self._key, self.epoch))
        )
        with self._writer.connect() as connection:
            return connection.execute(query).scalar() is not None

    def release(self) -> None:
        """Release the lock; does nothing when it is lost or released.

        When the database cannot be written, the lease stays and is taken over once this process
        has ended.
        """
        with suppress(StoreError), self._writer.begin() as connection:
            _update_held_lease(connection, self._key, self.epoch, released=time.time())

    @contextmanager
    def lend_to(self, task: str) -> Iterator[Lease]:
        """Hold the cluster for another task inside the block, so that no third one gets it.

        Raises ``LeaseLostError``.
        """
        wait_while_busy(lambda: self._name(task))
        self.lent.add(task)
        try:
            yield Lease(self._writer, self.cluster, self._key, task, self.epoch)
        finally:
            self.lent.discard(task)
            with suppress(LeaseLostError, StoreError):  # The next write reports it.
                self._name(self.task)

    def _name(self, task: str) -> None:
        self._update(lambda _connection: {"task": task})

    def _update(self, values: Callable[[Connection], dict[str, Any]]) -> None:
        try:
            with self._writer.begin() as connection:
                fields = values(connection)
                if not _update_held_lease(connection, self._key, self.epoch, **fields):
                    held = _find_lease(connection, self._key)
                    raise LeaseLostError(self.cluster, self.task, held)
        except LeaseLostError:
            self.count_refusal()
            raise

    def count_refusal(self) -> None:
        """Count that a write was refused because the lease is lost, if the database can be written.

        Not within the transaction that was refused: it is rolled back.
        """
        with suppress(StoreError), self._writer.begin() as connection:
            add_counts(connection, self.task, {(Counter.FENCING_REFUSALS, ""): 1})

    def check(self, connection: Connection) -> None:
        """Check, in a writing transaction, that the lease is held until the transaction ends.

        Raises ``LeaseLostError`` when another task has taken it over.
        """
        mine = {"the_cluster": self._key, "the_epoch": self.epoch}
        if connection.execute(_HELD_QUERY, mine).scalar() is None:
            raise LeaseLostError(self.cluster, self.task, _find_lease(connection, self._key))


#: Built once, as every transaction of a recorder runs it. On a server, a taker waits for that
#: transaction.
_HELD_QUERY = (
    select(leases.c.epoch)
    .where(
        leases.c.cluster == bindparam("the_cluster"),
        leases.c.epoch == bindparam("the_epoch"),
        leases.c.released.is_(None),
    )
    .with_for_update(read=True)
)


class Leases(LeaseOwners):
    """Acquires, lists and breaks leases."""

    def acquire_lease(
        self,
        cluster: str,
        task: str,
        holder: ProcessIdentity,
        *,
        proven_dead: Callable[[ProcessIdentity], bool],
    ) -> Lease:
        """Acquire ``cluster`` for ``task``, also from a holder that is ``proven_dead``.

        Raises ``LeaseHeldError``.
        """
        with self._writer.begin() as connection:
            now = database_time(connection)
            key = self._ensure(connection, cluster, now)
            fields: dict[str, Any] = {
                "task": task,
                "holder": holder.to_json(),
                "acquired": now,
                "heartbeat": now,
            }
            fresh = {"cluster": key, "epoch": 0, "released": now, **fields}
            insert_new(connection, leases, fresh)
            # No other process gets past this line until this transaction ends.
            found = _find_lease(connection, key, lock=True)
            if found is None:
                raise RuntimeError(f"the lease of {cluster} is missing")
            detail = f"from task {found.task}, whose holder is dead: {found.holder}"
            if found.released is None and not proven_dead(found.holder):
                if not self._is_abandoned(connection, found):
                    raise LeaseHeldError(found)
                detail = f"from task {found.task}, whose worker is gone: {found.holder}"
                give_up_runs(connection, found)
            values = {"epoch": found.epoch + 1, "released": None, **fields}
            values["worker"] = self._worker(connection, holder, found.epoch + 1)
            connection.execute(update(leases).where(leases.c.cluster == key).values(values))
            # A request to cancel an earlier try of the task has been heeded.
            again = update(tasks).where(
                tasks.c.id == task,
                tasks.c.plan.is_not(None),
                tasks.c.cancel_requested.is_not(None),
            )
            connection.execute(again.values(cancel_requested=None))
            if found.released is None:
                add_entry(
                    connection,
                    "lease-taken-over",
                    str(holder),
                    cluster,
                    task,
                    detail,
                    project=self.project,
                )
        return Lease(self._writer, cluster, key, task, found.epoch + 1)

    def lease(self, cluster: str) -> LeaseRecord | None:
        """Return the last lease of ``cluster``, held or released; None without one."""
        with self._engine.connect() as connection:
            return _find_lease(connection, self._id(cluster))

    def leases(self) -> list[LeaseRecord]:
        """Return all leases that are held, sorted by cluster."""
        query = _LEASES.where(
            leases.c.released.is_(None), clusters.c.project == self.project
        ).order_by(CLUSTER_NAME)
        with self._engine.connect() as connection:
            return [_lease_record(row) for row in connection.execute(query)]

    def break_lease(self, cluster: str, epoch: int, who: str) -> bool:
        """Release the lease of ``epoch`` for its holder, whose writes are refused from now on.

        Returns False when it is released, or held with another epoch.
        """
        with self._writer.begin() as connection:
            found = _find_lease(connection, self._id(cluster), lock=True)
            done = _update_held_lease(connection, self._id(cluster), epoch, released=time.time())
            if done and found is not None:
                detail = str(found.holder)
                add_entry(
                    connection,
                    "lease-broken",
                    who,
                    cluster,
                    found.task,
                    detail,
                    project=self.project,
                )
        return done


#: The leases with the names of their clusters.
_LEASES = select(
    *(column for column in leases.c if column.name != "cluster"),
    CLUSTER_NAME.label("cluster"),
).join(clusters, clusters.c.id == leases.c.cluster)


def _find_lease(connection: Connection, key: Any, *, lock: bool = False) -> LeaseRecord | None:
    query = _LEASES.where(leases.c.cluster == key)
    if lock:
        query = query.with_for_update(of=leases)
    row = connection.execute(query).one_or_none()
    return None if row is None else _lease_record(row)


def _update_held_lease(connection: Connection, key: Any, epoch: int, **values: Any) -> bool:
    query = update(leases).where(_is_held_with(key, epoch)).values(values)
    return bool(connection.execute(query).rowcount)


def _is_held_with(key: Any, epoch: int) -> Any:
    return (leases.c.cluster == key) & (leases.c.epoch == epoch) & leases.c.released.is_(None)


def _lease_record(row: Any) -> LeaseRecord:
    return LeaseRecord(**{**row._mapping, "holder": ProcessIdentity.from_json(row.holder)})
