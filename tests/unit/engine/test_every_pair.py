"""Plans that change nothing: every node on every host that it can be run on, whatever was lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from unit.engine.plans import hosts_of, node_id, node_statuses, plan, simulate
from worldtree.engine.executors.protocol import OnEnd, OnEvent, RunHandle, RunRequest
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.engine.run_options import RunOptions
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.outputs import OutputUse
from worldtree.plan.plan import Plan
from worldtree.plan.policy import Policy

HOSTS = ("h1", "h2", "h3")
ABC = dict.fromkeys("abc", HOSTS)
KEEP_GOING = RunOptions(every_pair=True)


def chain_edges(kind: str) -> list[tuple[str, str, str]]:
    """Return the edges of a chain of three."""
    return [("a", "b", kind), ("b", "c", kind)]


def with_fields(wanted: Plan, **fields: Mapping[str, Any]) -> Plan:
    """Return ``wanted`` with fields of some of its nodes set, by short name."""
    nodes = dict(wanted.graph.nodes)
    for name, update in fields.items():
        nodes[node_id(name)] = nodes[node_id(name)].model_copy(update=dict(update))
    graph = ExecutionGraph(pipeline="p", nodes=nodes, edges=wanted.graph.edges)
    return wanted.model_copy(update={"graph": graph})


@pytest.mark.parametrize("kind", ["barrier", "host"])
@pytest.mark.parametrize("on_failure", ["ignore", "fail-fast", "rollback"])
def test_a_lost_host_keeps_no_other_one_from_being_looked_at(kind: str, on_failure: str) -> None:
    """Nor does a failure keep the host itself from it, as long as it can be reached."""
    wanted = plan(ABC, chain_edges(kind), default=Policy.model_validate({"on_failure": on_failure}))
    result = simulate(
        wanted, {("a", "h2"): "failed", ("a", "h3"): "unreachable"}, options=KEEP_GOING
    )
    assert hosts_of(result, "a") == {"h1": "ok", "h2": "failed", "h3": "unreachable"}
    for name in "bc":
        assert hosts_of(result, name) == {"h1": "ok", "h2": "ok", "h3": "not-run<a"}
    assert str(result.status) == "partial"


def test_hosts_that_fail_in_a_chain_do_the_rest_of_it_together() -> None:
    executor = SimulatedExecutor({(node_id("a"), host): "failed" for host in ("h1", "h2")})
    simulate(plan(ABC, chain_edges("host")), executor=executor, options=KEEP_GOING)
    abc = tuple(map(node_id, "abc"))
    assert [(one.nodes, one.hosts) for one in executor.requests] == [
        (abc, HOSTS),
        (abc[1:], ("h1", "h2")),
    ]


@pytest.mark.parametrize("kind", ["barrier", "host"])
def test_what_comes_after_a_role_may_lack_its_facts_on_that_host(kind: str) -> None:
    """However far after, and over nodes that do not run on the host."""
    nodes = {"a": HOSTS, "b": ("h2", "h3"), "c": HOSTS}
    wanted = with_fields(plan(nodes, chain_edges(kind)), a={"role": "r", "kind": "role"})
    result = simulate(wanted, {("a", "h1"): "failed", ("b", "h2"): "failed"}, options=KEEP_GOING)
    assert hosts_of(result, "b") == {"h2": "failed", "h3": "ok"}
    assert hosts_of(result, "c") == {"h1": "not-run<a", "h2": "ok", "h3": "ok"}


@pytest.mark.parametrize("hosts", [HOSTS, HOSTS[:1]])
def test_an_output_that_was_not_published_is_missing_everywhere(hosts: tuple[str, ...]) -> None:
    use = OutputUse(written="a", node=node_id("a"), names=("token",))
    wanted = with_fields(
        plan(dict.fromkeys("abc", hosts), chain_edges("barrier")), b={"reads": [use]}
    )
    result = simulate(wanted, {("a", "h1"): "failed"}, options=KEEP_GOING)
    assert node_statuses(result)["b"] == "skipped<a"
    assert set(hosts_of(result, "b").values()) == {"not-run<a"}


class Batches(SimulatedExecutor):
    """Ansible with ``serial: 1``: hosts after an unreachable one never start."""

    def start(self, request: RunRequest, on_event: OnEvent, on_end: OnEnd) -> RunHandle:
        """Play the first host back."""
        return super().start(replace(request, hosts=request.hosts[:1]), on_event, on_end)


def test_hosts_that_ansible_gave_up_because_of_another_one_are_looked_at() -> None:
    """Also where that happens once more, and never without end."""
    gone = {(node_id("a"), host): "unreachable" for host in ("h1", "h2")}
    result = simulate(plan({"a": HOSTS}), executor=Batches(gone), options=KEEP_GOING)
    assert hosts_of(result, "a") == {"h1": "unreachable", "h2": "unreachable", "h3": "ok"}
    nobody = Batches(dict.fromkeys([(node_id("a"), host) for host in HOSTS], "unreachable"))
    result = simulate(plan({"a": HOSTS}), executor=nobody, options=KEEP_GOING)
    assert (len(nobody.requests), str(result.status)) == (3, "failed")


def test_where_something_is_changed_a_failure_keeps_what_follows() -> None:
    result = simulate(plan(ABC, chain_edges("barrier")), {("a", "h1"): "failed"})
    assert node_statuses(result) == {"a": "failed", "b": "skipped<a", "c": "skipped<a"}
