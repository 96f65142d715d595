"""A cycle is shown as the shortest closed path, the same one every time."""

from __future__ import annotations

import itertools

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.graph.strategies import cyclic
from worldtree.graph import CycleError, Dag, Edge, find_problems

Raw = tuple[list[str], list[Edge]]


def cycle_paths(nodes: list[str], edges: list[Edge]) -> list[tuple[str, ...]]:
    return [p.path for p in find_problems(nodes, edges) if isinstance(p, CycleError)]


@given(cyclic())
def test_a_reported_cycle_is_a_real_and_simple_one(raw: Raw) -> None:
    pairs = {(a, b) for a, b, _ in raw[1]}
    for path in cycle_paths(*raw):
        assert path[0] == path[-1] == min(path)
        assert len(set(path)) == len(path) - 1
        assert set(itertools.pairwise(path)) <= pairs


@given(cyclic())
def test_a_reported_cycle_is_the_shortest_of_its_component(raw: Raw) -> None:
    graph = nx.DiGraph([(a, b) for a, b, _ in raw[1]])
    components = list(nx.strongly_connected_components(graph))
    every = list(nx.simple_cycles(graph, length_bound=4))
    for path in cycle_paths(*raw):
        component = next(component for component in components if path[0] in component)
        known = [len(cycle) for cycle in every if set(cycle) <= component]
        assert len(path) - 1 == min(known, default=len(path) - 1)


@given(cyclic(), st.randoms(use_true_random=False))
def test_the_report_does_not_depend_on_the_input_order(raw: Raw, random) -> None:  # type: ignore[no-untyped-def]
    nodes, edges = raw
    again = cycle_paths(random.sample(nodes, len(nodes)), random.sample(edges, len(edges)))
    assert again == cycle_paths(nodes, edges)


def test_a_self_loop_is_a_cycle() -> None:
    with pytest.raises(CycleError, match="cycle: a → a") as caught:
        Dag("a", [("a", "a")])
    assert caught.value.path == ("a", "a")


def test_every_cyclic_component_is_reported_once() -> None:
    edges = [Edge(a, b) for a, b in ("ab", "ba", "bc", "cd", "de", "ec", "dc")]
    assert cycle_paths(list("abcde"), edges) == [("a", "b", "a"), ("c", "d", "c")]


def test_a_huge_ring_is_reported_in_bounded_time() -> None:
    names = [f"n{i:05}" for i in range(20_000)]
    edges = [Edge(a, b) for a, b in zip(names, [*names[1:], names[0]], strict=True)]
    assert cycle_paths(names, edges) == [(*names, names[0])]
