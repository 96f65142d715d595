"""The drawing for terminals."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from unit.graph.render.samples import deployment, views
from worldtree.graph.render import GraphView, ViewEdge, ViewKind, ViewNode, to_text
from worldtree.graph.render.text_fitting import columns


def test_layers_show_nodes_and_what_they_need() -> None:
    view = GraphView(
        "Build",
        (
            ViewNode("a", "fetch", "web1"),
            ViewNode("b", "unpack", "web1", style="danger"),
            ViewNode("c", "start", "web[1:2]"),
        ),
        (ViewEdge("a", "b", "all"), ViewEdge("a", "c", "each"), ViewEdge("b", "c", "all")),
        kinds=(ViewKind("all", "all first"), ViewKind("each", "each alone")),
        styles={"danger": "cannot be undone"},
    )
    assert to_text(view) == (
        "Build\n"
        "3 nodes in 3 layers, 3 edges\n"
        "\n"
        "Layer 0 · 1 node\n"
        "  ● fetch   web1\n"
        "\n"
        "Layer 1 · 1 node\n"
        "  ◆ unpack  web1      ← fetch\n"
        "\n"
        "Layer 2 · 1 node\n"
        "  ● start   web[1:2]  ← unpack\n"
        "                      ⇠ fetch\n"
        "\n"
        "← all first   ⇠ each alone\n"
        "◆ cannot be undone\n"
    )
    plain = to_text(view, ascii_only=True)
    assert plain.isascii()
    assert "  # unpack  web1      <- fetch\n" in plain


def test_labels_that_are_not_unique_give_way_to_ids() -> None:
    view = GraphView("t", (ViewNode("x/go", "go"), ViewNode("y/go", "go"), ViewNode("z", "rest")))
    assert to_text(view).splitlines()[4:] == ["  ● x/go", "  ● y/go", "  ● rest"]


def test_long_needs_wrap_between_names() -> None:
    names = [f"a-rather-long-name-{i}" for i in range(9)]
    view = GraphView(
        "t",
        (*(ViewNode(name) for name in names), ViewNode("last")),
        tuple(ViewEdge(name, "last") for name in names),
    )
    lines = to_text(view, width=60).splitlines()
    assert all(len(line) <= 60 for line in lines)
    assert sum("rather-long" in line for line in lines[lines.index("Layer 1 · 1 node") :]) >= 4
    assert all(name in "".join(lines[lines.index("Layer 1 · 1 node") :]) for name in names)


@given(views(), st.integers(40, 120))
def test_no_line_is_wider_than_the_terminal(view: GraphView, width: int) -> None:
    text = to_text(view, width=width)
    assert all(columns(line) <= width for line in text.split("\n"))
    assert text.endswith("\n")
    assert not set(map(chr, range(32))) - {"\n"} & set(text)


def test_every_node_of_a_deployment_fits_a_hundred_columns() -> None:
    text = to_text(deployment())
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 100
