"""Workers: those that take tasks from the queue, on any machine; heartbeats and fences.

All times are those of the database's clock, in UTC epoch seconds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import Connection, delete, func, insert, select, update

from worldtree.core.process_identity import ProcessIdentity
from worldtree.store.audit import add_entry
from worldtree.store.base import StorePart
from worldtree.store.counters import Counter, add_counts
from worldtree.store.schema import leases
from worldtree.store.service_tables import queue, workers

WorkerState = Literal["alive", "draining", "fenced", "ended"]
#: Seconds for which a worker that is gone is listed; after that no row can belong to it.
_KEPT_SECONDS = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class WorkerRecord:
    """One worker."""

    id: str
    process: ProcessIdentity
    tags: tuple[str, ...]
    #: How many tasks it works on at the same time.
    capacity: int
    version: str
    started: float
    #: Seconds since its last heartbeat.
    silent: float
    state: WorkerState
    #: Since when it is fenced or has ended; None while it works.
    gone: float | None
    #: Why it can only cancel; None where it can do everything.
    obstacle: str | None = None


def database_time(connection: Connection) -> float:
    """Return the present time, which is the same for all machines that use the database."""
    if connection.dialect.name == "sqlite":
        return time.time()
    return float(
        connection.execute(select(func.extract("epoch", func.clock_timestamp()))).scalar_one()
    )


class Workers(StorePart):
    """Writes and reads workers, of all projects."""

    def register_worker(
        self, process: ProcessIdentity, tags: Collection[str], capacity: int, version: str
    ) -> str:
        """Store a new worker and return its id."""
        row: dict[str, Any] = {
            "id": uuid4().hex,
            "process": process.to_json(),
            "tags": json.dumps(sorted(tags)),
            "capacity": capacity,
            "version": version,
        }
        with self._writer.begin() as connection:
            now = database_time(connection)
            connection.execute(insert(workers), {**row, "started": now, "heartbeat": now})
            old = workers.c.heartbeat < now - _KEPT_SECONDS
            connection.execute(delete(workers).where(old, _is_gone))
        return str(row["id"])

    def worker_heartbeat(self, worker: str) -> bool:
        """Store that a worker is alive; False, counted as a refusal, for one that was fenced."""
        with self._writer.begin() as connection:
            values = {"heartbeat": database_time(connection)}
            query = update(workers).where(workers.c.id == worker, ~_is_gone).values(values)
            done = bool(connection.execute(query).rowcount)
            if not done:
                add_counts(connection, worker, {(Counter.FENCING_REFUSALS, ""): 1})
        return done

    def fence_silent_workers(self, silence: float, by: str) -> list[WorkerRecord]:
        """Fence the workers without a heartbeat for ``silence`` seconds, and return them.

        ``by`` is the id of the worker that does so; it is never fenced by itself.
        """
        with self._writer.begin() as connection:
            now = database_time(connection)
            query = (
                update(workers)
                .where(~_is_gone, workers.c.heartbeat < now - silence, workers.c.id != by)
                .values(fenced=now)
                .returning(*workers.c)
            )
            found = [_record(row, now) for row in connection.execute(query)]
            for one in found:
                detail = f"worker {one.id} ({one.process}): no heartbeat for {one.silent:.0f} s"
                add_entry(connection, "worker-fenced", f"worker {by}", detail=detail)
            add_counts(connection, by, {(Counter.WORKER_FENCES, ""): len(found)})
        return found

    def set_worker_obstacle(self, worker: str, obstacle: str | None) -> None:
        """Store why a worker can only cancel; None where it can do everything."""
        query = update(workers).where(workers.c.id == worker, ~_is_gone)
        with self._writer.begin() as connection:
            connection.execute(query.values(obstacle=obstacle))

    def drain_worker(self, worker: str) -> None:
        """Store that a worker takes no new work."""
        self._mark(worker, "draining")

    def end_worker(self, worker: str) -> None:
        """Store that a worker has ended by itself; one that was fenced stays fenced."""
        self._mark(worker, "ended")

    def _mark(self, worker: str, column: str) -> None:
        with self._writer.begin() as connection:
            values = {column: database_time(connection)}
            query = update(workers).where(workers.c.id == worker, ~_is_gone)
            connection.execute(query.values(values))

    def list_workers(self, *, gone: bool = False) -> list[WorkerRecord]:
        """Return the workers in the order of their start; with ``gone`` those that ended, too."""
        query = select(workers).order_by(workers.c.started, workers.c.id)
        with self._engine.connect() as connection:
            now = database_time(connection)
            rows = connection.execute(query if gone else query.where(~_is_gone))
            return [_record(row, now) for row in rows]

    def adopt_rows(self, worker: str, processes: Collection[ProcessIdentity]) -> int:
        """Pass the rows of processes whose worker is gone on to ``worker``; return their number.

        ``processes`` run on the machine of ``worker``.
        """
        from worldtree.store.worker_work import owner

        passed = 0
        with self._writer.begin() as connection:
            for process in processes:
                text = process.to_json()
                for table, key, number in (
                    (queue, queue.c.id, queue.c.tries),
                    (leases, leases.c.cluster, leases.c.epoch),
                ):
                    holder = queue.c.process if table is queue else leases.c.holder
                    held = holder == text
                    if table is leases:
                        held &= leases.c.released.is_(None)
                    query = select(key, number).where(held).with_for_update()
                    for row in connection.execute(query).all():
                        values = {"worker": owner(worker, row[1])}
                        connection.execute(update(table).where(key == row[0]).values(values))
                        passed += table is queue
        return passed


_is_gone = workers.c.fenced.is_not(None) | workers.c.ended.is_not(None)


def may_work(connection: Connection, worker: str) -> bool:
    """Whether a worker may take work; nobody fences it until the transaction ends."""
    query = select(workers.c.id).where(workers.c.id == worker, ~_is_gone)
    return connection.execute(query.with_for_update(read=True)).first() is not None


def gone_workers(connection: Connection) -> dict[str, float]:
    """Return the workers that are fenced or ended: id -> seconds since then."""
    now = database_time(connection)
    since = func.coalesce(workers.c.ended, workers.c.fenced)
    query = select(workers.c.id, since).where(_is_gone)
    return {worker: now - moment for worker, moment in connection.execute(query)}


def _record(row: Any, now: float) -> WorkerRecord:
    states: Sequence[tuple[WorkerState, float | None]] = (
        ("ended", row.ended),
        ("fenced", row.fenced),
        ("draining", row.draining),
    )
    return WorkerRecord(
        id=row.id,
        process=ProcessIdentity.from_json(row.process),
        tags=tuple(json.loads(row.tags)),
        capacity=row.capacity,
        version=row.version,
        started=row.started,
        silent=max(0.0, now - row.heartbeat),
        state=next((name for name, moment in states if moment is not None), "alive"),
        gone=row.ended if row.ended is not None else row.fenced,
        obstacle=row.obstacle,
    )
