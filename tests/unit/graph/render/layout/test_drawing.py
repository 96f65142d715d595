"""Where lines begin and end: arrowheads at the border of what they lead to, and nowhere else."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.graph.strategies import acyclic

from worldtree.graph.render import GraphView, ViewEdge, ViewNode, to_svg
from worldtree.graph.render.layout.drawing import Box, Direction, Stroke, draw

Point = tuple[float, float]
_TIP = re.compile(r"M(\S+) (\S+)l(\S+) (\S+)([hv])7\.2z")
#: Corners are round; a line that began there would begin beside the box.
_CORNER = 6.0
#: An arrowhead's width: two lines that begin closer can look like one.
_HEAD = 7.2


@st.composite
def drawings(draw_from: st.DrawFn) -> tuple[GraphView, Direction]:
    """Any small graph with lines of two kinds, in either direction."""
    names, edges = draw_from(acyclic(most=12))
    nodes = tuple(ViewNode(name, name, draw_from(st.sampled_from(["", "hosts"]))) for name in names)
    view = GraphView("t", nodes, tuple(ViewEdge(*edge) for edge in edges))
    direction: Direction = draw_from(st.sampled_from(["right", "down"]))
    return view, direction


def entry(box: Box, direction: Direction) -> Point:
    """The middle of the border at which arrows arrive."""
    if direction == "right":
        return box.x, box.y + box.h / 2
    return box.x + box.w / 2, box.y


def on_exit(point: Point, box: Box, direction: Direction) -> bool:
    """Whether a point is on the straight part of the border at which lines leave."""
    x, y = point
    if direction == "right":
        return x == pytest.approx(box.x + box.w) and (box.y + _CORNER < y < box.y + box.h - _CORNER)
    return y == pytest.approx(box.y + box.h) and box.x + _CORNER < x < box.x + box.w - _CORNER


def begins(stroke: Stroke) -> list[Point]:
    """Where the stroke's curves begin that continue no other piece of it."""
    inner = {*stroke.hubs, *(end for _, end in stroke.rails), *(end for _, end in stroke.steps)}
    return [begin for begin, _ in stroke.steps if begin not in inner]


@given(drawings())
def test_arrowheads_stand_at_the_border_of_each_target_and_nowhere_else(
    drawn: tuple[GraphView, Direction],
) -> None:
    view, direction = drawn
    drawing = draw(view, direction)
    boxes = {box.node.id: box for box in drawing.boxes}
    heads = []
    for stroke in drawing.strokes:
        wanted = [entry(boxes[name], direction) for name in stroke.targets]
        assert sorted(stroke.tips) == sorted(wanted)
        ends = {end for _, end in stroke.steps}
        for x, y in stroke.tips:
            neck = (x - 7, y) if direction == "right" else (x, y - 7)
            assert any(end == pytest.approx(neck) for end in ends)
            assert not any(begin == pytest.approx(neck) for begin, _ in stroke.steps)
        heads += stroke.tips
    # What is written points along the direction, and is all that is filled but for dots.
    written = [
        line.rpartition('<path class="g-tip" ')[2]
        for line in to_svg(view, direction=direction).splitlines()
        if line.startswith('<g class="g-edge ')
    ]
    found = _TIP.findall("".join(written))
    assert len(found) == len(heads)
    along = ("-8", "-3.6", "v") if direction == "right" else ("-3.6", "-8", "h")
    for (x, y), (shown_x, shown_y, *shape) in zip(heads, found, strict=True):
        assert (float(shown_x), float(shown_y)) == pytest.approx((x, y), abs=0.06)
        assert tuple(shape) == along


@given(drawings())
def test_lines_leave_a_box_apart_from_each_other(drawn: tuple[GraphView, Direction]) -> None:
    """Dashed ones that began in one point would look like an arrowhead there."""
    view, direction = drawn
    drawing = draw(view, direction)
    boxes = {box.node.id: box for box in drawing.boxes}
    leaving: dict[str, list[float]] = defaultdict(list)
    for stroke in drawing.strokes:
        for begin in begins(stroke):
            sources = [n for n in stroke.sources if on_exit(begin, boxes[n], direction)]
            assert len(sources) == 1, begin
            leaving[sources[0]].append(begin[1 if direction == "right" else 0])
    assert {edge.source for edge in view.edges} == set(leaving)
    for name, places in leaving.items():
        box = boxes[name]
        room = (box.h if direction == "right" else box.w) - 20
        apart = min(_HEAD, room / max(1, len(places) - 1)) - 1e-6
        assert all(b - a >= apart for a, b in itertools.pairwise(sorted(places)))


def test_where_a_line_through_lanes_parts_a_dot_says_so() -> None:
    nodes = tuple(ViewNode(name) for name in "abcxyz")
    chain = [("a", "b"), ("b", "c"), ("c", "x")]
    edges = tuple(ViewEdge(*pair) for pair in [*chain, ("a", "y"), ("a", "z"), ("c", "y")])
    view = GraphView("t", nodes, (*edges, ViewEdge("c", "z")))
    drawing = draw(view, "down")
    (stroke,) = [s for s in drawing.strokes if s.sources == ("a",) and "y" in s.targets]
    forks = [begin for begin, _ in stroke.steps]
    assert stroke.hubs == tuple({begin for begin in forks if forks.count(begin) > 1})
    assert len(stroke.hubs) == 1
