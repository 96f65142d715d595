"""Plays of nodes of a built-in step kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from worldtree.ansible.bundle.lower.host_patterns import HostPatterns
from worldtree.ansible.bundle.lower.outputs import with_publish_tasks
from worldtree.ansible.bundle.lower.play_frame import hides_output, node_play
from worldtree.ansible.bundle.lower.role_play import end_host_task, reset_done_task
from worldtree.ansible.model.plays import Block, Play, PlayTask
from worldtree.ansible.steps.kind import StepContext, StepKind
from worldtree.core.journal_events import PRECHECK_DONE_FACT
from worldtree.plan.node import Node


def step_play(
    node: Node, kind: StepKind[Any], params: Any, cluster: str, patterns: HostPatterns
) -> Play:
    """Return the play that runs ``node``'s step, with its typed parameters."""
    context = StepContext(node.id, cluster, conditional=node.when is not None)
    tasks = with_publish_tasks(node, kind.run(params, context))
    if kind.precheck is not None and (look := kind.precheck(params, context)):
        tasks = [reset_done_task(), *look, end_host_task(), *tasks]
    return node_play(node, patterns, tasks=_conditional(node, tasks))


def step_rollback(
    node: Node, kind: StepKind[Any], params: Any, cluster: str, patterns: HostPatterns
) -> Play | None:
    """Return the play that undoes ``node``'s step, or None when it cannot be undone."""
    if kind.rollback is None:
        return None
    tasks = kind.rollback(params, StepContext(node.id, cluster))
    return node_play(node, patterns, tasks=_conditional(node, tasks)) if tasks else None


def _conditional(node: Node, tasks: Sequence[PlayTask]) -> tuple[PlayTask | Block, ...]:
    """Return ``tasks`` under the node's condition, with ``no_log`` when they get a secret."""
    if hidden := hides_output(node):
        tasks = [
            task if _is_bookkeeping(task) else task.with_keywords(no_log=hidden) for task in tasks
        ]
    if node.when is None:
        return tuple(tasks)
    if len(tasks) == 1 and "when" not in tasks[0].keywords:
        return (tasks[0].with_keywords(when=node.when),)
    return (Block("Run if the condition is true", tuple(tasks), node.when),)


def _is_bookkeeping(task: PlayTask) -> bool:
    """Whether a task only handles the result of the precheck, which is never secret."""
    if task.action == "ansible.builtin.set_fact":
        return set(task.args) == {PRECHECK_DONE_FACT}
    return task.action == "ansible.builtin.meta"
