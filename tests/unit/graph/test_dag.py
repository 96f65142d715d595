"""The graph: what it contains, in what order, and which graphs come from it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unit.graph.strategies import acyclic, dags, reachable
from worldtree.graph import ConflictingEdgeError, Dag, Edge, UnknownNodeError

DIAMOND = Dag("dcba", [("a", "b", "x"), ("a", "c", "y"), ("b", "d", "x"), ("c", "d", "x")])


def test_contents_are_sorted_and_complete() -> None:
    assert DIAMOND.nodes == ("a", "b", "c", "d")
    assert DIAMOND.edges_into("d") == (Edge("b", "d", "x"), Edge("c", "d", "x"))
    assert DIAMOND.successors("a") == ("b", "c")
    assert DIAMOND.predecessors("a") == ()
    assert (DIAMOND.roots, DIAMOND.leaves) == (("a",), ("d",))
    assert (DIAMOND.kind("a", "c"), DIAMOND.kind("a", "d")) == ("y", None)
    assert "a" in DIAMOND
    assert "z" not in DIAMOND
    assert (len(DIAMOND), list(DIAMOND)) == (4, ["a", "b", "c", "d"])
    assert repr(DIAMOND) == "<Dag of 4 nodes and 4 edges>"


def test_the_same_contents_are_the_same_graph() -> None:
    again = Dag("abcd", reversed(DIAMOND.edges))
    assert again == DIAMOND
    assert hash(again) == hash(DIAMOND)
    assert Dag("abcd") != DIAMOND
    assert DIAMOND != "abcd"


def test_an_empty_graph_answers_everything() -> None:
    empty = Dag()
    assert (empty.layers(), empty.topological_order(), empty.chains()) == ((), (), ())
    assert empty.critical_path() == ((), 0.0)
    assert empty.transitive_reduction() == empty


@pytest.mark.parametrize(
    "question",
    [
        lambda: DIAMOND.successors("z"),
        lambda: DIAMOND.predecessors("z"),
        lambda: DIAMOND.edges_into("z"),
        lambda: DIAMOND.ancestors("a", "z"),
        lambda: DIAMOND.descendants("z"),
        lambda: DIAMOND.subgraph(["z"]),
        lambda: DIAMOND.critical_path({"z": 1}),
    ],
)
def test_a_question_about_an_unknown_node_names_it(question) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UnknownNodeError, match="unknown node `z`") as caught:
        question()
    assert caught.value.node == "z"


def test_the_key_orders_what_the_edges_leave_open() -> None:
    wanted = {"a": 0, "c": 1, "b": 2, "d": 3}
    assert DIAMOND.topological_order() == ("a", "b", "c", "d")
    assert DIAMOND.topological_order(wanted.__getitem__) == ("a", "c", "b", "d")
    assert DIAMOND.layers(wanted.__getitem__) == (("a",), ("c", "b"), ("d",))


@given(dags)
def test_a_topological_order_has_every_node_after_its_predecessors(dag: Dag) -> None:
    order = dag.topological_order()
    assert sorted(order) == list(dag.nodes)
    assert all(order.index(a) < order.index(b) for a, b, _ in dag.edges)


@given(dags)
def test_layers_respect_edges_and_are_as_early_as_possible(dag: Dag) -> None:
    layers = dag.layers()
    depth = {node: index for index, layer in enumerate(layers) for node in layer}
    assert depth == dag.depths
    assert all(depth[a] < depth[b] for a, b, _ in dag.edges)
    assert all(
        depth[node] == 0 or depth[node] - 1 in {depth[n] for n in dag.predecessors(node)}
        for node in dag
    )


@given(dags)
def test_ancestors_and_descendants_are_the_two_sides_of_reachability(dag: Dag) -> None:
    pairs = reachable(dag.edges, dag.nodes)
    for node in dag:
        assert dag.descendants(node) == {b for a, b in pairs if a == node}
        assert dag.ancestors(node) == {a for a, b in pairs if b == node}
    assert dag.descendants(*dag.nodes) == {b for _, b in pairs}


@given(dags)
def test_reversing_twice_gives_the_same_graph(dag: Dag) -> None:
    assert dag.reversed().reversed() == dag
    assert dag.reversed().roots == dag.leaves
    assert all(dag.reversed().kind(b, a) == kind for a, b, kind in dag.edges)


@given(acyclic(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(found, random) -> None:  # type: ignore[no-untyped-def]
    nodes, edges = found
    shuffled = random.sample(nodes, len(nodes)), random.sample(edges, len(edges))
    one, two = Dag(nodes, edges), Dag(*shuffled)
    assert one == two
    assert one.topological_order() == two.topological_order()
    assert one.layers() == two.layers()
    assert one.chains() == two.chains()
    assert one.critical_path() == two.critical_path()
    assert one.transitive_reduction() == two.transitive_reduction()


def test_the_hash_seed_changes_nothing() -> None:
    script = """
from worldtree.graph import Dag, find_problems
names = [f"n{i}" for i in range(40)]
edges = {(names[i], names[j], "xy"[i % 2]) for i in range(40) for j in range(i + 1, 40, i % 5 + 1)}
dag = Dag(set(names), edges)
print(dag.topological_order(), dag.layers(), dag.transitive_reduction().edges, dag.chains())
print(dag.subgraph(set(names[::3]), along=min, beside=max).edges, dag.critical_path())
print(*find_problems(names, {*edges, ("n39", "n0", "x"), ("n5", "n5", "x"), ("n1", "n?", "x")}))
"""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(outputs) == 1


@given(dags, st.data())
def test_a_subgraph_keeps_the_edges_inside(dag: Dag, data: st.DataObject) -> None:
    keep = data.draw(st.sets(st.sampled_from(dag.nodes))) if dag.nodes else set()
    part = dag.subgraph(keep)
    assert part.nodes == tuple(sorted(keep))
    assert part.edges == tuple(e for e in dag.edges if e.source in keep and e.target in keep)


@given(dags, st.data())
def test_a_bridged_subgraph_keeps_the_order_through_left_out_nodes(
    dag: Dag, data: st.DataObject
) -> None:
    keep = data.draw(st.sets(st.sampled_from(dag.nodes))) if dag.nodes else set()
    part = dag.subgraph(keep, along=min, beside=max)
    before = {(a, b) for a, b in reachable(dag.edges, dag.nodes) if a in keep and b in keep}
    assert reachable(part.edges, part.nodes) == before


def test_a_bridge_folds_kinds_along_a_way_and_beside_it() -> None:
    dag = Dag("abc", [("a", "b", "2"), ("b", "c", "1"), ("a", "c", "0")])
    assert dag.subgraph("ac", along=min, beside=max).edges == (Edge("a", "c", "1"),)
    with pytest.raises(ConflictingEdgeError):
        dag.subgraph("ac", along=min)
