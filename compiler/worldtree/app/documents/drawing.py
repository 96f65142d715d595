"""Draws the graph of a plan in each output format."""

from __future__ import annotations

import json

from worldtree.graph.render import to_dot, to_mermaid, to_svg, to_text
from worldtree.plan.graph_labels import graph_view
from worldtree.plan.plan import Plan


def draw(plan: Plan, form: str) -> str:
    """Return ``plan`` as ``text``, ``mermaid``, ``dot``, ``svg`` or ``json``."""
    if form == "json":
        return json.dumps(plan.graph.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"
    render = {
        "text": to_text,
        "mermaid": to_mermaid,
        "dot": to_dot,
        "svg": to_svg,
    }[form]
    return render(graph_view(plan)).rstrip("\n") + "\n"
