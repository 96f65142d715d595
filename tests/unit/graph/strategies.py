"""Random graphs and slow but obvious answers to compare with."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import strategies as st

from worldtree.graph import Dag, Edge

KINDS = ("firm", "loose", "hint")
STRENGTH = {"firm": 2, "loose": 1, "hint": 0}


@st.composite
def acyclic(draw: st.DrawFn, most: int = 12) -> tuple[list[str], list[Edge]]:
    """Nodes and edges in any order; ids say nothing about the direction of edges."""
    size = draw(st.integers(0, most))
    ranks = draw(st.permutations([f"n{i}" for i in range(size)]))
    choices = [(a, b) for i, a in enumerate(ranks) for b in ranks[i + 1 :]]
    chosen = draw(st.lists(st.sampled_from(choices), unique=True)) if choices else []
    edges = [Edge(a, b, draw(st.sampled_from(KINDS))) for a, b in chosen]
    return draw(st.permutations(ranks)), edges


@st.composite
def cyclic(draw: st.DrawFn) -> tuple[list[str], list[Edge]]:
    """A graph with at least one cycle."""
    nodes, edges = draw(acyclic().filter(lambda found: bool(found[0])))
    ring = draw(st.lists(st.sampled_from(nodes), unique=True, min_size=1))
    turns = [Edge(a, b) for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)]
    plain = {Edge(a, b) for a, b, _ in edges}
    return nodes, sorted(plain | set(turns))


def reachable(edges: Iterable[Edge], nodes: Iterable[str]) -> set[tuple[str, str]]:
    """All pairs joined by a path of at least one edge (Warshall)."""
    pairs = {(a, b) for a, b, _ in edges}
    names = list(nodes)
    for middle in names:
        for a in names:
            if (a, middle) in pairs:
                pairs |= {(a, b) for b in names if (middle, b) in pairs}
    return pairs


dags = acyclic().map(lambda found: Dag(*found))


def pairs(*names: str) -> list[tuple[str, str]]:
    """Turn ``"ab"`` into ``("a", "b")``."""
    return [(name[0], name[1]) for name in names]
