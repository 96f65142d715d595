"""Step kind ``local``: runs a program once, on the control node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from worldtree.ansible.model.plays import PlayTask
from worldtree.ansible.steps import command
from worldtree.ansible.steps.command import CommandParams
from worldtree.ansible.steps.kind import StepContext, TaskBuilder


def _on_control_node(build: TaskBuilder[CommandParams] | None) -> TaskBuilder[CommandParams]:
    """Return a builder of the same tasks, run once on the control node as the calling user."""
    assert build is not None

    def built(params: CommandParams, context: StepContext) -> Sequence[PlayTask]:
        return [
            task.with_keywords(delegate_to="localhost", run_once=True, become=False)
            for task in build(params, context)
        ]

    return built


KIND = replace(
    command.KIND,
    name="local",
    summary="Run a program once on the control node, without a shell.",
    run=_on_control_node(command.KIND.run),
    precheck=_on_control_node(command.KIND.precheck),
    rollback=_on_control_node(command.KIND.rollback),
)
