"""Pass ``layer``: ExecutionGraph -> Plan. Freezes the graph with its layers and digests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from worldtree.graph import Dag
from worldtree.plan.digests import digest
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Node
from worldtree.plan.plan import Plan, PlanHost
from worldtree.plan.policy import Policy

#: A node's hosts, each with the digest of what the node's work there depends on.
PairDigests = Callable[[Node], Mapping[str, str]]


def layer(
    graph: ExecutionGraph,
    *,
    cluster: str,
    hosts: tuple[PlanHost, ...],
    groups: Mapping[str, tuple[str, ...]],
    policy: Policy,
    digests: Mapping[str, str],
    pairs: PairDigests,
    secrets: Mapping[str, dict[str, Any]] | None = None,
    facts_ttl: float = 0.0,
) -> Plan:
    """Return the plan; the order of nodes within a layer is the graph's own."""
    edges = [(edge.before, edge.after, edge.kind) for edge in graph.edges]
    place = {name: index for index, name in enumerate(graph.nodes)}
    by_pair = {name: dict(pairs(node)) for name, node in graph.nodes.items()}
    return Plan(
        cluster=cluster,
        pipeline=graph.pipeline,
        hosts=hosts,
        groups=dict(groups),
        policy=policy,
        graph=graph,
        secrets=dict(secrets or {}),
        facts_ttl=facts_ttl,
        layers=Dag(graph.nodes, edges).layers(key=place.__getitem__),
        digests=dict(sorted(digests.items())),
        node_digests={name: digest(found) for name, found in by_pair.items()},
        pair_digests=by_pair,
    )
