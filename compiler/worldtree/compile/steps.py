"""Pass ``steps``: the parameters of built-in steps are checked and spelled out."""

from __future__ import annotations

from collections.abc import Iterable

from worldtree.ansible import steps as step_kinds
from worldtree.core.errors import DiagnosticBag
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Node
from worldtree.plan.specs import HookSpec, ModuleSpec, StepSpec


def check_steps(
    modules: Iterable[ModuleSpec], hooks: Iterable[HookSpec], bag: DiagnosticBag
) -> None:
    """Report every unknown kind and every wrong parameter."""
    for module in modules:
        for task in module.tasks:
            for step in task.steps:
                _check(step, bag)
    for hook in hooks:
        _check(hook.step, bag)


def _check(step: StepSpec, bag: DiagnosticBag) -> None:
    if step.kind != "role":
        path = None if step.source is None else (*step.source, step.kind)
        bag.extend(step_kinds.check(step.kind, step.params, path))


def with_step_reversibility(graph: ExecutionGraph) -> ExecutionGraph:
    """Return the graph with what built-in steps say of themselves; roles stay as they are.

    Only for graphs whose steps passed ``check_steps``.
    """
    return graph.model_copy(
        update={
            "nodes": {name: _with_kind_reversibility(node) for name, node in graph.nodes.items()}
        }
    )


def _with_kind_reversibility(node: Node) -> Node:
    if node.kind == "role":
        return node
    wanted = step_kinds.reversibility(node.kind, node.params)
    again = step_kinds.repeatable(node.kind, node.params)
    return node.model_copy(update={"reversibility": wanted, "repeatable": again})
