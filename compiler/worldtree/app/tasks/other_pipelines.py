"""What other pipelines did on a plan's cluster, as the database has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worldtree.engine.shared_work import NodeWork, OtherSuccesses
from worldtree.plan.ids import pipeline_of
from worldtree.plan.plan import Plan

if TYPE_CHECKING:
    from worldtree.store.store import Store


def other_successes(store: Store, plan: Plan) -> OtherSuccesses:
    """Return the successes of other pipelines, which end where ``plan`` works on the same thing."""
    own = {pipeline_of(name) for name in plan.graph.nodes}
    plans: dict[str, Plan] = {}
    found = []
    for (node, host), success in store.successes(plan.cluster, leaving_out=own).items():
        if success.task not in plans:
            plans[success.task] = store.plan(store.task(success.task).plan)
        done = plans[success.task].graph.nodes.get(node)
        found.append(NodeWork(node, host, None if done is None else done.role))
    return OtherSuccesses(plan, found)
