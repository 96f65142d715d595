"""Joins the steps of a task so that every host goes through them in order, by itself."""

from __future__ import annotations

from collections.abc import Sequence

from worldtree.plan.fragment import Fragment
from worldtree.plan.node import Edge, Node
from worldtree.plan.specs import EdgeKind


def joining_edge_kind(before: Node, after: Node) -> EdgeKind:
    """Return how two successive steps depend: per host, or wholly when they share no host."""
    return "host" if set(before.hosts) & set(after.hosts) else "barrier"


def chain_fragments(parts: Sequence[Fragment]) -> Fragment:
    """Put ``parts`` one after the other, host by host.

    A host that an earlier part works on and a nearer one leaves out is still led by an edge of its
    own, so that its failure is not forgotten half-way.
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
