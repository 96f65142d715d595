"""The drawing of a plan: labels of boxes, meaning of their colours and arrows."""

from __future__ import annotations

from worldtree.graph.render import overview
from worldtree.graph.render.view import GraphView, Style, ViewEdge, ViewKind, ViewNode
from worldtree.plan.abbreviations import abbreviated_hosts
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Node, Reversibility
from worldtree.plan.plan import Plan, TagCut

#: A drawing with more boxes is not readable.
_MAX_BOXES = 1500

_KINDS = (
    ViewKind("barrier", "waits for all hosts", "solid"),
    ViewKind("host", "each host waits only for itself", "dashed"),
    ViewKind("soft", "order only", "dotted"),
)
_STYLES: dict[Reversibility, Style] = {
    "irreversible": "warn",
    "read-only": "muted",
    "reversible": "normal",
    "compensable": "normal",
}
_MEANINGS: dict[Style, str] = {"warn": "cannot be undone", "muted": "changes nothing"}
_CUT_MEANINGS: dict[TagCut, str] = {
    "part": "tags select some of its tasks",
    "unknown": "whether tags select any of its tasks is known only when it runs",
}
#: An arrow is left out only when a longer path is at least as strict.
_STRENGTH = {"soft": 0, "host": 1, "barrier": 2}


def graph_view(plan: Plan) -> GraphView:
    """Return the drawing of ``plan``: one box a node, without arrows that longer paths imply."""
    nodes = tuple(plan.graph.nodes.values())
    used = {_STYLES[node.reversibility] for node in nodes}
    return GraphView(
        title=f"{plan.cluster}: {plan.pipeline}",
        nodes=tuple(_box(node, plan.cut.get(node.id)) for node in nodes),
        edges=_arrows(plan.graph),
        layers=plan.layers or None,
        kinds=_KINDS,
        styles={style: words for style, words in _MEANINGS.items() if style in used},
    )


def picture_view(plan: Plan) -> GraphView:
    """Return what a picture of ``plan`` shows: its nodes, or its modules when they are too many."""
    view = graph_view(plan)
    return view if len(view.nodes) <= _MAX_BOXES else overview(view)


def _box(node: Node, cut: TagCut | None) -> ViewNode:
    what = f"{node.role} : {node.entry}" if node.role else node.work_label
    return ViewNode(
        id=node.id,
        label=f"{node.task}/{node.step}" if node.task != node.step else node.task,
        sublabel=abbreviated_hosts(node.hosts)
        + (" (always)" if node.always else "")
        + (f" ({cut})" if cut else ""),
        group=node.module,
        style=_STYLES[node.reversibility],
        hover=f"{node.id}\n{what}\n{', '.join(node.hosts)}\n{node.reversibility}"
        + ("\nruns whatever became of the work before it" if node.always else "")
        + (f"\n{_CUT_MEANINGS[cut]}" if cut else ""),
    )


def _arrows(graph: ExecutionGraph) -> tuple[ViewEdge, ...]:
    reduced = graph.dag.transitive_reduction(_STRENGTH)
    return tuple(ViewEdge(a, b, kind) for a, b, kind in reduced.edges)
