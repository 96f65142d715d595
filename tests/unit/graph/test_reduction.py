"""The transitive reduction says the same with the fewest edges and keeps what they are."""

from __future__ import annotations

import random

from hypothesis import given

from unit.graph.strategies import STRENGTH, dags, reachable
from unit.growth import calls
from worldtree.graph import Dag, Edge


@given(dags)
def test_reduction_keeps_reachability_and_kinds(dag: Dag) -> None:
    reduced = dag.transitive_reduction()
    assert reachable(reduced.edges, dag.nodes) == reachable(dag.edges, dag.nodes)
    assert set(reduced.edges) <= set(dag.edges)
    assert reduced.nodes == dag.nodes


@given(dags)
def test_no_edge_of_the_reduction_can_be_spared(dag: Dag) -> None:
    reduced = dag.transitive_reduction()
    for edge in reduced.edges:
        rest = [other for other in reduced.edges if other != edge]
        assert (edge.source, edge.target) not in reachable(rest, dag.nodes)


@given(dags)
def test_reduction_by_strength_keeps_reachability_at_every_strength(dag: Dag) -> None:
    reduced = dag.transitive_reduction(STRENGTH)
    for level in STRENGTH.values():
        before = [edge for edge in dag.edges if STRENGTH[edge.kind] >= level]
        after = [edge for edge in reduced.edges if STRENGTH[edge.kind] >= level]
        assert reachable(after, dag.nodes) == reachable(before, dag.nodes)
        for edge in after:
            if STRENGTH[edge.kind] == level:
                rest = [other for other in after if other != edge]
                assert (edge.source, edge.target) not in reachable(rest, dag.nodes)


def test_a_strong_edge_is_not_replaced_by_weaker_ones() -> None:
    dag = Dag("abc", [("a", "b", "hint"), ("b", "c", "hint"), ("a", "c", "firm")])
    assert Edge("a", "c", "firm") not in dag.transitive_reduction().edges
    assert Edge("a", "c", "firm") in dag.transitive_reduction(STRENGTH).edges


def test_reduction_stays_usable_at_ten_thousand_nodes() -> None:
    choose = random.Random(7)
    names = [f"n{i:05}" for i in range(10_000)]
    ends = [sorted(choose.sample(range(10_000), 2)) for _ in range(50_000)]
    dag = Dag(names, [(names[a], names[b], "firm") for a, b in ends])
    found: list[Dag] = []
    made = calls(lambda: found.append(dag.transitive_reduction()))
    # A walk for each edge would visit thousands of nodes for it.
    assert made <= 40 * (len(dag.nodes) + len(dag.edges))
    [reduced] = found
    assert len(reduced.edges) < len(dag.edges)
