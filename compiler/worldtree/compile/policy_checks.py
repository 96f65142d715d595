"""Checks of a plan's policies before anything runs: can failures be rolled back?"""

from __future__ import annotations

from worldtree.core.errors import RefusedError
from worldtree.core.text import and_more
from worldtree.plan.plan import Plan

#: Nodes that are named; further ones are counted.
_MAX_LISTED = 10


def irreversible(plan: Plan) -> tuple[str, ...]:
    """Return the nodes that cannot be undone, where failures are to be rolled back.

    Empty where no policy says ``rollback``, and where ``onIrreversible`` is ``allow``.
    """
    nodes = plan.graph.nodes.values()
    if plan.policy.on_irreversible in (None, "allow"):
        return ()
    if not any(node.policy.on_failure == "rollback" for node in nodes):
        return ()
    return tuple(node.id for node in nodes if node.reversibility == "irreversible")


def refuse_irreversible(plan: Plan) -> None:
    """Raise ``RefusedError`` where the policy refuses nodes that cannot be undone."""
    found = irreversible(plan)
    if found and plan.policy.on_irreversible == "refuse":
        raise RefusedError(
            "failures are to be rolled back, but these nodes cannot be undone: "
            + and_more(found, _MAX_LISTED),
            code="irreversible-work",
            hint="give the steps an `undo`, or the roles an entry `rollback`; or accept them with "
            "`policy.onIrreversible: confirm` or `allow`",
        )
