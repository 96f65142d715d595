"""Vertices keep their distances, and lines through lanes are straight."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given

from unit.graph.render.layout.test_crossings import lanes
from worldtree.graph.render.layout.crossings import untangle
from worldtree.graph.render.layout.lanes import Lanes
from worldtree.graph.render.layout.placement import place

GAP = 20.0


@given(lanes)
def test_order_and_distances_are_kept(graph: Lanes) -> None:
    order = untangle(graph.layers, graph.above, graph.below)
    size = [40.0 + 5 * v if v < graph.nodes else 0.0 for v in range(len(graph.above))]
    centre = place(order, graph.above, graph.below, size, graph.nodes, GAP)
    for layer in order:
        for a, b in pairwise(layer):
            gaps = [GAP if vertex < graph.nodes else GAP / 2 for vertex in (a, b)]
            assert centre[b] - centre[a] >= (size[a] + size[b] + sum(gaps)) / 2 - 1e-6
    if size:
        assert min(c - s / 2 for c, s in zip(centre, size, strict=True)) == pytest.approx(0)


def test_a_lane_is_straight_and_a_parent_stands_amid_its_children() -> None:
    # 0 → 1, 2 (boxes); 0 → 4 through lane 3.
    below = [[1, 2, 3], [], [], [4], []]
    above = [[], [0], [0], [0], [3]]
    centre = place([[0], [1, 2, 3], [4]], above, below, [40, 40, 40, 0, 40], 3, GAP)
    assert centre[3] == centre[4]
    assert centre[1] < centre[0] < centre[3]


def test_nothing_is_placed_for_an_empty_graph() -> None:
    assert place([], [], [], [], 0, GAP) == []
