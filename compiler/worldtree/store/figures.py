"""Figures of the whole fleet, all projects together, for a monitoring system.

Every query reads few rows however many tasks and events are stored: the counters, the tasks that
have not ended, the queue, and one lease per cluster.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from sqlalchemy import Connection, Select, case, func, select

from worldtree.core.worker_times import WorkerTimes
from worldtree.results.status import HostStatus, TaskStatus
from worldtree.results.task_command import TaskCommand
from worldtree.store.asked_tasks import status_of
from worldtree.store.certificates import CertificateExpiry, Certificates
from worldtree.store.counters import Counter
from worldtree.store.drift_reports import ClusterDrift, DriftReports
from worldtree.store.event_counts import DURATION_BUCKETS, UNBOUNDED
from worldtree.store.schema import counters, leases, tasks
from worldtree.store.service_tables import queue, workers
from worldtree.store.workers import database_time

#: Statuses of tasks that go on by themselves.
ACTIVE_STATUSES = (
    TaskStatus.QUEUED,
    TaskStatus.WAITING,
    TaskStatus.PENDING,
    TaskStatus.RUNNING,
)
#: Clusters that a monitoring system gets series of, of each kind.
MAX_CLUSTERS = 2000
#: Statuses that a task ends with.
END_STATUSES = tuple(status for status in TaskStatus if status not in ACTIVE_STATUSES)


@dataclass(frozen=True, slots=True)
class Durations:
    """How long tasks took."""

    #: Upper bound in seconds as text -> the number of tasks that took no longer, up to ``+Inf``.
    buckets: Mapping[str, int]
    #: The sum of all.
    seconds: float


@dataclass(frozen=True, slots=True)
class FleetFigures:
    """The figures at one moment; keys of statuses are complete."""

    #: Ends of tasks since the database was made, by ``END_STATUSES``.
    task_ends: Mapping[TaskStatus, int]
    #: Tasks now, by ``ACTIVE_STATUSES``.
    active_tasks: Mapping[TaskStatus, int]
    #: Of ended tasks that had begun; only commands that there were.
    task_durations: Mapping[TaskCommand, Durations]
    #: Ends of a node on a host.
    step_executions: Mapping[HostStatus, int]
    events: int
    fencing_refusals: int
    #: How often a worker was fenced.
    worker_fences: int
    #: Rows of the queue that wait, and that a worker has taken.
    queue_waiting: int
    queue_taken: int
    #: Seconds since the oldest one that waits was asked for; 0 without one.
    queue_oldest: float
    #: Clusters that a task holds.
    leases_held: int
    #: Seconds since the last heartbeat of the holder that has been silent for longest; 0 without
    #: a holder.
    lease_age: float
    #: Workers with a present heartbeat, those that drain included.
    workers_alive: int
    #: The newest report of drift of each cluster, of the first ``MAX_CLUSTERS``.
    drift: tuple[ClusterDrift, ...] = ()
    #: The first end of each kind of certificates of each cluster, of the first ``MAX_CLUSTERS``.
    certificates: tuple[CertificateExpiry, ...] = ()
    #: Whether there are more clusters.
    is_cut: bool = False


class Figures(DriftReports, Certificates):
    """Reads the figures."""

    def fleet_figures(self) -> FleetFigures:
        """Return the present figures of all projects."""
        now = time.time()
        drift = self.drift_of_all(MAX_CLUSTERS + 1)
        certificates = self.certificate_expiry(MAX_CLUSTERS + 1)
        with_certificates = list(dict.fromkeys((one.project, one.cluster) for one in certificates))
        shown = set(with_certificates[:MAX_CLUSTERS])
        with self._engine.connect() as connection:
            counts = _counts(connection)
            ends, steps = counts[Counter.TASK_ENDS], counts[Counter.STEP_EXECUTIONS]
            waiting, taken, oldest = connection.execute(_QUEUE).one()
            held, heartbeat = connection.execute(_LEASES).one()
            return FleetFigures(
                task_ends={status: int(ends.get(status, 0)) for status in END_STATUSES},
                active_tasks=_active_tasks(connection),
                task_durations=_durations(counts),
                step_executions={status: int(steps.get(status, 0)) for status in HostStatus},
                events=int(counts[Counter.EVENTS].get("", 0)),
                fencing_refusals=int(counts[Counter.FENCING_REFUSALS].get("", 0)),
                worker_fences=int(counts[Counter.WORKER_FENCES].get("", 0)),
                queue_waiting=waiting,
                queue_taken=taken,
                queue_oldest=_age(now, oldest),
                leases_held=held,
                lease_age=_age(now, heartbeat),
                workers_alive=connection.execute(_alive(connection, self.times)).scalar_one(),
                drift=tuple(drift[:MAX_CLUSTERS]),
                certificates=tuple(
                    one for one in certificates if (one.project, one.cluster) in shown
                ),
                is_cut=max(len(drift), len(with_certificates)) > MAX_CLUSTERS,
            )


_waits = queue.c.process.is_(None)
_QUEUE = select(
    func.count(case((_waits, 1))),
    func.count(case((~_waits, 1))),
    func.min(case((_waits, queue.c.asked))),
)


def _alive(connection: Connection, times: WorkerTimes) -> Select[int]:
    # Where nobody is left to fence it, a silent worker counts as dead as well.
    present = workers.c.heartbeat > database_time(connection) - 2 * times.silence
    return select(func.count()).where(
        workers.c.fenced.is_(None), workers.c.ended.is_(None), present
    )


_LEASES = select(func.count(), func.min(leases.c.heartbeat)).where(leases.c.released.is_(None))
_ACTIVE = (
    select(
        tasks.c.status,
        # As `status_of` reads them.
        case((tasks.c.plan.is_not(None), 1)).label("plan"),
        case((tasks.c.waiting_for.is_not(None), 1)).label("waiting_for"),
        func.count().label("number"),
    )
    .where(tasks.c.ended.is_(None))
    .group_by("status", "plan", "waiting_for")
)
_COUNTS = select(counters.c.name, counters.c.label, func.sum(counters.c.value)).group_by(
    counters.c.name, counters.c.label
)


def _counts(connection: Connection) -> Mapping[Counter, Mapping[str, float]]:
    found: dict[Counter, dict[str, float]] = {name: {} for name in Counter}
    for name, label, value in connection.execute(_COUNTS):
        if name in found:  # A newer program may count more.
            found[Counter(name)][label] = value
    return found


def _active_tasks(connection: Connection) -> Mapping[TaskStatus, int]:
    found = dict.fromkeys(ACTIVE_STATUSES, 0)
    for row in connection.execute(_ACTIVE):
        status = status_of(row)
        if status in found:  # An interrupted task has no end.
            found[status] += row.number
    return found


def _durations(counts: Mapping[Counter, Mapping[str, float]]) -> Mapping[TaskCommand, Durations]:
    numbers, sums = counts[Counter.TASK_DURATIONS], counts[Counter.TASK_SECONDS]
    bounds = [*map(str, DURATION_BUCKETS), UNBOUNDED]
    return {
        command: Durations(
            dict(
                zip(
                    bounds,
                    accumulate(int(numbers.get(f"{command} {bound}", 0)) for bound in bounds),
                    strict=True,
                )
            ),
            sums[command],
        )
        for command in TaskCommand
        if command in sums
    }


def _age(now: float, moment: float | None) -> float:
    """Return the seconds since a moment, of which other machines' clocks may differ."""
    return 0.0 if moment is None else max(0.0, now - moment)
