"""Draws graphs: a neutral view goes in, text comes out; equal views give equal bytes.

- ``GraphView`` of ``ViewNode``, ``ViewEdge`` and ``ViewKind``: what is drawn; ``view.reduced()``
  leaves out edges that longer paths show already, which people mostly want; ``overview(view)``
  shows each group as one node, for graphs too big to look at.
- ``to_text(view, width=100, ascii_only=False)``, ``to_mermaid(view)``, ``to_dot(view)``,
  ``to_svg(view, direction=None, id_prefix="graph")``: the drawings.
"""

from worldtree.graph.render.dot import to_dot
from worldtree.graph.render.mermaid import to_mermaid
from worldtree.graph.render.overview import overview
from worldtree.graph.render.svg import to_svg
from worldtree.graph.render.text import to_text
from worldtree.graph.render.view import GraphView, Line, Style, ViewEdge, ViewKind, ViewNode

__all__ = [
    "GraphView",
    "Line",
    "Style",
    "ViewEdge",
    "ViewKind",
    "ViewNode",
    "overview",
    "to_dot",
    "to_mermaid",
    "to_svg",
    "to_text",
]
