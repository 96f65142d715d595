"""The figures of the fleet as metrics, read from the database whenever they are collected."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import Any

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    UntypedMetricFamily,
)
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from worldtree.api.metric_definitions import METRICS
from worldtree.app.admin.figures import FleetFigures
from worldtree.core import json_logs
from worldtree.core.errors import WorldTreeError
from worldtree.results.status import TaskStatus

#: Statuses of tasks that have not started.
_NOT_STARTED = (TaskStatus.QUEUED, TaskStatus.WAITING, TaskStatus.PENDING)


class FleetCollector(Collector):
    """Collects the figures that ``read`` returns.

    Without a database there is `worldtree_database_up 0`, and what this process knows by itself.
    """

    def __init__(self, read: Callable[[], FleetFigures]) -> None:
        self._read = read
        self._errors, self._lock = 0, Lock()

    def describe(self) -> list[Family]:
        """Return nothing, so that no database is needed to register it."""
        return []

    def collect(self) -> Iterator[Family]:
        """Yield the metrics. Raises nothing of the database."""
        figures: FleetFigures | None = None
        try:
            figures = self._read()
        except WorldTreeError as error:
            with self._lock:
                self._errors += 1
            log = json_logs.get_log("worldtree.metrics")
            log.warning("the figures cannot be read", error=error.message, error_code=error.code)
        if figures is not None:
            yield from _families(figures)
        yield _gauge("worldtree_database_up", float(figures is not None))
        yield _counter("worldtree_database_errors_total", self._errors)


def _families(found: FleetFigures) -> Iterator[Family]:
    yield _counters("worldtree_tasks_total", found.task_ends)
    yield _gauges("worldtree_tasks_active", found.active_tasks)
    not_started = sum(found.active_tasks[status] for status in _NOT_STARTED)
    name = "worldtree_tasks_pending_total"
    yield UntypedMetricFamily(name, METRICS[name].help, value=not_started)
    yield _durations(found)
    yield _counters("worldtree_step_executions_total", found.step_executions)
    yield _gauge("worldtree_queue_size", found.queue_waiting)
    yield _gauge("worldtree_queue_taken", found.queue_taken)
    yield _gauge("worldtree_queue_oldest_seconds", found.queue_oldest)
    yield _gauge("worldtree_workers_alive", found.workers_alive)
    yield _gauge("worldtree_leases_held", found.leases_held)
    yield _gauge("worldtree_lease_age_seconds", found.lease_age)
    yield _counter("worldtree_fencing_refusals_total", found.fencing_refusals)
    yield _counter("worldtree_worker_fences_total", found.worker_fences)
    yield _counter("worldtree_events_ingested_total", found.events)
    drift, unchecked = (
        GaugeMetricFamily(name, METRICS[name].help, labels=METRICS[name].labels)
        for name in ("worldtree_cluster_drift", "worldtree_cluster_drift_unchecked")
    )
    for one in found.drift:
        drift.add_metric([one.project, one.cluster], one.differing)
        unchecked.add_metric([one.project, one.cluster], one.unchecked)
    yield drift
    yield unchecked
    name = "worldtree_certificate_expiry_seconds"
    expiry = GaugeMetricFamily(name, METRICS[name].help, labels=METRICS[name].labels)
    for end in found.certificates:
        expiry.add_metric([end.project, end.cluster, end.kind], end.not_after)
    yield expiry
    yield _gauge("worldtree_cluster_series_cut", float(found.is_cut))


def _durations(found: FleetFigures) -> Family:
    name = "worldtree_task_duration_seconds"
    family = HistogramMetricFamily(name, METRICS[name].help, labels=METRICS[name].labels)
    for command, durations in found.task_durations.items():
        buckets = [(_bound(bound), number) for bound, number in durations.buckets.items()]
        family.add_metric([str(command)], buckets, durations.seconds)
    return family


def _bound(text: str) -> str:
    """Return an upper bound as clients of Prometheus write it."""
    return text if text == "+Inf" else str(float(text))


def _gauge(name: str, value: float) -> Family:
    return GaugeMetricFamily(name, METRICS[name].help, value=value)


def _counter(name: str, value: float) -> Family:
    return CounterMetricFamily(name, METRICS[name].help, value=value)


def _gauges(name: str, values: Mapping[Any, int]) -> Family:
    family = GaugeMetricFamily(name, METRICS[name].help, labels=METRICS[name].labels)
    for label, value in values.items():
        family.add_metric([str(label)], value)
    return family


def _counters(name: str, values: Mapping[Any, int]) -> Family:
    family = CounterMetricFamily(name, METRICS[name].help, labels=METRICS[name].labels)
    for label, value in values.items():
        family.add_metric([str(label)], value)
    return family
