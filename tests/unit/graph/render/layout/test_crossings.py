"""Few lines cross."""

from __future__ import annotations

import itertools

from hypothesis import given

from unit.graph.render.layout.test_bundles_and_lanes import layered
from worldtree.graph.render.layout.bundles import gather
from worldtree.graph.render.layout.crossings import crossings, untangle
from worldtree.graph.render.layout.lanes import Lanes, cut

lanes = layered().map(lambda graph: cut(graph[0], gather(graph[1])))


@given(lanes)
def test_crossings_are_counted_as_by_looking_at_every_pair(graph: Lanes) -> None:
    place = {vertex: i for layer in graph.layers for i, vertex in enumerate(layer)}
    count = 0
    for layer in graph.layers:
        steps = [(place[a], place[b]) for a in layer for b in graph.below[a]]
        count += sum((a - c) * (b - d) < 0 for (a, b), (c, d) in itertools.combinations(steps, 2))
    assert crossings(graph.layers, graph.below) == count


@given(lanes)
def test_untangling_keeps_the_layers_and_never_makes_it_worse(graph: Lanes) -> None:
    order = untangle(graph.layers, graph.above, graph.below)
    assert [sorted(layer) for layer in order] == [sorted(layer) for layer in graph.layers]
    assert crossings(order, graph.below) <= crossings(graph.layers, graph.below)


def test_a_graph_that_can_be_drawn_without_crossings_is() -> None:
    below = [[5], [4], [3], [], [], []]
    above = [[], [], [], [2], [1], [0]]
    order = untangle([[0, 1, 2], [3, 4, 5]], above, below)
    assert crossings(order, below) == 0
