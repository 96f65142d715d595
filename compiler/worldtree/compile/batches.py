"""Checks that ``serial`` is not asked to hold several steps of a task together."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from worldtree.ansible import steps as step_kinds
from worldtree.ansible.content.roles.model import READ_ONLY_ENTRIES
from worldtree.ansible.steps.parameter_types import has_template
from worldtree.compile.role_checks.one_play import one_play_of_names
from worldtree.core.errors import DiagnosticBag, DocPath
from worldtree.core.text import and_more
from worldtree.plan.node import Node
from worldtree.plan.specs import ModuleSpec, TaskSpec
from worldtree.results.node_status import allowed_losses

#: Steps that are named; further ones are counted.
_MAX_LISTED = 6


def check_batches(
    module: ModuleSpec, task: TaskSpec, inherited: Sequence[Node], bag: DiagnosticBag
) -> None:
    """Report ``serial`` of a task whose steps it does not hold together.

    ``inherited`` are the nodes of the task, hooks included, that have the ``serial`` of the task,
    of its module or of the cluster and none of their own. An error where they change hosts and one
    calls a role, otherwise a warning.
    """
    nodes = [node for node in inherited if _has_several_batches(node)]
    if module.component is not None or len(nodes) < 2:
        return
    changing = [node for node in nodes if not _only_looks(node)]
    is_error = len(changing) > 1 and any(node.calls_team_code for node in changing)
    path = _place(module, task)
    slug = "serial-of-several-steps"
    if any(found.slug == slug and found.path == path for found in bag.items):
        return  # The policy of a module or of the cluster, for another task.
    first, second = nodes[0].step, nodes[1].step
    report = bag.error if is_error else bag.warning
    report(
        slug,
        f"`serial` does not take the {len(nodes)} steps of `{module.name}/{task.name}` through the "
        "hosts together",
        detail=f"A step is one play: `{first}` runs on all hosts, one batch after the other, "
        f"before `{second}` begins on any host.",
        hint=f"{_one_play(nodes)}; if each step is to run in batches by itself, set "
        "`serial` in the `policy` of each step instead",
        path=path,
        at_key=True,
    )


def _has_several_batches(node: Node) -> bool:
    """Whether ``serial`` splits the hosts of ``node``; a batch has one host at least.

    A template is known only when the play runs, and counts as if it did.
    """
    serial = node.policy.serial
    first = serial[0] if isinstance(serial, tuple) else serial
    if first is None or has_template(str(first)):
        return first is not None
    return max(1, allowed_losses(first, len(node.hosts))) < len(node.hosts)


def _only_looks(node: Node) -> bool:
    """Whether it changes nothing on hosts; a later pass fills in ``reversibility``."""
    if node.role is not None:
        return node.entry in READ_ONLY_ENTRIES
    if node.play is not None:
        return False
    try:
        return step_kinds.reversibility(node.kind, node.params) == "read-only"
    except (KeyError, ValidationError):  # Pass ``steps`` reports it.
        return True


def _one_play(nodes: Sequence[Node]) -> str:
    roles = {_role_name(node.role): None for node in nodes if node.role and node.entry == "main"}
    if len(roles) == len(nodes):
        return one_play_of_names(roles)
    names = [f"`{node.step}`" for node in nodes]
    return (
        f"do the work of {and_more(names, _MAX_LISTED)} in one step, which is one play: "
        "`roles` with the roles, `tasks` with Ansible tasks"
    )


def _role_name(called: str) -> str:
    return called.rpartition("/")[2]


def _place(module: ModuleSpec, task: TaskSpec) -> DocPath:
    """Return the place of the ``serial`` that the steps of ``task`` inherit."""
    for owner in (task, module):
        if owner.policy.serial is not None:
            return (*(owner.source or ()), "policy", "serial")
    return ("spec", "policy", "serial")
