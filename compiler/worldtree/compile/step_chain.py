"""Chains the steps of a task: each host runs them in order, independently of other hosts."""

from __future__ import annotations

from collections.abc import Sequence

from worldtree.plan.fragment import Fragment
from worldtree.plan.node import Edge, Node
from worldtree.plan.specs import EdgeKind


def joining_edge_kind(before: Node, after: Node) -> EdgeKind:
    """Return the edge kind of two successive steps: per host, or a barrier without shared hosts."""
    return "host" if set(before.hosts) & set(after.hosts) else "barrier"


def chain_fragments(parts: Sequence[Fragment]) -> Fragment:
    """Put ``parts`` one after the other, host by host.

    A host that an earlier part works on and a nearer one leaves out gets an edge of its own, so
    that a failure of it still stops the later part on that host.
    """
    edges: list[Edge] = []
    for place, part in enumerate(parts[1:], start=1):
        entries = [part.nodes[name] for name in part.entries]
        for entry in entries:
            open_hosts = set(entry.hosts)
            for distance, earlier in enumerate(reversed(parts[:place])):
                exits = [earlier.nodes[name] for name in earlier.exits]
                for node in exits:
                    if distance == 0 or open_hosts & set(node.hosts):
                        kind = joining_edge_kind(node, entry)
                        edges.append(Edge(before=node.id, after=entry.id, kind=kind))
                open_hosts -= {host for node in earlier.nodes.values() for host in node.hosts}
                if not open_hosts:
                    break
    return Fragment.beside(parts).linked(edges)
