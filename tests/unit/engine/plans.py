"""Short ways to write down plans and to run them without touching anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from worldtree.engine.executors.protocol import Executor
from worldtree.engine.executors.simulated import SimulatedExecutor
from worldtree.engine.recorder import MemoryRecorder, Recorder
from worldtree.engine.run_plan import run_plan
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Edge, Node
from worldtree.plan.plan import Plan, PlanHost
from worldtree.plan.policy import DEFAULT_POLICY, Policy
from worldtree.results.events import Event
from worldtree.results.fold import Fold
from worldtree.results.tree import TaskResult


def node_id(name: str) -> str:
    """Return the id of a node that a test calls ``name``."""
    return f"p/m/t/{name}"


def plan(
    nodes: Mapping[str, Sequence[str]],
    edges: Iterable[tuple[str, str, str]] = (),
    policies: Mapping[str, Policy] | None = None,
    *,
    default: Policy | None = None,
    concurrency: int = 16,
) -> Plan:
    """Return a plan: node -> hosts, edges ``(before, after, kind)``, policies by node."""
    base = (default or Policy()).inherit(DEFAULT_POLICY)
    own = policies or {}
    built = {
        node_id(name): Node(
            id=node_id(name),
            kind="command",
            hosts=tuple(hosts),
            policy=own.get(name, Policy()).inherit(base),
        )
        for name, hosts in nodes.items()
    }
    links = [
        Edge.model_validate({"before": node_id(a), "after": node_id(b), "kind": kind})
        for a, b, kind in edges
    ]
    names = dict.fromkeys(host for hosts in nodes.values() for host in hosts)
    return Plan(
        cluster="shop",
        pipeline="p",
        hosts=tuple(PlanHost(name=name, address=name, connection="local") for name in names),
        policy=base.model_copy(update={"concurrency": concurrency}),
        graph=ExecutionGraph(pipeline="p", nodes=built, edges=tuple(links)),
    )


def with_finalisers(wanted: Plan, *names: str) -> Plan:
    """Return ``wanted`` with some of its nodes being finalisers."""
    nodes = dict(wanted.graph.nodes)
    for name in names:
        nodes[node_id(name)] = nodes[node_id(name)].model_copy(update={"always": True})
    graph = ExecutionGraph(pipeline="p", nodes=nodes, edges=wanted.graph.edges)
    return wanted.model_copy(update={"graph": graph})


def simulate(
    wanted: Plan,
    script: Mapping[tuple[str, str], str | Sequence[str]] | None = None,
    *,
    executor: Executor | None = None,
    recorder: Recorder | None = None,
    **options: Any,
) -> TaskResult:
    """Run a plan with the simulated executor; ``script`` is by short node name."""
    full = {(node_id(name), host): outcome for (name, host), outcome in (script or {}).items()}
    return run_plan(
        wanted,
        task_id="t",
        bundle=Path("/nowhere"),
        directory=Path("/nowhere"),
        executor=executor or SimulatedExecutor(full),
        recorder=recorder or MemoryRecorder(),
        **options,
    )


def node_statuses(result: TaskResult) -> dict[str, str]:
    """Return node -> ``status`` or ``status<cause``, by short names."""
    return {
        n.id.rpartition("/")[2]: n.status.value
        + (f"<{n.caused_by.rpartition('/')[2]}" if n.caused_by else "")
        for n in result.nodes
    }


def hosts_of(result: TaskResult, name: str) -> dict[str, str]:
    """Return host -> ``status`` or ``status<cause`` of one node."""
    found = next(n for n in result.nodes if n.id == node_id(name))
    return {
        host: h.status.value + (f"<{h.caused_by.rpartition('/')[2]}" if h.caused_by else "")
        for host, h in found.hosts.items()
    }


def fold_without_tasks(events: Iterable[Event]) -> TaskResult:
    """Return the fold of events as the scheduler keeps it: without the hosts' Ansible tasks."""
    state = Fold(keep_tasks=False)
    for event in events:
        state.add(event)
    return state.result()
