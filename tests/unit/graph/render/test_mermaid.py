"""The Mermaid flowchart."""

from __future__ import annotations

import json
import re

from hypothesis import given

from unit.graph.render.samples import views
from worldtree.graph.render import GraphView, ViewEdge, ViewKind, ViewNode, to_mermaid
from worldtree.graph.render.text_fitting import clean

_NODE = re.compile(r'  n(\d+)\["([^"`<>&%#;]|#\d+;|<br/>)*"\]')
_OTHER = re.compile(
    r"  n\d+ (-->|-\.->) n\d+|  (class|classDef|linkStyle) [\w,]+ [-\w#:;,. ]+|flowchart LR|---"
)


def test_nodes_edges_groups_and_styles_are_written() -> None:
    view = GraphView(
        'A "title"',
        (ViewNode("a", 'say "hi"', "x<y", "g"), ViewNode("b", style="danger")),
        (ViewEdge("a", "b", "k"),),
        kinds=(ViewKind("k", line="dotted"),),
    )
    assert to_mermaid(view) == (
        '---\ntitle: "A \\"title\\""\n---\n'
        "flowchart LR\n"
        '  n0["say #34;hi#34;<br/>x#60;y"]\n'
        '  n1["b"]\n'
        "  n0 -.-> n1\n"
        "  linkStyle 0 stroke-dasharray:1 4\n"
        "  classDef g0 fill:#3b82f622,stroke:#3b82f6\n"
        "  class n0 g0\n"
        "  classDef danger stroke:#e5484d,stroke-width:3px\n"
        "  class n1 danger\n"
    )


@given(views())
def test_whatever_the_words_the_syntax_holds_and_the_words_can_be_read_back(
    view: GraphView,
) -> None:
    lines = to_mermaid(view).removesuffix("\n").split("\n")
    assert json.loads(lines[1].removeprefix("title: ")) == clean(view.title)
    labels = []
    for line in [lines[0], *lines[2:]]:
        if _NODE.fullmatch(line):
            labels.append(line.split('"')[1])
        else:
            assert _OTHER.fullmatch(line), line
    for node, label in zip(view.nodes, labels, strict=True):
        name = label.split("<br/>")[0]
        read = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), name)
        assert read == (clean(node.name) or " ")
