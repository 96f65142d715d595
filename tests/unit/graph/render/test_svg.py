"""The SVG drawing: well-formed, legible, accessible, and bounded in work."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given

from unit.graph.render.samples import deployment, random_view, views
from unit.growth import growth
from worldtree.graph.render import GraphView, ViewEdge, ViewNode, to_svg
from worldtree.graph.render.layout.drawing import Direction
from worldtree.graph.render.text_fitting import clean, width

SVG = "{http://www.w3.org/2000/svg}"
_SIZES = {"g-title": 18, "g-note": 12, "g-label": 13, "g-sub": 11}


def boxes(root: ET.Element) -> list[tuple[float, float, float, float]]:
    found = [group.find(f"{SVG}rect") for group in root.iter(f"{SVG}g") if is_node(group)]
    return [
        (
            float(r.attrib["x"]),
            float(r.attrib["y"]),
            float(r.attrib["width"]),
            float(r.attrib["height"]),
        )
        for r in found
        if r is not None
    ]


def is_node(group: ET.Element) -> bool:
    return group.get("class", "").startswith("g-node")


@given(views())
def test_whatever_the_words_it_is_well_formed_and_the_words_can_be_read_back(
    view: GraphView,
) -> None:
    root = ET.fromstring(to_svg(view))
    assert (root.findtext(f"{SVG}title") or "") == clean(view.title)
    assert (root.findtext(f"{SVG}desc") or "") == clean(view.summary)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "title", "desc", "style", "g", "rect", "path", "text", "circle")
    }
    hovers = [group.findtext(f"{SVG}title") for group in root.iter(f"{SVG}g") if is_node(group)]
    for node, hover in zip(view.nodes, hovers, strict=True):
        if not node.hover:
            assert (hover or "").split("\n")[0] == (clean(node.name) or clean(node.sublabel))


@given(views())
def test_text_never_leaves_its_box(view: GraphView) -> None:
    root = ET.fromstring(to_svg(view))
    for group in filter(is_node, root.iter(f"{SVG}g")):
        box = group.find(f"{SVG}rect")
        assert box is not None
        for text in group.iter(f"{SVG}text"):
            size = _SIZES[text.attrib["class"]]
            wide = width(text.text or "", size, bold=text.attrib["class"] == "g-label")
            limit = float(box.attrib["x"]) + float(box.attrib["width"])
            assert float(text.attrib["x"]) + wide < limit
            # What is not in the table of widths is forced into the space it was given.
            if "textLength" in text.attrib:
                assert float(text.attrib["textLength"]) == pytest.approx(wide, abs=0.06)


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("view", [deployment(), random_view(80), random_view(80, seed=9)])
def test_boxes_keep_apart_and_inside_the_picture(view: GraphView, direction: Direction) -> None:
    root = ET.fromstring(to_svg(view, direction=direction))
    places = boxes(root)
    assert len(places) == len(view.nodes)
    for a, b in itertools.combinations(places, 2):
        aside = a[0] + a[2] + 10 <= b[0] or b[0] + b[2] + 10 <= a[0]
        above = a[1] + a[3] + 10 <= b[1] or b[1] + b[3] + 10 <= a[1]
        assert aside or above
    shift = next(
        re.fullmatch(r"translate\(([\d.]+) ([\d.]+)\)", group.attrib["transform"])
        for group in root.findall(f"{SVG}g")
        if any(is_node(inner) for inner in group)
    )
    assert shift is not None
    left, top = float(shift[1]), float(shift[2])
    for x, y, w, h in places:
        assert 0 <= left + x <= left + x + w <= float(root.attrib["width"])
        assert 0 <= top + y <= top + y + h <= float(root.attrib["height"])


def test_it_is_accessible_and_fits_light_and_dark_pages() -> None:
    view = GraphView("T", (ViewNode("a", "b", "c", "g", hover="more\nof it"),), description="D")
    text = to_svg(view, id_prefix="one")
    root = ET.fromstring(text)
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == "one-title one-desc"
    assert '<title id="one-title">T</title>' in text
    assert '<desc id="one-desc">D</desc>' in text
    assert "@media (prefers-color-scheme:dark){" in text
    assert "<title>more\nof it</title>" in text


def test_a_line_says_which_nodes_it_joins() -> None:
    names = "abcd"
    nodes = tuple(ViewNode(name, name.upper()) for name in names)
    one = GraphView("t", nodes, (ViewEdge("a", "b", "k"),))
    assert "<title>A → B (k)</title>" in to_svg(one)
    fan = GraphView("t", nodes, tuple(ViewEdge("a", name) for name in "bcd"))
    assert "<title>A → B, C, D</title>" in to_svg(fan)


def test_many_to_many_meets_in_one_point() -> None:
    nodes = tuple(ViewNode(name) for name in "abcxyz")
    edges = tuple(ViewEdge(a, b) for a in "abc" for b in "xyz")
    text = to_svg(GraphView("t", nodes, edges))
    assert text.count("<circle") == 1
    assert "<title>a, b, c → x, y, z</title>" in text


def test_the_shape_of_a_graph_chooses_its_direction() -> None:
    def shape(view: GraphView) -> float:
        root = ET.fromstring(to_svg(view))
        return float(root.attrib["width"]) / float(root.attrib["height"])

    nodes = tuple(ViewNode(f"n{i:02}") for i in range(30))
    chain = tuple(ViewEdge(a.id, b.id) for a, b in itertools.pairwise(nodes))
    fan = tuple(ViewEdge("n00", node.id) for node in nodes[1:])
    assert shape(GraphView("t", nodes, fan)) > 0.1
    assert 0.1 < shape(GraphView("t", nodes, chain)) < 10


def test_an_empty_graph_is_drawn() -> None:
    assert ET.fromstring(to_svg(GraphView("Nothing", ()))).tag == f"{SVG}svg"


def test_neither_edge_order_nor_hash_seed_changes_a_byte() -> None:
    view = deployment()
    turned = GraphView(
        view.title, view.nodes, view.edges[::-1], kinds=view.kinds, styles=view.styles
    )
    assert to_svg(view) == to_svg(turned)
    script = """
import hashlib
from tests.unit.graph.render.samples import deployment
from worldtree.graph.render import to_dot, to_mermaid, to_svg, to_text
drawn = "".join(draw(deployment()) for draw in (to_dot, to_mermaid, to_svg, to_text))
print(hashlib.sha256(drawn.encode()).hexdigest())
"""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join([".", *sys.path])},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "42")
    }
    assert len(outputs) == 1


def test_drawing_grows_with_the_nodes() -> None:
    """Eight times the nodes make far fewer than 64 times the calls."""

    def work(size: int) -> Callable[[], object]:
        view = random_view(size)
        return lambda: to_svg(view)

    assert growth(work(50), work(400)) <= 24
    assert len(boxes(ET.fromstring(to_svg(random_view(1000))))) == 1000
