"""Writes a view in the DOT language of Graphviz."""

from __future__ import annotations

from worldtree.graph.render.palette import group_colours
from worldtree.graph.render.text_fitting import clean
from worldtree.graph.render.view import GraphView, Style

_STYLES: dict[Style, str] = {
    "normal": 'style="rounded,filled"',
    "muted": 'style="rounded,filled,dashed"',
    "warn": 'style="rounded,filled", penwidth=3',
    "danger": 'style="rounded,filled", penwidth=3',
}
_BORDERS: dict[Style, str] = {"warn": "#e0a100", "danger": "#e5484d"}


def to_dot(view: GraphView) -> str:
    """Return the digraph, ending in a newline; node names are ``n0``, ``n1`` … in node order."""
    number = {node.id: f"n{index}" for index, node in enumerate(view.nodes)}
    colours = group_colours(view)
    lines = [
        f"digraph {_quote(view.title)} {{",
        f'  graph [rankdir=LR, labelloc=t, label={_quote(view.title)}, fontname="sans-serif"];',
        '  node [shape=box, fontname="sans-serif", fontsize=11, fillcolor=white];',
        '  edge [color="#64748b", arrowsize=0.7];',
    ]
    for node in view.nodes:
        colour = colours[node.group]
        label = _text(node.name) + (r"\n" + _text(node.sublabel) if node.sublabel else "")
        tip = r"\n".join(_text(line) for line in (node.hover or node.id).splitlines())
        border = _BORDERS.get(node.style, colour)
        lines.append(
            f'  {number[node.id]} [label="{label}", tooltip="{tip}", {_STYLES[node.style]}, '
            f'color="{border}", fillcolor="{colour}22"];'
        )
    for layer in view.ranks:
        lines.append(f"  {{ rank=same; {' '.join(number[node] + ';' for node in layer)} }}")
    line_of = {kind.name: kind.line for kind in view.legend_kinds}
    for source, target, kind in view.dag.edges:
        tip = f", tooltip={_quote(kind)}" if kind else ""
        lines.append(f"  {number[source]} -> {number[target]} [style={line_of[kind]}{tip}];")
    return "\n".join([*lines, "}", ""])


def _quote(text: str) -> str:
    return f'"{_text(text)}"'


def _text(text: str) -> str:
    """Escape for a quoted DOT label, in which backslashes and HTML entities mean something."""
    return clean(text).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
