"""The legend of the SVG drawing: colours of groups, lines of edge kinds, meaning of styles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from xml.sax.saxutils import escape

from worldtree.graph.render.palette import group_colours
from worldtree.graph.render.text_fitting import clean, fit, width
from worldtree.graph.render.view import GraphView

_ROW = 22.0
_SIZE = 12.0
#: Longest words of an entry.
_MAX_ENTRY_WIDTH = 220.0
_ENTRY_GAP = 20.0


class Legend(NamedTuple):
    """SVG elements, drawn from (0, 0) on, and the height they take."""

    parts: tuple[str, ...]
    height: float


class _Entry(NamedTuple):
    sample: str
    #: Room that the sample takes.
    indent: float
    words: str


def legend(view: GraphView, room: float) -> Legend:
    """Return the legend, wrapped to the width ``room``; empty without groups, kinds and styles."""
    parts = []
    y = 0.0
    for block in (_groups(view), _kinds(view), _styles(view)):
        x = 0.0
        for sample, indent, words in block:
            text = fit(clean(words), _MAX_ENTRY_WIDTH, _SIZE)
            wide = indent + width(text, _SIZE) + _ENTRY_GAP
            if x and x + wide > room:
                x, y = 0.0, y + _ROW
            parts.append(
                f'<g transform="translate({x:.1f} {y:.1f})">{sample}'
                f'<text class="g-note" x="{indent:.0f}" y="12">{escape(text)}</text></g>'
            )
            x += wide
        y += _ROW if x else 0.0
    return Legend(tuple(parts), y)


def _groups(view: GraphView) -> Iterator[_Entry]:
    colours = group_colours(view)
    for group in view.groups:
        swatch = f'<rect y="2" width="12" height="12" rx="3" fill="{colours[group]}"/>'
        yield _Entry(swatch, 18, group)


def _kinds(view: GraphView) -> Iterator[_Entry]:
    for index, kind in enumerate(view.legend_kinds):
        if kind.label or kind.name:
            line = '<path class="g-line" d="M0 8H20"/><path class="g-tip" d="M28 8l-8 -3.6v7.2z"/>'
            yield _Entry(f'<g class="g-k{index}">{line}</g>', 34, kind.label or kind.name)


def _styles(view: GraphView) -> Iterator[_Entry]:
    used = {node.style for node in view.nodes}
    for style, meaning in view.styles.items():
        if style in used:
            box = '<rect class="g-box" x="0.5" y="1.5" width="20" height="13" rx="3"/>'
            yield _Entry(f'<g class="g-{style}">{box}</g>', 28, meaning)
