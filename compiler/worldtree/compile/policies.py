"""Pass ``policies``: says where a policy asks for more than a run does by itself."""

from __future__ import annotations

from worldtree.errors import DiagnosticBag
from worldtree.plan.execution_graph import ExecutionGraph


def check_policies(graph: ExecutionGraph, bag: DiagnosticBag) -> None:
    """Warn, once, when a failure is to be rolled back: the run stops there and leaves it to you."""
    asked = [n for n in graph.nodes.values() if n.policy.on_failure == "rollback"]
    if asked:
        more = f" and {len(asked) - 1} more nodes" if len(asked) > 1 else ""
        bag.warning(
            "rollback-by-hand",
            f"`onFailure: rollback` stops the run, but does not roll back by itself ({asked[0].id}"
            f"{more})",
            detail="A failure starts nothing new; what was done stays until it is undone.",
            hint="undo with `ansible-playbook rollback.yml` in the bundle",
            path=asked[0].source,
        )
