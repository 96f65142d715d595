"""The DOT digraph."""

from __future__ import annotations

import re

from hypothesis import given

from unit.graph.render.samples import views
from worldtree.graph.render import GraphView, ViewEdge, ViewNode, to_dot
from worldtree.graph.render.text_fitting import clean

_STRING = r'"(?:[^"\\\n]|\\.)*"'
_ATTRIBUTE = rf"\w+=(?:{_STRING}|[\w.]+)"
_LINE = re.compile(
    rf"digraph {_STRING} \{{|\}}|  (?:n\d+|n\d+ -> n\d+|graph|node|edge) "
    rf"\[{_ATTRIBUTE}(?:, {_ATTRIBUTE})*\];|  \{{ rank=same;(?: n\d+;)* \}}"
)


def test_nodes_edges_and_layers_are_written() -> None:
    view = GraphView(
        "t", (ViewNode("a", 'x "y" \\n'), ViewNode("b", "&lt;", "s")), (ViewEdge("a", "b", "k"),)
    )
    text = to_dot(view)
    assert r'n0 [label="x \"y\" \\n", tooltip="a", style="rounded,filled"' in text
    assert r'n1 [label="&amp;lt;\ns"' in text
    assert '  n0 -> n1 [style=solid, tooltip="k"];' in text
    assert "{ rank=same; n0; }" in text


@given(views())
def test_whatever_the_words_the_syntax_holds_and_the_words_can_be_read_back(
    view: GraphView,
) -> None:
    lines = to_dot(view).removesuffix("\n").split("\n")
    assert all(_LINE.fullmatch(line) for line in lines)
    labels = [line for line in lines if re.match(r"  n\d+ \[", line)]
    for node, line in zip(view.nodes, labels, strict=True):
        found = re.search(rf"label=({_STRING})", line)
        assert found is not None
        words = found[1][1:-1].replace("\\\\", "\0").split("\\n")[0]
        assert words.replace('\\"', '"').replace("\0", "\\").replace("&amp;", "&") == clean(
            node.name
        )
