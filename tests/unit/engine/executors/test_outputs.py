"""Published values reach the runs that read them, and no others."""

from __future__ import annotations

from typing import Any

from unit.engine.plans import node_id, plan, simulate
from worldtree.engine.executors.outputs import OutputsExecutor, without_lost_secrets
from worldtree.engine.executors.protocol import OnEnd, OnEvent, RunHandle, RunRequest
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.engine.prior_results import PriorResult, PriorResults
from worldtree.engine.recorder import MemoryRecorder
from worldtree.plan.outputs import Output, OutputUse
from worldtree.plan.plan import Plan
from worldtree.results.events import Event, EventKind
from worldtree.results.status import HostStatus
from worldtree.results.tree import TaskResult

TWO = ("h1", "h2")
INIT, JOIN, OTHER = map(node_id, ("init", "join", "other"))


def publishing_plan() -> Plan:
    """``init`` publishes a token per host, ``join`` reads it, ``other`` does not."""
    wanted = plan(
        {"init": TWO, "join": TWO, "other": TWO},
        [("init", "join", "barrier"), ("init", "other", "barrier")],
    )
    use = OutputUse(written="init", node=INIT, names=("token",))
    more: dict[str, dict[str, Any]] = {
        INIT: {"outputs": {"token": Output(value="x", type="str")}},
        JOIN: {"reads": (use,)},
    }
    nodes = {n: node.model_copy(update=more.get(n, {})) for n, node in wanted.graph.nodes.items()}
    return wanted.model_copy(update={"graph": wanted.graph.model_copy(update={"nodes": nodes})})


class Publisher(SimulatedExecutor):
    """Publishes a value on every host of ``init``."""

    value: Any = "t-"

    def start(self, request: RunRequest, on_event: OnEvent, on_end: OnEnd) -> RunHandle:
        for host in request.hosts if INIT in request.nodes else ():
            value = f"{self.value}{host}" if isinstance(self.value, str) else self.value
            result = {"name": "token", "value": value}
            fields = {"node": INIT, "host": host, "attempt": request.attempt, "result": result}
            on_event(Event(kind=EventKind.OUTPUT_PUBLISHED, time=1.0, **fields))
        return super().start(request, on_event, on_end)


def run(
    inner: SimulatedExecutor, known: dict[tuple[str, str], dict[str, Any]] | None = None
) -> tuple[TaskResult, dict[str, Any], list[Event]]:
    """Return the result, what each node was handed, and all events."""
    wanted, recorder = publishing_plan(), MemoryRecorder()
    executor = OutputsExecutor(inner, wanted, known or {})
    result = simulate(wanted, executor=executor, recorder=recorder)
    handed = {name: request.outputs for request in inner.requests for name in request.nodes}
    return result, handed, recorder.events


def test_readers_get_what_was_published_and_others_nothing() -> None:
    _, handed, events = run(Publisher())
    tokens = {INIT: {"h1": {"token": "t-h1"}, "h2": {"token": "t-h2"}}}
    assert handed == {INIT: {}, JOIN: tokens, OTHER: {}}
    assert [e.host for e in events if e.kind is EventKind.OUTPUT_PUBLISHED] == list(TWO)


def test_what_was_published_before_is_handed_on_until_it_is_published_again() -> None:
    known = {(INIT, "h1"): {"token": "old"}}
    assert run(SimulatedExecutor(), known)[1][JOIN] == {INIT: {"h1": {"token": "old"}}}
    assert run(Publisher(), known)[1][JOIN][INIT]["h1"] == {"token": "t-h1"}


def test_a_value_of_another_type_is_not_handed_on() -> None:
    """An error is reported instead, and the value is not stored."""
    inner = Publisher()
    inner.value = 7
    _, handed, events = run(inner)
    assert handed[JOIN] == {}
    assert not [e for e in events if e.kind is EventKind.OUTPUT_PUBLISHED]
    said = [e.message for e in events if e.kind is EventKind.RUN_MESSAGE]
    assert said[0] == (
        "the output `token` is declared as str, but on h1 it is int; "
        "it is not passed to other nodes"
    )


def test_a_secret_that_was_published_openly_is_not_handed_on() -> None:
    wanted = publishing_plan()
    nodes = dict(wanted.graph.nodes)
    secret = {"token": Output(type="str", secret=True)}
    nodes[INIT] = nodes[INIT].model_copy(update={"outputs": secret})
    graph = wanted.graph.model_copy(update={"nodes": nodes})
    inner, recorder = Publisher(), MemoryRecorder()
    wanted = wanted.model_copy(update={"graph": graph})
    simulate(wanted, executor=OutputsExecutor(inner, wanted, {}), recorder=recorder)
    assert all(not request.outputs for request in inner.requests)
    assert not [e for e in recorder.events if e.kind is EventKind.OUTPUT_PUBLISHED]


def secret_output_plan() -> Plan:
    """The same, but the token is a secret."""
    wanted = publishing_plan()
    nodes = dict(wanted.graph.nodes)
    use = nodes[JOIN].reads[0].model_copy(update={"secret": ("token",), "hosts": TWO})
    nodes[JOIN] = nodes[JOIN].model_copy(update={"reads": (use,)})
    return wanted.model_copy(update={"graph": wanted.graph.model_copy(update={"nodes": nodes})})


def test_secret_outputs_are_made_again_where_they_are_read() -> None:
    """Since they are not stored; work whose secrets no node reads stays done."""
    done = PriorResult(HostStatus.OK, "done")
    pairs = {(name, host): done for name in (INIT, JOIN, OTHER) for host in TWO}
    assert without_lost_secrets(secret_output_plan(), PriorResults(pairs)).results == pairs
    half = {pair: one for pair, one in pairs.items() if pair != (JOIN, "h2")}
    assert without_lost_secrets(publishing_plan(), PriorResults(half)).results == half
    left = without_lost_secrets(secret_output_plan(), PriorResults(half)).results
    assert set(left) == {(JOIN, "h1"), (OTHER, "h1"), (OTHER, "h2")}
    ignored = PriorResults(half, left_out={(JOIN, "h2")})
    assert without_lost_secrets(secret_output_plan(), ignored).results == half
