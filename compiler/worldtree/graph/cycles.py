"""Finds cycles: of each strongly connected component the shortest one, as a path."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

import networkx as nx

from worldtree.graph.edge import Edge

#: Edge visits spent on the shortest cycle of one component before the best so far is taken; a
#: count, not a time, so that the result is the same on every machine.
_MAX_EDGE_VISITS = 300_000


def find_cycles(nodes: Iterable[str], edges: Iterable[Edge]) -> Sequence[tuple[str, ...]]:
    """Return one closed path per strongly connected component, sorted.

    Each path is the shortest cycle of its component (among equals the smallest by node ids) and
    starts at its smallest node: ``("a", "b", "c", "a")``.
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from((edge.source, edge.target) for edge in edges)
    cycles = []
    for component in nx.strongly_connected_components(graph):
        if len(component) > 1 or _has_self_loop(graph, *component):
            cycles.append(_shortest_cycle(graph, component))
    return sorted(cycles)


def _has_self_loop(graph: nx.DiGraph[str], node: str) -> bool:
    return bool(graph.has_edge(node, node))


def _shortest_cycle(graph: nx.DiGraph[str], component: set[str]) -> tuple[str, ...]:
    inside = {
        node: sorted(child for child in graph.successors(node) if child in component)
        for node in sorted(component)
    }
    best: tuple[str, ...] = ()
    effort = 0
    for start in inside:
        limit = len(best) - 2 if best else len(inside)
        found, spent = _shortest_cycle_from(inside, start, limit)
        effort += spent
        best = found or best
        if len(best) == 2 or effort > _MAX_EDGE_VISITS:
            break
    turn = best.index(min(best))
    ring = best[:-1]
    return (*ring[turn:], *ring[:turn], ring[turn])


def _shortest_cycle_from(
    inside: Mapping[str, Sequence[str]], start: str, limit: int
) -> tuple[tuple[str, ...] | None, int]:
    """Search breadth-first for a way from ``start`` to itself of at most ``limit`` edges."""
    came_from: dict[str, str] = {}
    distance = {start: 0}
    queue = deque([start])
    spent = 0
    while queue:
        node = queue.popleft()
        if distance[node] >= limit:
            break
        for child in inside[node]:
            spent += 1
            if child == start:
                path = [start, node]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return tuple(reversed(path)), spent
            if child not in distance:
                distance[child] = distance[node] + 1
                came_from[child] = node
                queue.append(child)
    return None, spent
