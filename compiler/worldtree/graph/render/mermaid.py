"""Writes a view as a Mermaid flowchart, which code hosts draw in Markdown."""

from __future__ import annotations

import json
import re

from worldtree.graph.render.palette import group_colours
from worldtree.graph.render.text_fitting import clean
from worldtree.graph.render.view import GraphView, Line, Style

_ARROWS: dict[Line, str] = {"solid": "-->", "dashed": "-.->", "dotted": "-.->"}
_STYLES: dict[Style, str] = {
    "normal": "",
    "muted": "stroke-dasharray:4 3,opacity:0.75",
    "warn": "stroke:#e0a100,stroke-width:3px",
    "danger": "stroke:#e5484d,stroke-width:3px",
}
#: All but letters of any script and a few safe characters is written as a character code.
_UNSAFE = re.compile(r"[^\w .,/:=+()\[\]?-]")


def to_mermaid(view: GraphView) -> str:
    """Return the flowchart, ending in a newline; node ids are ``n0``, ``n1`` … in node order.

    Mermaid itself draws at most 500 edges unless it is configured otherwise.
    """
    number = {node.id: f"n{index}" for index, node in enumerate(view.nodes)}
    lines = ["---", f"title: {json.dumps(clean(view.title), ensure_ascii=False)}", "---"]
    lines.append("flowchart LR")
    for node in view.nodes:
        text = _escape(clean(node.name))
        if node.sublabel:
            text += "<br/>" + _escape(clean(node.sublabel))
        lines.append(f'  {number[node.id]}["{text}"]')
    line_of = {kind.name: kind.line for kind in view.legend_kinds}
    dotted = []
    for index, (source, target, kind) in enumerate(view.dag.edges):
        lines.append(f"  {number[source]} {_ARROWS[line_of[kind]]} {number[target]}")
        if line_of[kind] == "dotted":
            dotted.append(str(index))
    if dotted:
        lines.append(f"  linkStyle {','.join(dotted)} stroke-dasharray:1 4")
    colours = group_colours(view)
    for index, group in enumerate(view.groups):
        lines.append(f"  classDef g{index} fill:{colours[group]}22,stroke:{colours[group]}")
        members = [number[node.id] for node in view.nodes if node.group == group]
        lines.append(f"  class {','.join(members)} g{index}")
    for style, css in _STYLES.items():
        members = [number[node.id] for node in view.nodes if node.style == style]
        if css and members:
            lines.append(f"  classDef {style} {css}")
            lines.append(f"  class {','.join(members)} {style}")
    return "\n".join(lines) + "\n"


def _escape(text: str) -> str:
    return _UNSAFE.sub(lambda match: f"#{ord(match[0])};", text) or " "
