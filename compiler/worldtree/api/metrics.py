"""`/metrics`: the figures of the fleet and of this process, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fastapi import APIRouter, Response
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import InfoMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from worldtree import __version__
from worldtree.api.access_log import WEBSOCKET, RequestRecord
from worldtree.api.fleet_collector import FleetCollector
from worldtree.api.metric_definitions import METRICS
from worldtree.app.admin.figures import FleetFigures

#: The text format that every Prometheus reads.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
#: Upper bounds in seconds of the durations of requests.
_REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", WEBSOCKET})
#: In the place of a method that a client has invented.
_OTHER_METHOD = "other"


class ServiceMetrics:
    """All metrics of one service, in a registry of its own; an observer of its requests.

    ``read_figures`` is called whenever the metrics are read.
    """

    def __init__(self, read_figures: Callable[[], FleetFigures]) -> None:
        # Series of another name for each one, which nothing here reads.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._requests = self._counter("http_requests_total")
        self._durations = self._histogram("http_request_duration_seconds", _REQUEST_BUCKETS)
        self._streams = self._gauge("http_streams_open")
        self.registry.register(FleetCollector(read_figures))
        self.registry.register(_BuildInfo())
        ProcessCollector(registry=self.registry)

    def stream_started(self, record: RequestRecord) -> None:
        """Count a stream that is being read."""
        self._streams.labels(record.route).inc()

    def request_ended(self, record: RequestRecord) -> None:
        """Count a request."""
        method = record.method if record.method in _METHODS else _OTHER_METHOD
        self._requests.labels(method, record.route, str(record.status)).inc()
        if record.is_stream:
            self._streams.labels(record.route).dec()
        else:
            self._durations.labels(method, record.route).observe(record.seconds)

    def expose(self) -> bytes:
        """Return all metrics in the text format of Prometheus. It queries the database."""
        return generate_latest(self.registry)

    def _counter(self, name: str) -> Counter:
        metric = METRICS[name]
        return Counter(name, metric.help, metric.labels, registry=self.registry)

    def _gauge(self, name: str) -> Gauge:
        metric = METRICS[name]
        return Gauge(name, metric.help, metric.labels, registry=self.registry)

    def _histogram(self, name: str, buckets: tuple[float, ...]) -> Histogram:
        metric = METRICS[name]
        return Histogram(name, metric.help, metric.labels, buckets=buckets, registry=self.registry)


class _BuildInfo(Collector):
    """The version of the program."""

    def collect(self) -> Iterator[Family]:
        """Yield the one metric; its name gets the suffix `_info`."""
        name = "worldtree_build_info"
        value = {"version": __version__}
        yield InfoMetricFamily(name.removesuffix("_info"), METRICS[name].help, value=value)


def metrics_router(metrics: ServiceMetrics) -> APIRouter:
    """Return the router of `/metrics`; who includes it adds the dependency that authenticates."""
    router = APIRouter()

    # Not async, so that a thread waits for the database, and not the service.
    @router.get("/metrics", include_in_schema=False)
    def read_metrics() -> Response:
        """Return the metrics of the service in the text format of Prometheus."""
        return Response(metrics.expose(), media_type=CONTENT_TYPE)

    return router
