"""Bundles and lanes draw every edge and nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.graph.strategies import acyclic

from worldtree.graph import Dag
from worldtree.graph.render.layout.bundles import Bundle, gather
from worldtree.graph.render.layout.lanes import Lanes, cut

Edges = list[tuple[int, int, str]]


@st.composite
def layered(draw: st.DrawFn) -> tuple[list[list[int]], Edges]:
    nodes, edges = draw(acyclic(most=10))
    number = {name: index for index, name in enumerate(sorted(nodes))}
    layers = [[number[n] for n in layer] for layer in Dag(nodes, edges).layers()]
    return layers, [(number[a], number[b], kind) for a, b, kind in edges]


def joined(lanes: Lanes, strand: int) -> set[tuple[int, int]]:
    """Pairs of nodes that a strand's steps lead from and to."""
    steps = lanes.strands[strand].steps
    found = set()
    for start in {a for a, _ in steps if a < lanes.nodes}:
        todo = [b for a, b in steps if a == start]
        while todo:
            vertex = todo.pop()
            if vertex < lanes.nodes:
                found.add((start, vertex))
            else:
                todo.extend(b for a, b in steps if a == vertex)
    return found


@given(layered())
def test_bundles_hold_every_edge_once(graph: tuple[list[list[int]], Edges]) -> None:
    held = [(a, b, k) for k, sources, targets in gather(graph[1]) for a in sources for b in targets]
    assert sorted(held) == sorted(graph[1])


@given(layered())
def test_strands_join_what_their_bundles_join_and_nothing_else(
    graph: tuple[list[list[int]], Edges],
) -> None:
    lanes = cut(graph[0], gather(graph[1]))
    for index, strand in enumerate(lanes.strands):
        _, sources, targets = strand.bundle
        assert joined(lanes, index) == {(a, b) for a in sources for b in targets}
        assert bool(strand.through_hub) == strand.bundle.has_hub


@given(layered())
def test_steps_lead_from_a_layer_to_the_next(graph: tuple[list[list[int]], Edges]) -> None:
    lanes = cut(graph[0], gather(graph[1]))
    depth = {vertex: i for i, layer in enumerate(lanes.layers) for vertex in layer}
    assert sorted(depth) == list(range(len(lanes.above)))
    for strand in lanes.strands:
        assert all(depth[b] == depth[a] + 1 for a, b in strand.steps)
        assert len({depth[a] for a, _ in strand.through_hub}) <= 1
    for vertex in range(lanes.nodes, len(lanes.above)):
        assert lanes.above[vertex]
        assert lanes.below[vertex]


def test_a_whole_side_joined_to_a_whole_side_is_one_bundle() -> None:
    edges = [(a, b, "k") for a in (0, 1, 2) for b in (3, 4)]
    assert gather(edges) == [Bundle("k", (0, 1, 2), (3, 4))]


def test_edges_go_to_their_busier_end() -> None:
    assert gather([(0, 1, ""), (0, 2, "")]) == [Bundle("", (0,), (1, 2))]
    assert gather([(0, 2, ""), (1, 2, "")]) == [Bundle("", (0, 1), (2,))]
