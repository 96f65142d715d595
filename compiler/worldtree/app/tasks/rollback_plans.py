"""Plans of rollbacks, made of what tasks did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worldtree.app.tasks.frozen_bundle import restore_task_files
from worldtree.engine.prior_results import NodeHost
from worldtree.engine.rollback_plan import RollbackPlan, find_effects, plan_rollback
from worldtree.plan.ids import file_stem
from worldtree.plan.plan import Plan
from worldtree.results.status import NodeStatus
from worldtree.results.tree import TaskResult

if TYPE_CHECKING:
    from worldtree.store.store import Store, TaskRecord


def make_rollback_plan(store: Store, record: TaskRecord) -> RollbackPlan:
    """Return the plan that undoes what a task did, by its events and its bundle."""
    plan = store.plan(record.plan)
    restore_task_files(store, record)
    rollbacks = record.directory / "bundle" / "rollback"
    can_undo = {
        name for name in plan.graph.nodes if (rollbacks / f"{file_stem(name)}.yml").is_file()
    }
    return plan_rollback(plan, find_effects(store.events(record.id)), can_undo, task=record.id)


def pairs(plan: Plan) -> set[NodeHost]:
    """Return all nodes on their hosts."""
    return {(node.id, host) for node in plan.graph.nodes.values() for host in node.hosts}


def policy_is_rollback(plan: Plan, result: TaskResult) -> bool:
    """Whether the policy of a failed node is ``rollback``."""
    return any(
        node.status is NodeStatus.FAILED
        and plan.graph.nodes[node.id].policy.on_failure == "rollback"
        for node in result.nodes
        if node.id in plan.graph.nodes
    )


def left_text(compensation: RollbackPlan) -> str:
    """Return what cannot be undone, for people."""
    return ", ".join(f"{name} on {', '.join(hosts)}" for name, hosts in compensation.left.items())
