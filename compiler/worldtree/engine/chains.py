"""Which node may be done in the same run as the one before it."""

from __future__ import annotations

from worldtree.graph.dag import Dag
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Edge, Node


def fusible_successors(graph: ExecutionGraph) -> dict[str, str]:
    """Map a node to the one that may follow it as the next play of the same run.

    In one run a host that failed in a play silently drops out of the next ones. That is right only
    between nodes on the same hosts where the next one is the only thing that comes after and the
    edge says just that: per host, or a barrier on a single host. Policies must be equal, since
    retries and locks then hold for the whole run; a timeout is one node's own.
    """
    direct: dict[tuple[str, str], list[Edge]] = {}
    for edge in graph.edges:
        direct.setdefault((edge.before, edge.after), []).append(edge)
    # Edges that a longer way says already must not hide that there is only one way on.
    ways = Dag(graph.nodes, direct).transitive_reduction()
    found: dict[str, str] = {}
    for name, first in graph.nodes.items():
        after = ways.successors(name)
        if len(after) != 1 or len(ways.predecessors(after[0])) != 1:
            continue
        second = graph.nodes[after[0]]
        edges = direct[name, second.id]
        if _same_shape(first, second) and all(may_share_run(edge, first, second) for edge in edges):
            found[name] = second.id
    return found


def may_share_run(edge: Edge, first: Node, second: Node) -> bool:
    """Whether dropping failed hosts, as one run does, is what ``edge`` asks for."""
    if edge.kind == "host":
        return True
    return edge.kind == "barrier" and first.hosts == second.hosts and len(first.hosts) == 1


def _same_shape(first: Node, second: Node) -> bool:
    return (
        set(first.hosts) == set(second.hosts)
        and first.policy == second.policy
        and first.policy.timeout is None
        and not (first.always or second.always)
    )
