"""Says before a run why its nodes run although only what changed is to be done."""

from __future__ import annotations

from collections.abc import Iterator

from worldtree.app.tasks.run_reasons import Reasons, nodes_by_reason
from worldtree.cli.output import count
from worldtree.core.text import and_more
from worldtree.plan.ids import without_pipeline
from worldtree.plan.node import FACTS_KIND
from worldtree.plan.plan import Plan

#: Most reasons that have a line, and most nodes that a line names.
_MAX_REASONS, _MAX_NODES = 10, 3


def reason_lines(plan: Plan, reasons: Reasons) -> Iterator[str]:
    """Yield how many nodes run, then a line per reason with its nodes."""
    nodes = [node.id for node in plan.graph.nodes.values() if node.kind != FACTS_KIND]
    running = {node for node, _ in reasons}
    yield f"--changed: {len(running)} of {count(len(nodes), 'node')} to run"
    found = list(nodes_by_reason(reasons).items())
    for reason, names in found[:_MAX_REASONS]:
        named = and_more([without_pipeline(name) for name in names], _MAX_NODES)
        yield f"  {named}: {reason.text}"
    if len(found) > _MAX_REASONS:
        more = count(len(found) - _MAX_REASONS, "more reason")
        yield f"  {more}; `wt apply --dry-run --changed` shows all"
