"""`/metrics`: what Prometheus reads."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from unit.api.observed_app import FIGURES, call, make_app
from unit.api.promtool import run_promtool
from worldtree import __version__
from worldtree.api.metric_definitions import METRICS, PROCESS_METRICS
from worldtree.api.metrics import ServiceMetrics
from worldtree.app.admin.figures import FiguresService, FleetFigures
from worldtree.core.process_identity import current_process
from worldtree.store.db_errors import StoreError
from worldtree.store.store import Store

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]
THING = "/api/v1/red/things/seven"
ROUTE = "/api/v1/{team}/things/{thing}"
STREAM = f"{ROUTE}/stream"


def samples(text: str) -> Samples:
    """Return all samples by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(app: FastAPI) -> str:
    """Return the body of `/metrics`."""
    start, body = call(app, "/metrics")[:2]
    assert start["status"] == 200
    assert dict(start["headers"])[b"content-type"] == b"text/plain; version=0.0.4; charset=utf-8"
    text: str = body["body"].decode()
    return text


def value(found: Samples, name: str, **labels: str) -> float:
    """Return one sample."""
    return found[name, tuple(sorted(labels.items()))]


@pytest.fixture(scope="module")
def busy() -> str:
    """What a service exposes after one request of each kind."""
    app = make_app(ServiceMetrics(lambda: FIGURES))
    call(app, THING)
    call(app, "/api/v1/blue/things/nine")
    call(app, THING, "BREW")
    call(app, f"{THING}/stream")
    call(app, "/no/such/route")
    call(app, "/other/unknown/route")
    return read(app)


def test_figures_of_the_fleet_are_exposed(busy: str) -> None:
    found = samples(busy)
    assert value(found, "worldtree_tasks_total", status="failed") == 2
    assert value(found, "worldtree_tasks_total", status="cancelled") == 0
    assert value(found, "worldtree_tasks_active", status="running") == 3
    assert value(found, "worldtree_tasks_pending_total") == 6
    assert value(found, "worldtree_step_executions_total", status="changed") == 11
    assert value(found, "worldtree_queue_size") == 4
    assert value(found, "worldtree_queue_taken") == 3
    assert value(found, "worldtree_queue_oldest_seconds") == 12.5
    assert value(found, "worldtree_workers_alive") == 2
    assert value(found, "worldtree_leases_held") == 3
    assert value(found, "worldtree_lease_age_seconds") == 2.25
    assert value(found, "worldtree_fencing_refusals_total") == 1
    assert value(found, "worldtree_worker_fences_total") == 5
    assert value(found, "worldtree_events_ingested_total") == 123_456
    of_shop = {"project": "default", "cluster": "shop"}
    assert value(found, "worldtree_cluster_drift", **of_shop) == 3
    assert value(found, "worldtree_cluster_drift_unchecked", **of_shop) == 1
    name = "worldtree_certificate_expiry_seconds"
    assert value(found, name, kind="authority", **of_shop) == 4e9
    assert value(found, "worldtree_cluster_series_cut") == 0
    assert value(found, "worldtree_database_up") == 1
    assert value(found, "worldtree_database_errors_total") == 0
    assert value(found, "worldtree_build_info", version=__version__) == 1
    name = "worldtree_task_duration_seconds"
    assert value(found, f"{name}_bucket", command="apply", le="5.0") == 1
    assert value(found, f"{name}_bucket", command="apply", le="+Inf") == 14
    assert value(found, f"{name}_count", command="apply") == 14
    assert value(found, f"{name}_sum", command="apply") == 321.5


def test_requests_are_counted_by_route(busy: str) -> None:
    """Not by path, which has names; nor by methods that a client invents."""
    found = samples(busy)
    name = "http_requests_total"
    assert value(found, name, method="GET", route=ROUTE, status="200") == 2
    assert value(found, name, method="other", route=ROUTE, status="405") == 1
    assert value(found, name, method="GET", route="other", status="404") == 2
    assert value(found, name, method="GET", route=f"{ROUTE}/stream", status="200") == 1
    name = "http_request_duration_seconds_count"
    assert value(found, name, method="GET", route=ROUTE) == 2
    assert (name, (("method", "GET"), ("route", f"{ROUTE}/stream"))) not in found
    assert value(found, "http_streams_open", route=f"{ROUTE}/stream") == 0
    assert "seven" not in busy
    assert "BREW" not in busy


def test_promtool_finds_nothing_wrong(busy: str) -> None:
    """Not even a name or a help that its linter would rather have otherwise."""
    assert run_promtool("check", "metrics", given=busy.encode()) == ""


def test_every_metric_is_defined_and_exposed(busy: str) -> None:
    """Those of the definitions, those of the process, and no others."""
    families = re.findall(r"^# TYPE (\S+) (\S+)$", busy, re.MULTILINE)
    assert {name for name, _ in families} == set(METRICS) | set(PROCESS_METRICS)
    kinds = dict(families)
    assert {name: kinds[name] for name in METRICS} == {m.name: m.kind for m in METRICS.values()}
    for family in text_string_to_metric_families(busy):
        for sample in family.samples:
            metric = METRICS.get(family.name) or METRICS.get(f"{family.name}_total")
            if metric is None:
                assert sample.name in PROCESS_METRICS
            else:
                assert set(sample.labels) - {"le"} == set(metric.labels)


def test_open_stream_shows() -> None:
    metrics = ServiceMetrics(lambda: FIGURES)
    app = make_app(metrics)
    seen: list[float] = []
    end = metrics.request_ended

    def look(record: object) -> None:
        seen.append(value(samples(metrics.expose().decode()), "http_streams_open", route=STREAM))
        end(record)  # type: ignore[arg-type]

    metrics.request_ended = look  # type: ignore[method-assign]
    call(app, f"{THING}/stream")
    assert seen == [1]


def test_without_a_database_the_rest_is_there() -> None:
    """The alert that the database is away needs an answer."""
    failures = [True, True, False]

    def figures() -> FleetFigures:
        if failures.pop(0):
            raise StoreError("the database cannot be used", code="store-unavailable", hint="")
        return FIGURES

    app = make_app(ServiceMetrics(figures))
    for errors, up in ((1, 0), (2, 0), (2, 1)):
        found = samples(read(app))
        assert value(found, "worldtree_database_up") == up
        assert value(found, "worldtree_database_errors_total") == errors
        assert (("worldtree_queue_size", ()) in found) == bool(up)
    assert value(found, "http_requests_total", method="GET", route="/metrics", status="200") == 2


def test_two_services_of_a_process_do_not_meet() -> None:
    """Registries are their own."""
    first, second = (ServiceMetrics(lambda: FIGURES) for _ in range(2))
    call(make_app(first), THING)
    assert ROUTE in first.expose().decode()
    assert ROUTE not in second.expose().decode()


def test_figures_come_from_the_store(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Store.open(tmp_path_factory.mktemp("home")) as store:
        store.register_worker(current_process(), (), 1, "1")
        service = FiguresService(lambda: store)
        found = samples(ServiceMetrics(service.read).expose().decode())
        assert value(found, "worldtree_workers_alive") == 1
        assert value(found, "worldtree_tasks_total", status="failed") == 0
