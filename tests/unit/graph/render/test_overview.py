"""The overview has a box per group and keeps what comes after what."""

from __future__ import annotations

from hypothesis import given
from tests.unit.graph.strategies import reachable

from unit.graph.render.samples import deployment, views
from worldtree.graph.render import GraphView, ViewEdge, ViewNode, overview


def test_groups_become_nodes_that_say_how_many_they_are() -> None:
    view = GraphView(
        "t",
        (
            ViewNode("a1", group="a"),
            ViewNode("a2", group="a", style="danger"),
            ViewNode("b1", group="b"),
            ViewNode("c"),
        ),
        (
            ViewEdge("a1", "a2", "x"),
            ViewEdge("a1", "b1", "y"),
            ViewEdge("a2", "b1", "x"),
            ViewEdge("b1", "c", "x"),
            ViewEdge("a1", "c", "x"),
        ),
    )
    seen = overview(view)
    assert seen.nodes == (
        ViewNode("a1", "a", "2 nodes", "a", "danger"),
        ViewNode("b1", "b", "1 node", "b"),
        ViewNode("c"),
    )
    assert seen.edges == (ViewEdge("a1", "b1", "x"), ViewEdge("b1", "c", "x"))


def test_groups_that_need_each_other_share_a_box() -> None:
    nodes = (ViewNode("a1", group="a"), ViewNode("b", group="b"), ViewNode("a2", group="a"))
    seen = overview(GraphView("t", nodes, (ViewEdge("a1", "b"), ViewEdge("b", "a2"))))
    assert seen.nodes == (ViewNode("a1", "a, b", "3 nodes", "a"),)
    assert seen.edges == ()


@given(views())
def test_nodes_of_different_boxes_stay_in_order(view: GraphView) -> None:
    seen = overview(view)
    boxes = {node.id for node in seen.nodes}
    assert boxes <= {node.id for node in view.nodes}
    after = reachable(seen.dag.edges, boxes)
    lonely = {node.id for node in view.nodes if not node.group} & boxes
    before = {(a, b) for a, b in reachable(view.dag.edges, view.dag.nodes) if {a, b} <= lonely}
    assert before <= after


def test_the_overview_of_a_deployment_fits_one_look() -> None:
    seen = overview(deployment())
    assert len(seen.nodes) < 15
    assert sum(int(node.sublabel.split()[0]) for node in seen.nodes) == 59
