"""From a view to places on paper: boxes, and curves between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

from worldtree.graph.render.layout.bundles import gather
from worldtree.graph.render.layout.crossings import untangle
from worldtree.graph.render.layout.lanes import Lanes, Strand, cut
from worldtree.graph.render.layout.placement import place
from worldtree.graph.render.text_fitting import clean, width
from worldtree.graph.render.view import GraphView, ViewNode

#: Where later layers are.
Direction = Literal["right", "down"]

Point = tuple[float, float]

LABEL_SIZE = 13.0
SUBLABEL_SIZE = 11.0
#: Room between a box' edge and its text.
PADDING = 14.0
#: Length of an arrowhead.
ARROW = 7.0
#: Room between two lines that leave a box, where it has as much, and beside them to its corners.
_APART, _CORNER = 14.0, 10.0
#: In place of a vertex: a line leads to the strand's hub.
_HUB = -1
_NARROWEST, _WIDEST = 96.0, 250.0
_LOW, _HIGH = 34.0, 48.0
#: Width over height that suits a page or a screen.
_PLEASANT = 1.6
#: Room that the drawing needs around itself, for its title and margins.
_AROUND = 150.0


@dataclass(frozen=True, slots=True)
class Box:
    """A node's place: left, top, width and height."""

    node: ViewNode
    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class Stroke:
    """All edges from each source to each target, drawn as one; ``steps`` are to be curved."""

    kind: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    steps: tuple[tuple[Point, Point], ...]
    #: Straight pieces through lanes.
    rails: tuple[tuple[Point, Point], ...]
    #: Points at which arrows arrive.
    tips: tuple[Point, ...]
    #: Where many sources meet many targets, and where a line through lanes parts: drawn as dots.
    hubs: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything with its place, from (0, 0) to (w, h)."""

    direction: Direction
    boxes: tuple[Box, ...]
    strokes: tuple[Stroke, ...]
    #: Start and end of every layer along the direction.
    bands: tuple[tuple[float, float], ...]
    w: float
    h: float


def draw(view: GraphView, direction: Direction | None = None) -> Drawing:
    """Return the drawing; without a direction the one that suits a page better."""
    number = {node.id: index for index, node in enumerate(view.nodes)}
    layers = [[number[name] for name in layer] for layer in view.ranks]
    edges = [(number[a], number[b], kind) for a, b, kind in view.dag.edges]
    lanes = cut(layers, gather(edges))
    order = untangle(lanes.layers, lanes.above, lanes.below)
    if direction is not None:
        return _arrange(view, lanes, order, direction)
    both = [_arrange(view, lanes, order, choice) for choice in ("right", "down")]
    return min(both, key=_unpleasantness)


def _unpleasantness(drawing: Drawing) -> float:
    """Weigh size and shape: a person has to look over all of it."""
    w, h = drawing.w + _AROUND, drawing.h + _AROUND
    ratio = w / h
    return w * h * sqrt(max(ratio / _PLEASANT, _PLEASANT / ratio))


def _arrange(
    view: GraphView, lanes: Lanes, order: Sequence[Sequence[int]], direction: Direction
) -> Drawing:
    right = direction == "right"
    high = _HIGH if any(node.sublabel for node in view.nodes) else _LOW
    wide = [_box_width(node) for node in view.nodes]
    if right:
        for layer in lanes.layers:
            boxed = [vertex for vertex in layer if vertex < lanes.nodes]
            widest = max((wide[vertex] for vertex in boxed), default=0.0)
            for vertex in boxed:
                wide[vertex] = widest
    none = [0.0] * (len(lanes.above) - lanes.nodes)
    across = ([high] * lanes.nodes if right else wide) + none
    along = (wide if right else [high] * lanes.nodes) + none
    centre = place(order, lanes.above, lanes.below, across, lanes.nodes, 20.0 if right else 28.0)
    bands = _bands(order, along, lanes, centre)
    boxes, start, end = [], [0.0] * len(centre), [0.0] * len(centre)
    for (first, last), row in zip(bands, order, strict=True):
        for vertex in row:
            start[vertex], end[vertex] = first, last
            if vertex < lanes.nodes:
                spare = (last - first - along[vertex]) / 2
                start[vertex], end[vertex] = first + spare, last - spare
    for vertex, node in enumerate(view.nodes):
        low = centre[vertex] - across[vertex] / 2
        spot = (start[vertex], low) if right else (low, start[vertex])
        boxes.append(Box(node, *spot, wide[vertex], high))
    extent = max((c + a / 2 for c, a in zip(centre, across, strict=True)), default=0.0)
    length = bands[-1][1] if bands else 0.0
    return Drawing(
        direction,
        tuple(boxes),
        _strokes(view, lanes, centre, across, start, end, right=right),
        bands,
        *((length, extent) if right else (extent, length)),
    )


def _box_width(node: ViewNode) -> float:
    text = max(
        width(clean(node.name), LABEL_SIZE, bold=True), width(clean(node.sublabel), SUBLABEL_SIZE)
    )
    return min(max(_NARROWEST, float(round(text + 2 * PADDING + 4))), _WIDEST)


def _bands(
    order: Sequence[Sequence[int]],
    along: Sequence[float],
    lanes: Lanes,
    centre: Sequence[float],
) -> tuple[tuple[float, float], ...]:
    """Return start and end of the layers; steep and many curves get more room between two."""
    bands: list[tuple[float, float]] = []
    at = 0.0
    for layer in order:
        thick = max((along[vertex] for vertex in layer), default=0.0)
        bands.append((at, at + thick))
        steps = [abs(centre[a] - centre[b]) for a in layer for b in lanes.below[a]]
        at += thick + 46.0 + min(60.0, max(steps, default=0.0) / 12 + len(steps))
    return tuple(bands)


def _strokes(
    view: GraphView,
    lanes: Lanes,
    centre: Sequence[float],
    across: Sequence[float],
    start: Sequence[float],
    end: Sequence[float],
    *,
    right: bool,
) -> tuple[Stroke, ...]:
    def spot(along: float, across: float) -> tuple[float, float]:
        return (along, across) if right else (across, along)

    hubs = [_hub(strand, centre, start, end) for strand in lanes.strands]
    exits = _exits(lanes, hubs, centre, across)
    strokes = []
    for number, (strand, meet) in enumerate(zip(lanes.strands, hubs, strict=True)):
        rails: dict[tuple[Point, Point], None] = {}
        tips: dict[Point, None] = {}
        # More than one line may lead to the hub from a place, all in one.
        lines: dict[tuple[Point, Point], None] = {}
        leaving: dict[int, int] = {}
        hub = spot(*meet) if meet else None
        through = set(strand.through_hub)
        for a, b in strand.steps:
            at_hub = (a, b) in through
            leave = spot(end[a], exits.get((number, a, _HUB if at_hub else b), centre[a]))
            if b < lanes.nodes:
                tips[spot(start[b], centre[b])] = None
                arrive = spot(start[b] - ARROW, centre[b])
            else:
                arrive = spot(start[b], centre[b])
                rails[arrive, spot(end[b], centre[b])] = None
            if at_hub and hub is not None:
                lines[leave, hub] = lines[hub, arrive] = None
            else:
                lines[leave, arrive] = None
                leaving[a] = leaving.get(a, 0) + 1
        forks = [spot(end[a], centre[a]) for a, n in leaving.items() if n > 1 and a >= lanes.nodes]
        kind, sources, targets = strand.bundle
        strokes.append(
            Stroke(
                kind,
                tuple(view.nodes[n].id for n in sources),
                tuple(view.nodes[n].id for n in targets),
                tuple(lines),
                tuple(rails),
                tuple(tips),
                (hub, *forks) if hub is not None else tuple(forks),
            )
        )
    return tuple(strokes)


def _hub(
    strand: Strand, centre: Sequence[float], start: Sequence[float], end: Sequence[float]
) -> Point | None:
    """Return where many sources meet many targets, along and across; None without a hub."""
    if not strand.through_hub:
        return None
    before, after = dict(strand.through_hub), {b: None for _, b in strand.through_hub}
    meeting = [*(centre[a] for a in before), *(centre[b] for b in after)]
    last = max(end[a] for a in before)
    first = min(start[b] for b in after)
    return (last + first) / 2, sum(meeting) / len(meeting)


def _exits(
    lanes: Lanes,
    hubs: Sequence[Point | None],
    centre: Sequence[float],
    across: Sequence[float],
) -> dict[tuple[int, int, int], float]:
    """Return where along its box's border each line begins: by strand, node and what it leads to.

    Apart from each other, in the order of where they go: dashed lines that begin in one point look
    like an arrowhead there.
    """
    leading: dict[int, dict[tuple[int, int], float]] = {}
    for number, (strand, hub) in enumerate(zip(lanes.strands, hubs, strict=True)):
        through = set(strand.through_hub)
        for a, b in strand.steps:
            if a < lanes.nodes:
                to_hub = hub is not None and (a, b) in through
                key = (number, _HUB if to_hub else b)
                leading.setdefault(a, {})[key] = hub[1] if hub and to_hub else centre[b]
    exits = {}
    for a, ends in leading.items():
        keys = sorted(ends, key=lambda key: (ends[key], key))
        room = across[a] - 2 * _CORNER
        apart = min(_APART, room / max(1, len(keys) - 1))
        for index, (number, b) in enumerate(keys):
            exits[number, a, b] = centre[a] + (index - (len(keys) - 1) / 2) * apart
    return exits
