"""Reduces a view that is too big to read to one box per group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from worldtree.graph.render.view import GraphView, Style, ViewEdge, ViewNode

if TYPE_CHECKING:
    import networkx as nx

_STYLES_BY_EMPHASIS: tuple[Style, ...] = ("danger", "warn", "normal", "muted")


def overview(view: GraphView) -> GraphView:
    """Return the view with a node per group, which says how many nodes it stands for.

    Nodes without a group stay. Groups that depend on each other are shown as one box. Of several
    kinds of edges between two groups the one that comes first in the legend is drawn; a box has the
    most prominent style of its nodes. Redundant edges are left out; the layers are new.
    """
    cell_of = _box_of_each_node(view)
    members: dict[str, list[ViewNode]] = {}
    for node in view.nodes:
        members.setdefault(cell_of[node.id], []).append(node)
    rank = {kind.name: index for index, kind in enumerate(view.legend_kinds)}
    kinds: dict[tuple[str, str], str] = {}
    for source, target, kind in view.dag.edges:
        pair = (cell_of[source], cell_of[target])
        if pair[0] != pair[1]:
            kinds[pair] = min(kinds.get(pair, kind), kind, key=rank.__getitem__)
    return GraphView(
        title=view.title,
        nodes=tuple(_box(cell, nodes) for cell, nodes in members.items()),
        edges=tuple(ViewEdge(*pair, kind) for pair, kind in kinds.items()),
        description=view.description,
        kinds=view.kinds,
        styles=view.styles,
    ).reduced()


def _box_of_each_node(view: GraphView) -> Mapping[str, str]:
    """Return for each node the id of the first node of its box."""
    # Hundreds of modules, which most graphs have no need of.
    import networkx as nx

    # A node without a group is a group by itself; the pair keeps the two sorts of names apart.
    group_of = {n.id: (True, n.group) if n.group else (False, n.id) for n in view.nodes}
    groups: nx.DiGraph[tuple[bool, str]] = nx.DiGraph()
    groups.add_nodes_from(group_of.values())
    groups.add_edges_from((group_of[a], group_of[b]) for a, b, _ in view.dag.edges)
    component_of = {
        group: number
        for number, component in enumerate(nx.strongly_connected_components(groups))
        for group in component
    }
    first: dict[int, str] = {}
    return {
        node.id: first.setdefault(component_of[group_of[node.id]], node.id) for node in view.nodes
    }


def _box(cell: str, nodes: list[ViewNode]) -> ViewNode:
    if len(nodes) == 1 and not nodes[0].group:
        return nodes[0]
    groups = tuple(dict.fromkeys(node.group or node.name for node in nodes))
    return ViewNode(
        id=cell,
        label=", ".join(groups),
        sublabel=f"{len(nodes)} node{'' if len(nodes) == 1 else 's'}",
        group=groups[0],
        style=min((node.style for node in nodes), key=_STYLES_BY_EMPHASIS.index),
    )
