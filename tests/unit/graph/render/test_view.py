"""The view: what is derived when it is not given, and what is refused."""

from __future__ import annotations

import pytest

from worldtree.graph import CycleError, GraphError
from worldtree.graph.render import GraphView, ViewEdge, ViewKind, ViewNode

NODES = tuple(ViewNode(name, group=group) for name, group in zip("cba", "yxy", strict=True))


def test_layers_keep_the_order_of_the_nodes() -> None:
    view = GraphView("t", NODES, (ViewEdge("c", "a"),))
    assert view.ranks == (("c", "b"), ("a",))
    assert view.groups == ("y", "x")
    assert view.by_id["b"].name == "b"


def test_given_layers_are_kept() -> None:
    view = GraphView("t", NODES, (ViewEdge("c", "a"),), layers=(("c",), (), ("a", "b")))
    assert view.ranks == (("c",), (), ("a", "b"))


@pytest.mark.parametrize(
    "layers",
    [(("c",), ("a",)), (("c", "b"), ("a", "b")), (("a", "c"), ("b",)), (("a", "b"), ("c",))],
)
def test_layers_that_do_not_fit_the_graph_are_refused(layers: tuple[tuple[str, ...], ...]) -> None:
    with pytest.raises(GraphError, match="layer"):
        GraphView("t", NODES, (ViewEdge("c", "a"),), layers=layers)


def test_a_cycle_is_refused() -> None:
    with pytest.raises(CycleError):
        GraphView("t", NODES, (ViewEdge("c", "a"), ViewEdge("a", "c")))


def test_kinds_that_occur_are_in_the_legend_and_drawn_differently() -> None:
    edges = (ViewEdge("c", "a", "p"), ViewEdge("c", "b", "q"), ViewEdge("b", "a", "r"))
    given = (ViewKind("unused"), ViewKind("q", "the q", "dotted"))
    assert GraphView("t", NODES, edges, kinds=given).legend_kinds == (
        ViewKind("q", "the q", "dotted"),
        ViewKind("p", "p", "dashed"),
        ViewKind("r", "r", "dotted"),
    )


def test_the_summary_counts_unless_there_is_a_description() -> None:
    assert GraphView("t", NODES[:1]).summary == "1 node in 1 layer, 0 edges"
    assert GraphView("t", NODES, description="About it.").summary == "About it."


def test_reducing_leaves_out_what_is_shown_already() -> None:
    edges = (ViewEdge("c", "b"), ViewEdge("b", "a"), ViewEdge("c", "a"))
    view = GraphView("t", NODES, edges, description="d")
    assert view.reduced().edges == (ViewEdge("b", "a"), ViewEdge("c", "b"))
    assert view.reduced().description == "d"
