"""What the renderers draw: nodes with words on them, edges with kinds, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from worldtree.graph.dag import Dag
from worldtree.graph.errors import GraphError

#: How much a node should stand out.
Style = Literal["normal", "muted", "warn", "danger"]
#: How the line of an edge kind is drawn.
Line = Literal["solid", "dashed", "dotted"]
_LINES: tuple[Line, ...] = ("solid", "dashed", "dotted")


@dataclass(frozen=True, slots=True)
class ViewNode:
    """One box: ``label`` in bold (the id when empty), ``sublabel`` small below it."""

    id: str
    label: str = ""
    sublabel: str = ""
    #: Nodes of a group share a colour.
    group: str = ""
    style: Style = "normal"
    #: Shown by SVG viewers while the pointer rests on the box; label and sublabel when empty.
    hover: str = ""

    @property
    def name(self) -> str:
        """What the node is called in a drawing."""
        return self.label or self.id


@dataclass(frozen=True, slots=True)
class ViewEdge:
    """An arrow from ``source`` to ``target``, which comes later."""

    source: str
    target: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class ViewKind:
    """How edges of a kind are drawn and what the legend says about them."""

    name: str
    label: str = ""
    line: Line = "solid"


@dataclass(frozen=True)
class GraphView:
    """A drawing's contents; node order is kept where the edges leave a choice.

    Raises ``GraphError`` when the edges are no acyclic graph of the nodes, or when given ``layers``
    do not hold every node exactly once with each edge leading to a later layer.
    """

    title: str
    nodes: tuple[ViewNode, ...]
    edges: tuple[ViewEdge, ...] = ()
    #: One sentence for people who cannot see the drawing; a count of things when empty.
    description: str = ""
    #: Node ids per layer; the fewest layers possible when None.
    layers: tuple[tuple[str, ...], ...] | None = None
    #: Kinds in legend order; the ones that occur, sorted, when empty.
    kinds: tuple[ViewKind, ...] = ()
    #: What a style means, for the legend, e.g. ``{"danger": "cannot be undone"}``.
    styles: Mapping[Style, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        depth = {node: i for i, layer in enumerate(self.ranks) for node in layer}
        held = [node for layer in self.ranks for node in layer]
        if sorted(held) != list(self.dag.nodes):
            raise GraphError("layers must hold every node exactly once")
        for edge in self.dag.edges:
            if depth[edge.source] >= depth[edge.target]:
                raise GraphError(
                    f"edge `{edge.source}` → `{edge.target}` must lead to a later layer"
                )

    @cached_property
    def dag(self) -> Dag:
        """The graph of the node ids."""
        edges = [(edge.source, edge.target, edge.kind) for edge in self.edges]
        return Dag([node.id for node in self.nodes], edges)

    @cached_property
    def by_id(self) -> Mapping[str, ViewNode]:
        """Nodes by id."""
        return {node.id: node for node in self.nodes}

    @cached_property
    def ranks(self) -> tuple[tuple[str, ...], ...]:
        """The layers, given or derived."""
        if self.layers is not None:
            return self.layers
        place = {node.id: index for index, node in enumerate(self.nodes)}
        return self.dag.layers(place.__getitem__)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Groups that occur, in the order of their first node; the empty group is none."""
        return tuple(dict.fromkeys(node.group for node in self.nodes if node.group))

    @cached_property
    def legend_kinds(self) -> tuple[ViewKind, ...]:
        """Kinds that occur on edges, given ones first and in their order."""
        used = {edge.kind for edge in self.edges}
        given = [kind for kind in self.kinds if kind.name in used]
        derived = sorted(used - {kind.name for kind in given})
        first = len(given)
        return (
            *given,
            *(ViewKind(name, name, _LINES[(first + i) % 3]) for i, name in enumerate(derived)),
        )

    @cached_property
    def summary(self) -> str:
        """The description, or else the sizes in words."""
        return self.description or (
            f"{_count(len(self.nodes), 'node')} in {_count(len(self.ranks), 'layer')}, "
            f"{_count(len(self.dag.edges), 'edge')}"
        )

    def reduced(self) -> GraphView:
        """Return the view without edges that longer paths show already; kinds do not count."""
        kept = self.dag.transitive_reduction().edges
        return GraphView(
            title=self.title,
            nodes=self.nodes,
            edges=tuple(ViewEdge(*edge) for edge in kept),
            description=self.description,
            layers=self.layers,
            kinds=self.kinds,
            styles=self.styles,
        )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
