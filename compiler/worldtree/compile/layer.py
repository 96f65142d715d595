"""Pass ``layer``: ExecutionGraph -> Plan. Freezes the graph with its layers and digests."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from worldtree.graph import Dag
from worldtree.plan.digests import digest
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Node
from worldtree.plan.plan import Plan, PlanHost
from worldtree.plan.policy import Policy

#: Digest of the content behind a node: its role with all it includes, its files, its templates.
ContentDigest = Callable[[Node], str | None]


def layer(
    graph: ExecutionGraph,
    *,
    cluster: str,
    hosts: tuple[PlanHost, ...],
    groups: Mapping[str, tuple[str, ...]],
    policy: Policy,
    digests: Mapping[str, str],
    content: ContentDigest,
) -> Plan:
    """Return the plan; the order of nodes within a layer is the graph's own."""
    edges = [(edge.before, edge.after, edge.kind) for edge in graph.edges]
    place = {name: index for index, name in enumerate(graph.nodes)}
    by_name = {host.name: digest(host) for host in hosts}
    return Plan(
        cluster=cluster,
        pipeline=graph.pipeline,
        hosts=hosts,
        groups=dict(groups),
        policy=policy,
        graph=graph,
        layers=Dag(graph.nodes, edges).layers(key=place.__getitem__),
        digests=dict(sorted(digests.items())),
        node_digests={
            name: digest(
                [
                    node.model_dump(mode="json", exclude={"source", "policy"}),
                    [by_name[host] for host in node.hosts],
                    content(node),
                ]
            )
            for name, node in graph.nodes.items()
        },
    )
