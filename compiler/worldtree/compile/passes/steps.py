"""Pass ``steps``: checks the parameters of built-in steps."""

from __future__ import annotations

from worldtree.ansible import steps as step_kinds
from worldtree.compile.state import CompileState
from worldtree.core.errors import DiagnosticBag
from worldtree.plan.specs import StepSpec


def steps(state: CompileState, bag: DiagnosticBag) -> CompileState:
    """Report every unknown kind and every wrong parameter of the team's steps."""
    for module in state.modules:
        for task in module.tasks:
            for step in task.steps:
                _check(step, bag)
    for hook in state.hooks:
        _check(hook.step, bag)
    return state


def _check(step: StepSpec, bag: DiagnosticBag) -> None:
    if step.kind not in ("role", "play"):
        path = None if step.source is None else (*step.source, step.kind)
        bag.extend(step_kinds.check(step.kind, step.params, path))
