"""Draws a view as SVG in pure Python: byte-stable, self-contained, light and dark."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from worldtree.graph.render.layout.drawing import (
    ARROW,
    LABEL_SIZE,
    PADDING,
    SUBLABEL_SIZE,
    Box,
    Direction,
    Drawing,
    Stroke,
    draw,
)
from worldtree.graph.render.palette import group_colours
from worldtree.graph.render.svg_legend import Legend, legend
from worldtree.graph.render.svg_style import style_sheet
from worldtree.graph.render.text_fitting import clean, fit, is_measured, width
from worldtree.graph.render.view import GraphView

_MARGIN = 28.0
#: Room around the boxes of a layer within its band.
_BAND = 14.0
#: Names of edges listed in a line's hover text.
_LISTED = 12


def to_svg(view: GraphView, *, direction: Direction | None = None, id_prefix: str = "graph") -> str:
    """Return the drawing as a complete SVG document, ending in a newline.

    ``direction`` says where later layers are; without it the shape decides. ``id_prefix`` keeps
    element ids apart when several drawings are put into one page.
    """
    drawing = draw(view, direction)
    title, summary = clean(view.title), clean(view.summary)
    kinds = view.legend_kinds
    wanted = max(drawing.w, 420.0, min(width(title, 18, bold=True), 900.0))
    key = legend(view, wanted)
    caption = 24.0 if drawing.direction == "right" else 0.0
    aside = 0.0 if drawing.direction == "right" else 64.0
    total_w = wanted + 2 * _MARGIN + aside
    top = _MARGIN + 44 + key.height + 22 + caption
    left = _MARGIN + aside + (wanted - drawing.w) / 2
    total_h = top + drawing.h + _MARGIN + _BAND
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="g-svg" role="img"'
        f' viewBox="0 0 {_n(total_w)} {_n(total_h)}" width="{_n(total_w)}" height="{_n(total_h)}"'
        f" aria-labelledby={quoteattr(f'{id_prefix}-title {id_prefix}-desc')}>",
        f"<title id={quoteattr(id_prefix + '-title')}>{escape(title)}</title>",
        f"<desc id={quoteattr(id_prefix + '-desc')}>{escape(summary)}</desc>",
        f"<style>{style_sheet([kind.line for kind in kinds])}</style>",
        f'<rect class="g-bg" width="{_n(total_w)}" height="{_n(total_h)}"/>',
        _text("g-title", _MARGIN, _MARGIN + 14, fit(title, wanted, 18, bold=True), 18, bold=True),
        _text("g-note", _MARGIN, _MARGIN + 34, fit(summary, wanted, 12), 12),
        _placed(key, _MARGIN, _MARGIN + 50),
        f'<g transform="translate({_n(left)} {_n(top)})">',
        *_bands(drawing, wanted, left - _MARGIN - aside),
    ]
    place = {kind.name: index for index, kind in enumerate(kinds)}
    parts.extend(_stroke(view, drawing, stroke, place[stroke.kind]) for stroke in drawing.strokes)
    colours = group_colours(view)
    parts.extend(_box(box, colours[box.node.group]) for box in drawing.boxes)
    return "\n".join([*(part for part in parts if part), "</g>", "</svg>", ""])


def _placed(key: Legend, x: float, y: float) -> str:
    body = "".join(key.parts)
    return f'<g transform="translate({_n(x)} {_n(y)})">{body}</g>' if body else ""


def _bands(drawing: Drawing, wanted: float, left: float) -> Iterable[str]:
    """Yield a tinted band behind every other layer, and each layer's number."""
    for index, (start, end) in enumerate(drawing.bands):
        first, size = start - _BAND, end - start + 2 * _BAND
        if drawing.direction == "right":
            spot, x, y = (first, -30.0, size, drawing.h + 30 + _BAND), start, -14.0
        else:
            spot = (-left - 64, first, wanted + 64, size)
            x, y = -left - 52, (start + end) / 2 + 4
        if index % 2 == 0:
            values = dict(zip(("x", "y", "width", "height"), map(_n, spot), strict=True))
            yield _tag("rect", {"class": "g-band", "rx": "8", **values})
        yield _text("g-note", x, y, f"Layer {index}", 12)


def _box(box: Box, colour: str) -> str:
    node = box.node
    label, sub = clean(node.name), clean(node.sublabel)
    hover = [clean(line) for line in node.hover.splitlines()] if node.hover else [label, sub]
    lines = "\n".join(filter(None, hover))
    x, room = box.x + PADDING + 2, box.w - 2 * PADDING - 2
    middle = box.y + box.h / 2
    # The bar in the group's colour follows the round corners on the left.
    bar = (
        f"M{_n(box.x + 6)} {_n(box.y)}h-0.5a6 6 0 0 0 -5.5 6v{_n(box.h - 12)}a6 6 0 0 0 5.5 6h0.5z"
    )
    size = {"x": box.x, "y": box.y, "width": box.w, "height": box.h}
    return "".join(
        (
            f'<g class="g-node g-{node.style}"><title>{escape(lines)}</title>',
            _tag("rect", {"class": "g-box", "rx": "6", **{k: _n(v) for k, v in size.items()}}),
            f'<path class="g-bar" fill="{colour}" d="{bar}"/>',
            _text(
                "g-label",
                x,
                middle - 3 if sub else middle + 4.5,
                fit(label, room, LABEL_SIZE, bold=True),
                LABEL_SIZE,
                bold=True,
            ),
            _text("g-sub", x, middle + 14, fit(sub, room, SUBLABEL_SIZE), SUBLABEL_SIZE)
            if sub
            else "",
            "</g>",
        )
    )


def _stroke(view: GraphView, drawing: Drawing, stroke: Stroke, kind: int) -> str:
    right = drawing.direction == "right"
    path = []
    for (x0, y0), (x1, y1) in stroke.steps:
        if right:
            middle = (x0 + x1) / 2
            bend = f"{_n(middle)} {_n(y0)} {_n(middle)} {_n(y1)}"
        else:
            middle = (y0 + y1) / 2
            bend = f"{_n(x0)} {_n(middle)} {_n(x1)} {_n(middle)}"
        path.append(f"M{_n(x0)} {_n(y0)}C{bend} {_n(x1)} {_n(y1)}")
    path.extend(f"M{_n(x0)} {_n(y0)}L{_n(x1)} {_n(y1)}" for (x0, y0), (x1, y1) in stroke.rails)
    tips = "".join(
        f"M{_n(x)} {_n(y)}l{_n(-ARROW - 1)} -3.6v7.2z"
        if right
        else f"M{_n(x)} {_n(y)}l-3.6 {_n(-ARROW - 1)}h7.2z"
        for x, y in stroke.tips
    )
    hub = "".join(
        f'<circle class="g-tip" cx="{_n(x)}" cy="{_n(y)}" r="3"/>' for x, y in stroke.hubs
    )
    return (
        f'<g class="g-edge g-k{kind}"><title>{escape(_edge_hover(view, stroke))}</title>'
        f'<path class="g-line" d="{"".join(path)}"/>{hub}<path class="g-tip" d="{tips}"/></g>'
    )


def _edge_hover(view: GraphView, stroke: Stroke) -> str:
    ends = []
    for ids in (stroke.sources, stroke.targets):
        names = [clean(view.by_id[name].name) for name in ids[:_LISTED]]
        more = [f"and {len(ids) - _LISTED} more"] if len(ids) > _LISTED else []
        ends.append(", ".join(names + more))
    return " → ".join(ends) + (f" ({clean(stroke.kind)})" if stroke.kind else "")


def _text(name: str, x: float, y: float, text: str, size: float, *, bold: bool = False) -> str:
    attributes = {"class": name, "x": _n(x), "y": _n(y)}
    if not is_measured(text):
        # Fonts differ in letters outside the table: make the viewer keep to the space that is left.
        attributes["textLength"] = _n(width(text, size, bold=bold))
        attributes["lengthAdjust"] = "spacingAndGlyphs"
    return _tag("text", attributes, escape(text))


def _tag(name: str, attributes: dict[str, str], body: str = "") -> str:
    inner = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{inner}>{body}</{name}>" if body else f"<{name}{inner}/>"


def _n(value: float) -> str:
    """Write a number with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0").replace("-0.0", "0")
