"""The graph of a plan or a task: nodes with layer and status, and typed edges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from worldtree.plan.plan import Plan


def graph_view(plan: Plan, statuses: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the graph of ``plan``; ``statuses`` by node, of a plan that does not run none."""
    layers = {name: number for number, layer in enumerate(plan.layers) for name in layer}
    return {
        "cluster": plan.cluster,
        "pipeline": plan.pipeline,
        "nodes": [
            {
                "id": node.id,
                "kind": node.kind,
                "layer": layers.get(node.id),
                "hosts": list(node.hosts),
                "component": node.component,
                "reversibility": node.reversibility,
                "status": None if statuses is None else statuses.get(node.id, "pending"),
            }
            for node in plan.graph.nodes.values()
        ],
        "edges": [
            {"before": edge.before, "after": edge.after, "kind": edge.kind}
            for edge in plan.graph.edges
        ],
        "layers": [list(layer) for layer in plan.layers],
    }
