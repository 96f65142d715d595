"""An acyclic graph that does not change once built; the order of its input does not matter."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from worldtree.graph.assemble import MergeKinds, RawEdge, assemble
from worldtree.graph.chains import MayJoin, find_chains
from worldtree.graph.critical_path import Path, heaviest_path
from worldtree.graph.edge import Edge
from worldtree.graph.errors import UnknownNodeError
from worldtree.graph.reduction import redundant_edges

if TYPE_CHECKING:
    # Loading it takes a quarter of a second, which a run of a compiled plan has no use for.
    pass

#: Orders nodes that the graph itself leaves unordered; without one it is the order of the ids.
SortKey = Callable[[str], Any]


class Dag:
    """Nodes named by strings and edges ``(source, target, kind)`` between them, without cycles.

    ``merge`` picks the kind when a pair is given with two kinds; without it that is an error.
    Raises the first of ``find_problems(nodes, edges, merge)``: ``DuplicateNodeError``,
    ``DanglingEdgeError``, ``ConflictingEdgeError`` or ``CycleError``.
    """

    def __init__(
        self,
        nodes: Iterable[str] = (),
        edges: Iterable[RawEdge] = (),
        merge: MergeKinds | None = None,
    ) -> None:
        known, sound, problems = assemble(nodes, edges, merge)
        if problems:
            raise problems[0]
        self._adopt(known, sound)

    @classmethod
    def _trusted(cls, nodes: Iterable[str], edges: Iterable[Edge]) -> Dag:
        """Build from parts of a valid graph, in canonical order, without checking them again."""
        dag = cls.__new__(cls)
        dag._adopt(nodes, edges)
        return dag

    def _adopt(self, nodes: Iterable[str], edges: Iterable[Edge]) -> None:
        self._kinds: dict[str, dict[str, str]] = {node: {} for node in nodes}
        before: dict[str, list[str]] = {node: [] for node in self._kinds}
        for source, target, kind in edges:
            self._kinds[source][target] = kind
            before[target].append(source)
        self._after = {node: tuple(sorted(after)) for node, after in self._kinds.items()}
        self._before = {node: tuple(sorted(found)) for node, found in before.items()}

    # ---- what is in it -------------------------------------------------------------------------

    @cached_property
    def nodes(self) -> tuple[str, ...]:
        """All nodes, sorted by id."""
        return tuple(self._after)

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """All edges, sorted."""
        return tuple(Edge(a, b, self._kinds[a][b]) for a in self._after for b in self._after[a])

    def __contains__(self, node: object) -> bool:
        return node in self._after

    def __len__(self) -> int:
        return len(self._after)

    def __iter__(self) -> Iterator[str]:
        return iter(self._after)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Dag):
            return NotImplemented
        return self.nodes == other.nodes and self.edges == other.edges

    def __hash__(self) -> int:
        return hash((self.nodes, self.edges))

    def __repr__(self) -> str:
        return f"<Dag of {len(self.nodes)} nodes and {len(self.edges)} edges>"

    def kind(self, source: str, target: str) -> str | None:
        """Return the kind of the edge, or None when there is no such edge."""
        return self._kinds.get(source, {}).get(target)

    def successors(self, node: str) -> tuple[str, ...]:
        """Return the direct successors, sorted. Raises ``UnknownNodeError``."""
        return self._after[self._known(node)]

    def predecessors(self, node: str) -> tuple[str, ...]:
        """Return the direct predecessors, sorted. Raises ``UnknownNodeError``."""
        return self._before[self._known(node)]

    def edges_into(self, node: str) -> tuple[Edge, ...]:
        """Return the edges that end at ``node``. Raises ``UnknownNodeError``."""
        return tuple(Edge(n, node, self._kinds[n][node]) for n in self._before[self._known(node)])

    @property
    def roots(self) -> tuple[str, ...]:
        """Nodes that come after nothing, sorted."""
        return tuple(node for node, before in self._before.items() if not before)

    @property
    def leaves(self) -> tuple[str, ...]:
        """Nodes that nothing comes after, sorted."""
        return tuple(node for node, after in self._after.items() if not after)

    # ---- order ---------------------------------------------------------------------------------

    def topological_order(self, key: SortKey | None = None) -> tuple[str, ...]:
        """Return all nodes, each after its predecessors, the smallest by ``key`` first."""
        rank = {node: place for place, node in enumerate(sorted(self._after, key=key))}
        waiting = {node: len(before) for node, before in self._before.items()}
        ready = [(rank[node], node) for node in self.roots]
        heapq.heapify(ready)
        order = []
        while ready:
            _, node = heapq.heappop(ready)
            order.append(node)
            for child in self._after[node]:
                waiting[child] -= 1
                if not waiting[child]:
                    heapq.heappush(ready, (rank[child], child))
        return tuple(order)

    @cached_property
    def _order(self) -> tuple[str, ...]:
        return self.topological_order()

    @cached_property
    def depths(self) -> Mapping[str, int]:
        """Layer index per node, from 0: one more than the greatest of its predecessors."""
        depths: dict[str, int] = {}
        for node in self._order:
            depths[node] = 1 + max((depths[n] for n in self._before[node]), default=-1)
        return depths

    def layers(self, key: SortKey | None = None) -> tuple[tuple[str, ...], ...]:
        """Return the nodes by depth, the fewest layers possible, each sorted by ``key``."""
        found: list[list[str]] = [[] for _ in range(max(self.depths.values(), default=-1) + 1)]
        for node in sorted(self._after, key=key):
            found[self.depths[node]].append(node)
        return tuple(tuple(layer) for layer in found)

    # ---- reach ---------------------------------------------------------------------------------

    def ancestors(self, *nodes: str) -> frozenset[str]:
        """Return all nodes with a path to any of ``nodes``. Raises ``UnknownNodeError``."""
        return self._reach(nodes, self._before)

    def descendants(self, *nodes: str) -> frozenset[str]:
        """Return all nodes with a path from any of ``nodes``. Raises ``UnknownNodeError``."""
        return self._reach(nodes, self._after)

    def _reach(
        self, nodes: Iterable[str], onwards: Mapping[str, tuple[str, ...]]
    ) -> frozenset[str]:
        found: set[str] = set()
        todo = [self._known(node) for node in nodes]
        while todo:
            for node in onwards[todo.pop()]:
                if node not in found:
                    found.add(node)
                    todo.append(node)
        return frozenset(found)

    def critical_path(
        self, weights: Mapping[str, float] | None = None, default: float = 1.0
    ) -> Path:
        """Return the heaviest path, the smallest by ids among equals.

        ``weights`` are per node and must not be negative (``ValueError``); a node without one
        weighs ``default``. Raises ``UnknownNodeError`` for weights of nodes that do not exist.
        """
        given = weights or {}
        for node in given:
            self._known(node)
        return heaviest_path(self._order, self._before, given, default)

    # ---- other graphs from this one ------------------------------------------------------------

    def reversed(self) -> Dag:
        """Return the graph with every edge reversed, kinds kept."""
        return Dag._trusted(self.nodes, (Edge(b, a, kind) for a, b, kind in self.edges))

    def transitive_reduction(self, strength: Mapping[str, int] | None = None) -> Dag:
        """Return the graph without the edges that a longer path says already, kinds kept.

        ``strength`` ranks kinds (missing ones are 0): an edge goes only when a path of edges at
        least as strong remains, so that a strong edge is never replaced by weaker ones. Without
        it kinds do not count.
        """
        position = {node: place for place, node in enumerate(self._order)}
        gone = redundant_edges(position, self.edges, strength or {})
        return Dag._trusted(self.nodes, (edge for edge in self.edges if edge not in gone))

    def chains(self, may_join: MayJoin | None = None) -> tuple[tuple[str, ...], ...]:
        """Return every node in exactly one chain of neighbours, chains in topological order.

        Two neighbours are in one chain when the edge between them is the only one out of the first
        and the only one into the second, and ``may_join(source, target, kind)`` agrees. Take the
        transitive reduction first, or redundant edges break chains.
        """
        return find_chains(self._order, self._after, self._before, self._kinds, may_join)

    def subgraph(
        self,
        keep: Collection[str],
        along: MergeKinds | None = None,
        beside: MergeKinds | None = None,
    ) -> Dag:
        """Return the graph of the nodes in ``keep``. Raises ``UnknownNodeError``.

        With ``along``, nodes that were ordered through left-out nodes stay ordered: it folds the
        kinds of two edges in a row into one (such as the weaker). ``beside`` picks the kind of two
        parallel ways (such as the stronger); without it differing ones raise
        ``ConflictingEdgeError``.
        """
        kept = {self._known(node) for node in keep}
        inside = [edge for edge in self.edges if edge.source in kept and edge.target in kept]
        if along is None:
            return Dag._trusted(sorted(kept), inside)
        return Dag(kept, [*inside, *self._bridges(kept, along)], merge=beside)

    def _bridges(self, kept: set[str], along: MergeKinds) -> Iterator[Edge]:
        """Yield an edge per pair of kept nodes with a way through left-out nodes only."""
        # Per left-out node: (nearest kept node before it, folded kind of a way from there).
        sources: dict[str, set[tuple[str, str]]] = {}
        for node in self._order:
            found: set[tuple[str, str]] = set()
            for before, _, kind in self.edges_into(node):
                if before not in kept:
                    found.update((source, along(way, kind)) for source, way in sources[before])
                elif node not in kept:
                    found.add((before, kind))
            if node in kept:
                yield from (Edge(source, node, kind) for source, kind in found)
            else:
                sources[node] = found

    def _known(self, node: str) -> str:
        if node not in self._after:
            raise UnknownNodeError(node)
        return node
