"""Traces of tasks: made of stored events, sent to a collector, without secrets and failures."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import homes
from unit.store.tasks import queue_task, run_task
from unit.worker.otlp_sink import OtlpSink, otlp_sink
from worldtree.app.ports import Ports
from worldtree.app.service import Application
from worldtree.app.tasks.task_spans import stored_spans
from worldtree.core.actor import Actor
from worldtree.core.settings import Settings
from worldtree.core.trace_context import TraceContext, read_traceparent, task_trace
from worldtree.results.spans import task_spans
from worldtree.results.status import HostStatus, NodeStatus, TaskStatus
from worldtree.results.tree import HostResult, NodeResult, PlayTaskResult, TaskResult
from worldtree.worker import trace_export
from worldtree.worker.task_process import send_trace

PARENT = "00f067aa0ba902b7"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"
SECRET = "hunter2-canary"


def ansible_task(name: str, status: str, started: float) -> PlayTaskResult:
    """An Ansible task whose output is a secret."""
    return PlayTaskResult(
        name=name,
        action="ansible.builtin.copy",
        status=status,
        started=started,
        ended=started + 1,
        message=SECRET,
        stdout=SECRET,
        result={"content": SECRET},
    )


RESULT = TaskResult(
    task_id="t-1",
    cluster="shop",
    pipeline="create-cluster",
    status=TaskStatus.FAILED,
    message=SECRET,
    started=10.0,
    ended=20.0,
    parameters={"password": SECRET},
    nodes=(
        NodeResult(
            id="create-cluster/app/files/home",
            status=NodeStatus.FAILED,
            message=SECRET,
            started=11.0,
            ended=15.0,
            hosts={
                "web1": HostResult(
                    status=HostStatus.FAILED,
                    message=SECRET,
                    started=11.0,
                    ended=14.0,
                    tasks=(
                        ansible_task("Copy the page", "ok", 11.0),
                        ansible_task("Copy the page", "failed", 12.0),
                    ),
                ),
                "web2": HostResult(status=HostStatus.NOT_RUN),
            },
        ),
        NodeResult(id="create-cluster/app/files/page", status=NodeStatus.SKIPPED),
    ),
)


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[OtlpSink]:
    """A collector that the environment names."""
    with otlp_sink() as found:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", found.address)
        yield found


def test_a_trace_is_task_node_host_and_ansible_task() -> None:
    """Each inside of the one before; what did not start has none."""
    task, node, host, first, second = task_spans(RESULT, PARENT, 100)
    assert (task.name, task.parent, task.started, task.ended) == (
        "task create-cluster",
        PARENT,
        10.0,
        20.0,
    )
    assert (node.name, node.parent, node.is_failed) == ("node home", task.id, True)
    assert (host.name, host.parent, host.attributes["host.name"]) == ("host web1", node.id, "web1")
    assert (first.name, first.parent, first.is_failed) == ("Copy the page", host.id, False)
    assert (second.name, second.parent, second.is_failed) == ("Copy the page", host.id, True)
    assert len({one.id for one in (task, node, host, first, second)}) == 5
    assert task_spans(RESULT, PARENT, 100) == [task, node, host, first, second]


def test_a_large_task_has_a_limited_trace() -> None:
    """Nodes and hosts stay, and the task says how many spans are missing."""
    task, node, host = task_spans(RESULT, None, 3)
    assert task.attributes["worldtree.spans_left_out"] == 2
    assert (node.name, host.name) == ("node home", "host web1")


def test_a_task_that_did_not_start_has_no_spans() -> None:
    assert task_spans(RESULT.model_copy(update={"started": None}), None, 100) == []


@pytest.mark.parametrize(
    "given",
    [
        "",
        "00",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        TRACEPARENT.upper(),
        f"{TRACEPARENT}\n",
        f"{TRACEPARENT}-more",
    ],
)
def test_a_header_that_cannot_be_used_begins_a_trace(given: str) -> None:
    """That of the task, the same each time."""
    assert read_traceparent(given) is None
    assert task_trace("t-1", given) == task_trace("t-1", None)
    assert task_trace("t-1", None) != task_trace("t-2", None)
    assert task_trace("t-1", TRACEPARENT) == TraceContext(TRACE, PARENT)


def test_spans_arrive_without_any_secret(sink: OtlpSink) -> None:
    """Names, statuses and times, as the result has them, in the trace of the request."""
    context = TraceContext(TRACE, PARENT)
    assert trace_export.export(context, task_spans(RESULT, PARENT, 100), {})
    spans = sink.spans()
    assert [one.name for one in spans] == [
        "task create-cluster",
        "node home",
        "host web1",
        "Copy the page",
        "Copy the page",
    ]
    assert {one.trace_id.hex() for one in spans} == {TRACE}
    assert spans[0].parent_span_id.hex() == PARENT
    assert spans[1].parent_span_id == spans[0].span_id
    assert (spans[0].start_time_unix_nano, spans[0].end_time_unix_nano) == (10**10, 2 * 10**10)
    assert spans[0].status.code == 2
    assert spans[3].status.code == 1
    assert SECRET.encode() not in b"".join(sink.bodies)


def test_many_spans_come_in_several_requests(
    sink: OtlpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace_export, "_BATCH", 2)
    assert trace_export.export(TraceContext(TRACE, None), task_spans(RESULT, None, 100), {})
    assert len(sink.bodies) == 3
    assert len(sink.spans()) == 5


def test_a_collector_that_refuses_fails_nothing(sink: OtlpSink) -> None:
    """It is logged, and the task is as it was."""
    sink.status = 400
    assert not trace_export.export(TraceContext(TRACE, None), task_spans(RESULT, None, 9), {})


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "TRUE"}, False),
    ],
)
def test_traces_are_off_unless_a_collector_is_named(environ: dict[str, str], wanted: bool) -> None:
    assert trace_export.is_wanted(environ) is wanted


def test_a_stored_task_is_sent_with_the_trace_of_its_request(
    sink: OtlpSink, tmp_path: Path
) -> None:
    """Made from its events, whichever process ran it; each time with the same ids."""
    home = tmp_path / "home"
    homes.prepare(home)
    application = Application(Settings(home), Ports({}, home, lambda _: None, Actor("system", "x")))
    try:
        queue_task(application.store, "t1", traceparent=TRACEPARENT)
        task = run_task(application.store, "failed", name="t1").id
        _, spans = stored_spans(application.store, task)
        for _ in range(2):
            send_trace(application, task, {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.address})
        send_trace(application, task, {})
        send_trace(application, "absent", {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.address})
    finally:
        application.close()
    sent = [one.span_id.hex() for one in sink.spans()]
    assert sent == [one.id for one in spans] * 2
    assert sink.spans()[0].parent_span_id.hex() == PARENT


def test_the_libraries_are_loaded_only_when_they_are_used() -> None:
    """A service without a collector does not need them."""
    code = (
        "import sys, worldtree.worker.task_process;"
        "print([one for one in sys.modules if one.startswith('opentelemetry.sdk')])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
