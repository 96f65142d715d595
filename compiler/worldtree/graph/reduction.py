"""Finds redundant edges, with one bit set of reachable nodes per node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from worldtree.graph.edge import Edge


def redundant_edges(
    position: Mapping[str, int], edges: Iterable[Edge], strength: Mapping[str, int]
) -> frozenset[Edge]:
    """Return the edges ``a → b`` for which a longer path of edges at least as strong exists.

    ``position`` is a topological order. Time and memory are O(nodes · edges / 64) and
    O(nodes² / 8) bytes, once for every different strength: 10,000 nodes take 12 MB.
    """
    ranked = [(strength.get(edge.kind, 0), edge) for edge in edges]
    gone: set[Edge] = set()
    for level in sorted({rank for rank, _ in ranked}):
        usable = [edge for rank, edge in ranked if rank >= level]
        found = _edges_with_longer_path(position, usable)
        gone.update(edge for rank, edge in ranked if rank == level and edge in found)
    return frozenset(gone)


def _edges_with_longer_path(position: Mapping[str, int], edges: Iterable[Edge]) -> set[Edge]:
    out: list[list[tuple[int, Edge]]] = [[] for _ in position]
    for edge in edges:
        out[position[edge.source]].append((position[edge.target], edge))
    covered: set[Edge] = set()
    # Bit p of reach[q] is set when the node at p can be reached from the node at q. Walking the
    # children from the nearest on, a child that is already reachable needs no edge of its own.
    reach = [0] * len(out)
    for here in range(len(out) - 1, -1, -1):
        bits = 0
        for there, edge in sorted(out[here]):
            if bits >> there & 1:
                covered.add(edge)
            else:
                bits |= reach[there] | 1 << there
        reach[here] = bits
    return covered
