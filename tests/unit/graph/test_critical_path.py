"""The critical path is what the whole takes at least."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.graph.strategies import dags, pairs
from worldtree.graph import Dag

LADDER = Dag("abcd", pairs("ab", "bd", "ac", "cd"))


@given(dags, st.data())
def test_no_path_is_heavier_than_the_critical_one(dag: Dag, data: st.DataObject) -> None:
    weights = {node: data.draw(st.integers(0, 9)) for node in dag}
    path = dag.critical_path(weights)
    assert path.weight == sum(weights[node] for node in path.nodes)
    assert all(dag.kind(a, b) is not None for a, b in zip(path.nodes, path.nodes[1:], strict=False))
    graph = nx.DiGraph([("start", node, {"weight": weights[node]}) for node in dag])
    graph.add_weighted_edges_from((a, b, weights[b]) for a, b, _ in dag.edges)
    assert path.weight == nx.dag_longest_path_length(graph)


def test_weights_choose_the_way_and_ids_settle_ties() -> None:
    assert LADDER.critical_path() == (("a", "b", "d"), 3.0)
    assert LADDER.critical_path({"c": 5.0}) == (("a", "c", "d"), 7.0)
    assert LADDER.critical_path({"c": 5.0}, default=0).weight == 5.0


@pytest.mark.parametrize("weight", [-1.0, float("nan")])
def test_a_weight_below_zero_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="weight of `c`"):
        LADDER.critical_path({"c": weight})
