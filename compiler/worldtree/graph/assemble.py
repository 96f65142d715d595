"""Checks raw nodes and edges and returns all problems at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from worldtree.graph.edge import Edge
from worldtree.graph.errors import (
    ConflictingEdgeError,
    CycleError,
    DanglingEdgeError,
    DuplicateNodeError,
    GraphError,
)

#: Returns which of two kinds an edge gets when it is given twice.
MergeKinds = Callable[[str, str], str]
RawEdge = tuple[str, str] | tuple[str, str, str]


def assemble(
    nodes: Iterable[str], edges: Iterable[RawEdge], merge: MergeKinds | None = None
) -> tuple[list[str], list[Edge], list[GraphError]]:
    """Return nodes and edges in canonical order, and all that is wrong with them.

    Each strongly connected component is reported once, by its shortest cycle. The graph is valid
    only when the list of problems is empty.
    """
    known, errors = _find_duplicates(nodes)
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
    order, sound = sorted(known), [Edge(a, b, kind) for (a, b), kind in kinds.items()]
    if not _is_acyclic(order, sound):
        # Loads networkx, which most graphs have no need of.
        from worldtree.graph.cycles import find_cycles

        problems.extend(CycleError(path) for path in find_cycles(order, sound))
    return order, sound, problems


def find_problems(
    nodes: Iterable[str], edges: Iterable[RawEdge], merge: MergeKinds | None = None
) -> Sequence[GraphError]:
    """Return every problem that would keep ``Dag(nodes, edges, merge)`` from being built."""
    return assemble(nodes, edges, merge)[2]


def _is_acyclic(nodes: Sequence[str], edges: Iterable[Edge]) -> bool:
    """Whether all nodes can be put in an order, by taking away those that wait for nothing."""
    after: dict[str, list[str]] = defaultdict(list)
    waiting = dict.fromkeys(nodes, 0)
    for source, target, _ in edges:
        after[source].append(target)
        waiting[target] += 1
    ready = [node for node, count in waiting.items() if not count]
    taken = 0
    while ready:
        taken += 1
        for target in after[ready.pop()]:
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return taken == len(waiting)


def _find_duplicates(nodes: Iterable[str]) -> tuple[set[str], list[DuplicateNodeError]]:
    known: set[str] = set()
    repeated: set[str] = set()
    for node in nodes:
        (repeated if node in known else known).add(node)
    return known, [DuplicateNodeError(node) for node in sorted(repeated)]
