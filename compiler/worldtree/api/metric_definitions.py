"""Every metric that the service publishes: one name, one meaning.

``docs/observability.md`` lists them, and a test compares it with this list. Label values come from
short, closed lists, or are names of clusters and projects, of which there is a limit: never the
name of a host or the id of a task.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram", "untyped"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric, as it is exposed."""

    name: str
    kind: Kind
    #: One sentence without a full stop.
    help: str
    labels: tuple[str, ...] = ()


_ALL = (
    # Of the fleet: from the database, when it is read.
    Metric(
        "worldtree_tasks_total",
        "counter",
        "Ends of tasks, by the status they ended with; a task that is resumed ends again",
        ("status",),
    ),
    Metric(
        "worldtree_tasks_active",
        "gauge",
        "Tasks that are queued, waiting, pending or running",
        ("status",),
    ),
    Metric(
        # Untyped: it can decrease, and the suffix is that of a counter.
        "worldtree_tasks_pending_total",
        "untyped",
        "Tasks that were asked for and have not started: queued, waiting and pending ones",
    ),
    Metric(
        "worldtree_task_duration_seconds",
        "histogram",
        "Time from the start to the end of tasks that have ended, pauses before a resume included",
        ("command",),
    ),
    Metric(
        "worldtree_step_executions_total",
        "counter",
        "Ends of a step on a host, by the status of the host",
        ("status",),
    ),
    Metric("worldtree_queue_size", "gauge", "Requests in the queue that no worker has taken"),
    Metric("worldtree_queue_taken", "gauge", "Requests in the queue that a worker works on"),
    Metric(
        "worldtree_queue_oldest_seconds",
        "gauge",
        "Age of the oldest request that no worker has taken; 0 without one",
    ),
    Metric(
        "worldtree_workers_alive",
        "gauge",
        "Workers with a present heartbeat",
    ),
    Metric("worldtree_leases_held", "gauge", "Clusters that a task holds"),
    Metric(
        "worldtree_lease_age_seconds",
        "gauge",
        "Time since the last heartbeat of the task that has been silent for longest and holds its"
        " cluster; 0 without one",
    ),
    Metric(
        "worldtree_fencing_refusals_total",
        "counter",
        "Writes that were refused because another task had taken over the cluster",
    ),
    Metric(
        "worldtree_worker_fences_total",
        "counter",
        "Workers that were taken for dead: without a heartbeat for 20 seconds",
    ),
    Metric(
        "worldtree_events_ingested_total", "counter", "Events of tasks that the database stored"
    ),
    Metric(
        "worldtree_cluster_drift",
        "gauge",
        "Nodes on hosts that differed from the document in the last drift detection",
        ("project", "cluster"),
    ),
    Metric(
        "worldtree_cluster_drift_unchecked",
        "gauge",
        "Nodes on hosts that the last drift detection could not check, or left out",
        ("project", "cluster"),
    ),
    Metric(
        "worldtree_certificate_expiry_seconds",
        "gauge",
        "When the first certificate of a kind expires, in seconds since 1970",
        ("project", "cluster", "kind"),
    ),
    Metric(
        "worldtree_cluster_series_cut",
        "gauge",
        "Whether there are more clusters than series of clusters, of which there are 2000",
    ),
    # Of this process.
    Metric(
        "worldtree_database_up",
        "gauge",
        "Whether the figures of the fleet could be read",
    ),
    Metric(
        "worldtree_database_errors_total",
        "counter",
        "Reads of the figures of the fleet that failed",
    ),
    Metric("worldtree_build_info", "gauge", "Always 1; the version of the program", ("version",)),
    Metric(
        "http_requests_total",
        "counter",
        "Requests that have ended, streams included",
        ("method", "route", "status"),
    ),
    Metric(
        "http_request_duration_seconds",
        "histogram",
        "Time until the end of the response, without streams",
        ("method", "route"),
    ),
    Metric("http_streams_open", "gauge", "Streams that are being read", ("route",)),
)

#: Name -> metric, in the order in which they are described.
METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _ALL}
#: What clients of Prometheus publish of a process on Linux, and so does the service.
PROCESS_METRICS = (
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_virtual_memory_bytes",
)
