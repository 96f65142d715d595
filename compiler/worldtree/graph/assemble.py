"""Finds everything that is wrong with raw nodes and edges, all problems at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import networkx as nx

from worldtree.graph.cycles import find_cycles
from worldtree.graph.edge import Edge
from worldtree.graph.errors import (
    ConflictingEdgeError,
    CycleError,
    DanglingEdgeError,
    DuplicateNodeError,
    GraphError,
)

#: Decides which of two kinds an edge gets when it is given twice.
MergeKinds = Callable[[str, str], str]
RawEdge = tuple[str, str] | tuple[str, str, str]


def assemble(
    nodes: Iterable[str], edges: Iterable[RawEdge], merge: MergeKinds | None = None
) -> tuple[nx.DiGraph[str], list[GraphError]]:
    """Return a digraph in canonical order and all that is wrong with it.

    Every cyclic knot is reported once, by its shortest cycle. The digraph is acyclic and whole only
    when the list is empty.
    """
    known, errors = _distinct(nodes)
    problems: list[GraphError] = list(errors)
    kinds: dict[tuple[str, str], str] = {}
    for raw in sorted(Edge(*raw) for raw in edges):
        missing = [end for end in dict.fromkeys((raw.source, raw.target)) if end not in known]
        if missing:
            problems.append(DanglingEdgeError(raw.source, raw.target, missing))
            continue
        pair = (raw.source, raw.target)
        before = kinds.setdefault(pair, raw.kind)
        if before == raw.kind:
            continue
        if merge is None:
            problems.append(ConflictingEdgeError(*pair, (before, raw.kind)))
        else:
            kinds[pair] = merge(before, raw.kind)
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(sorted(known))
    graph.add_edges_from((a, b, {"kind": kind}) for (a, b), kind in kinds.items())
    problems.extend(CycleError(path) for path in find_cycles(graph))
    return graph, problems


def find_problems(
    nodes: Iterable[str], edges: Iterable[RawEdge], merge: MergeKinds | None = None
) -> Sequence[GraphError]:
    """Return every problem that would keep ``Dag(nodes, edges, merge)`` from being built."""
    return assemble(nodes, edges, merge)[1]


def _distinct(nodes: Iterable[str]) -> tuple[set[str], list[DuplicateNodeError]]:
    known: set[str] = set()
    repeated: set[str] = set()
    for node in nodes:
        (repeated if node in known else known).add(node)
    return known, [DuplicateNodeError(node) for node in sorted(repeated)]
