"""One task at a time per cluster: a lease with a fencing epoch that every write checks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, select, update

from worldtree.core.errors import RefusedError, WorldTreeError
from worldtree.core.next_steps import NextStep
from worldtree.core.private_directories import StoreError
from worldtree.core.process_identity import ProcessIdentity
from worldtree.store.audit import add_entry
from worldtree.store.base import StorePart
from worldtree.store.busy import wait_while_busy
from worldtree.store.cluster_ids import CLUSTER_NAME
from worldtree.store.counters import Counter, add_counts
from worldtree.store.schema import clusters, leases, tasks
from worldtree.store.upsert import insert_new


@dataclass(frozen=True, slots=True)
class LeaseRecord:
    """The holder of a cluster; times are UTC epoch seconds."""

    cluster: str
    epoch: int
    task: str
    holder: ProcessIdentity
    acquired: float
    heartbeat: float
    #: None while it is held.
    released: float | None

    def __str__(self) -> str:
        quiet = max(0, round(time.time() - self.heartbeat))
        return (
            f"task {self.task} ({self.holder}), since {_utc_text(self.acquired)}, "
            f"last heartbeat {quiet} s ago"
        )


class LeaseHeldError(RefusedError):
    """Another task holds the cluster."""

    def __init__(self, held: LeaseRecord) -> None:
        super().__init__(
            f"`{held.cluster}` is locked by {held}",
            code="cluster-locked",
            next_steps=[
                NextStep("wait", held.cluster, "wait for it"),
                NextStep("cancel", held.task, "cancel it"),
                NextStep("unlock", held.cluster, "release the lock when its process is dead"),
            ],
        )
        self.held = held


class LeaseLostError(WorldTreeError):
    """Another task holds the cluster now; nothing more of this task is written."""

    def __init__(self, cluster: str, task: str, now: LeaseRecord | None) -> None:
        by = f"; it is held by {now}" if now is not None and now.released is None else ""
        super().__init__(
            f"this task has lost the lock of `{cluster}`{by}",
            code="lock-lost",
            hint="its work so far is recorded",
            next_steps=[
                NextStep("list-tasks", cluster, "see the tasks of the cluster"),
                NextStep("resume", task, "continue it once the cluster is free"),
            ],
        )
        self.now = now


class Lease:
    """The lock of a cluster, held by a task. Any thread may call the methods."""

    def __init__(self, engine: Engine, cluster: str, key: str, task: str, epoch: int) -> None:
        self._writer = engine
        #: The id of the cluster.
        self._key = key
        self.cluster, self.task, self.epoch = cluster, task, epoch

    def heartbeat(self) -> None:
        """Record that the holder is alive. Raises ``LeaseLostError``."""
        self._update(heartbeat=time.time())

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
        try:
            yield Lease(self._writer, self.cluster, self._key, task, self.epoch)
        finally:
            with suppress(LeaseLostError, StoreError):  # The next write reports it.
                self._name(self.task)

    def _name(self, task: str) -> None:
        self._update(task=task)

    def _update(self, **values: Any) -> None:
        try:
            with self._writer.begin() as connection:
                if not _update_held_lease(connection, self._key, self.epoch, **values):
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


class Leases(StorePart):
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
        now = time.time()
        with self._writer.begin() as connection:
            key = self._ensure(connection, cluster, now)
            fields = {"task": task, "holder": holder.to_json(), "acquired": now, "heartbeat": now}
            fresh = {"cluster": key, "epoch": 0, "released": now, **fields}
            insert_new(connection, leases, fresh)
            # No other process gets past this line until this transaction ends.
            found = _find_lease(connection, key, lock=True)
            if found is None:
                raise RuntimeError(f"the lease of {cluster} is missing")
            if found.released is None and not proven_dead(found.holder):
                raise LeaseHeldError(found)
            values = {"epoch": found.epoch + 1, "released": None, **fields}
            connection.execute(update(leases).where(leases.c.cluster == key).values(values))
            # A request to cancel an earlier try of the task has been heeded.
            again = update(tasks).where(
                tasks.c.id == task,
                tasks.c.plan.is_not(None),
                tasks.c.cancel_requested.is_not(None),
            )
            connection.execute(again.values(cancel_requested=None))
            if found.released is None:
                detail = f"from task {found.task}, whose holder is dead: {found.holder}"
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
    *(column for column in leases.c if column.name not in ("cluster", "worker")),
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


def _utc_text(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
