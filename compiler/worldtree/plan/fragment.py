"""Fragments: partial graphs that compose with ``>>`` (then) and ``|`` (beside).

Laws, kept by property tests: ``|`` is associative, commutative (as sets of nodes and edges) and
idempotent; ``>>`` is associative; the empty fragment is the identity of both. Entries and exits are
derived from the edges, never stored, so composition cannot leave them stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from worldtree.plan.node import Edge, Node
from worldtree.plan.specs import EdgeKind


class DuplicateNodeError(ValueError):
    """Two different nodes have the same id; ``args[0]`` is that id, ``nodes`` are both."""

    def __init__(self, first: Node, second: Node) -> None:
        super().__init__(first.id)
        self.nodes = (first, second)


@dataclass(frozen=True)
class Fragment:
    """Nodes by id and the edges among them; immutable."""

    nodes: Mapping[str, Node] = field(default_factory=dict)
    edges: frozenset[Edge] = frozenset()

    @classmethod
    def of(cls, node: Node) -> Fragment:
        """Return the fragment of one node."""
        return cls({node.id: node})

    @classmethod
    def beside(cls, fragments: Iterable[Fragment]) -> Fragment:
        """Put many fragments side by side at once; linear where a chain of ``|`` would not be.

        Raises ``DuplicateNodeError`` when two different nodes share an id.
        """
        nodes: dict[str, Node] = {}
        edges: set[Edge] = set()
        for fragment in fragments:
            for name, node in fragment.nodes.items():
                known = nodes.setdefault(name, node)
                if known is not node and known != node:
                    raise DuplicateNodeError(known, node)
            edges |= fragment.edges
        return cls(nodes, frozenset(edges))

    @property
    def entries(self) -> tuple[str, ...]:
        """Ids of nodes that nothing here leads to, in order."""
        inner = {edge.after for edge in self.edges}
        return tuple(name for name in self.nodes if name not in inner)

    @property
    def exits(self) -> tuple[str, ...]:
        """Ids of nodes that lead nowhere here, in order."""
        inner = {edge.before for edge in self.edges}
        return tuple(name for name in self.nodes if name not in inner)

    def then(self, other: Fragment, kind: EdgeKind = "barrier") -> Fragment:
        """Return this, then ``other``: every exit leads to every entry by ``kind``."""
        joints = frozenset(
            Edge(before=a, after=b, kind=kind) for a in self.exits for b in other.entries
        )
        both = Fragment.beside((self, other))
        return Fragment(both.nodes, both.edges | joints)

    def linked(self, edges: Iterable[Edge]) -> Fragment:
        """Return this with further edges; the link pass finds ends that are not here."""
        return Fragment(self.nodes, self.edges | frozenset(edges))

    def __rshift__(self, other: Fragment) -> Fragment:
        return self.then(other)

    def __or__(self, other: Fragment) -> Fragment:
        return Fragment.beside((self, other))

    def __len__(self) -> int:
        return len(self.nodes)
