"""Decides which nodes may share a run."""

from __future__ import annotations

from worldtree.graph.dag import Dag
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Edge, Node


def fusible_successors(graph: ExecutionGraph) -> dict[str, str]:
    """Map a node to the one that may follow it as the next play of the same run.

    In one run a host that failed in a play silently drops out of the next plays. That is right only
    between nodes on the same hosts where the next node is the only successor and the edge says the
    same: per host, or a barrier on a single host. Policies must be equal, since retries and locks
    hold for the whole run; a timeout belongs to one node.

    A run continues by itself to its last node. So where a failure stops the task, no node follows
    in the same run that might have to be left out: on several hosts, the successful ones would
    continue; and so would any chain in parallel with a node whose failure stops the task.
    """
    direct: dict[tuple[str, str], list[Edge]] = {}
    for edge in graph.edges:
        direct.setdefault((edge.before, edge.after), []).append(edge)
    # Edges implied by a longer path must not hide that there is only one successor.
    ways = Dag(graph.nodes, direct).transitive_reduction()
    undisturbed = _safe_from_task_stops(graph, ways)
    found: dict[str, str] = {}
    for name, first in graph.nodes.items():
        after = ways.successors(name)
        if len(after) != 1 or len(ways.predecessors(after[0])) != 1:
            continue
        second = graph.nodes[after[0]]
        if second.id not in undisturbed or (first.policy.stops_task and len(first.hosts) > 1):
            continue
        edges = direct[name, second.id]
        if _same_hosts_and_policy(first, second) and all(
            may_share_run(edge, first, second) for edge in edges
        ):
            found[name] = second.id
    return found


def _safe_from_task_stops(graph: ExecutionGraph, ways: Dag) -> set[str]:
    """Return the nodes in parallel with which no node can run whose failure stops the task."""
    stopping = [n.id for n in graph.nodes.values() if n.policy.stops_task]
    if not stopping:
        return set(graph.nodes)
    order = ways.topological_order()
    # Sets of stopping nodes as bits of an integer: a plan may have ten thousand of them.
    own = {name: 1 << place for place, name in enumerate(stopping)}
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    for reach, names, onwards in (
        (before, order, ways.predecessors),
        (after, reversed(order), ways.successors),
    ):
        for name in names:
            reach[name] = own.get(name, 0)
            for other in onwards(name):
                reach[name] |= reach[other]
    every = (1 << len(stopping)) - 1
    return {name for name in order if before[name] | after[name] == every}


def run_locks(graph: ExecutionGraph) -> dict[str, str]:
    """Map a node to the name of the lock that its runs hold, where they must not overlap.

    A mutex is a lock. So is a chain with retries whose hosts at once are limited: hosts lost at
    different nodes continue in runs of their own, and Ansible applies `serial` and `throttle` only
    within one run.
    """
    found = {n.id: n.policy.mutex for n in graph.nodes.values() if n.policy.mutex}
    bounded = [
        n.id
        for n in graph.nodes.values()
        if (n.policy.serial or n.policy.throttle) and n.policy.retries and n.id not in found
    ]
    if bounded:
        first: dict[str, str] = {}
        for before, after in fusible_successors(graph).items():
            first[after] = first.get(before, before)
        # A mutex has no slash in its name.
        found.update((name, f"chain/{first.get(name, name)}") for name in bounded)
    return found


def may_share_run(edge: Edge, first: Node, second: Node) -> bool:
    """Return whether dropping failed hosts, as one run does, is what ``edge`` means."""
    if edge.kind == "host":
        return True
    return edge.kind == "barrier" and first.hosts == second.hosts and len(first.hosts) == 1


def _same_hosts_and_policy(first: Node, second: Node) -> bool:
    return (
        set(first.hosts) == set(second.hosts)
        and first.policy == second.policy
        and first.policy.timeout is None
        and not (first.always or second.always)
    )
