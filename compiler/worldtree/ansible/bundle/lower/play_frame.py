"""The parts that all plays of nodes have: hosts, privileges, environment, batches."""

from __future__ import annotations

import math
from typing import Any

from worldtree.ansible.bundle.lower.host_patterns import HostPatterns
from worldtree.ansible.bundle.lower.outputs import outputs_variable
from worldtree.ansible.model.inventory import BECOME_VARIABLE
from worldtree.ansible.model.plays import Play
from worldtree.ansible.model.secret_lookups import with_lookups
from worldtree.ansible.steps.parameter_types import has_template
from worldtree.plan.node import Node
from worldtree.plan.policy import Policy
from worldtree.results.node_status import allowed_losses
from worldtree.spec.secret_references import has_secret

#: Marks every process of an attempt on the hosts; empty in a run by hand.
_ENVIRONMENT = {
    "WORLDTREE_ATTEMPT": "{{ lookup('ansible.builtin.env', 'WORLDTREE_ATTEMPT') }}",
}


def hides_output(node: Node) -> bool | str:
    """Return whether output of ``node`` is hidden: set in the document, or as it gets a secret.

    A template of the document says so when the play runs.
    """
    if node.no_log is not None:
        return node.no_log
    if any(use.secret for use in node.reads):
        return True
    # A role's own tasks have handled the secrets that it publishes.
    if node.calls_team_code and any(output.secret for output in node.outputs.values()):
        return True
    play = node.play.values if node.play is not None else None
    return any(map(has_secret, (node.params, node.vars, node.environment, play)))


def role_variables(node: Node) -> dict[str, Any]:
    """Return the variables that the role of ``node`` is called with, instead of its play.

    They override the role's ``vars/main.yml`` and yield to ``set_fact``, as those that a playbook
    writes beside ``role:``. Variables of modules, and all of a component, are the play's.
    """
    if node.role is None or node.component is not None:
        return {}
    own = {name: value for name, value in node.vars.items() if name not in node.module_vars}
    return dict(with_lookups(own))


def node_play(
    node: Node, patterns: HostPatterns, *, no_log: bool | str | None = None, **work: Any
) -> Play:
    """Return the play of ``node`` with ``work``: tasks, roles, further variables and keywords.

    ``no_log`` hides all of it; None leaves that to its tasks.
    """
    own = with_lookups(node.vars)
    inner = role_variables(node)
    shared = {name: value for name, value in own.items() if name not in inner}
    vars_files = (*node.vars_files, *work.pop("vars_files", ()))
    own_vars = {**work.pop("vars", {}), **shared, **outputs_variable(node)}
    become, become_user = _become_keywords(node, patterns)
    return Play(
        name=node.id,
        hosts=patterns.of(node),
        keywords={
            "become": become,
            "become_user": become_user if become else None,
            "serial": node.policy.serial,
            "throttle": node.policy.throttle,
            "max_fail_percentage": _max_fail_percentage(node.policy, len(node.hosts)),
            "no_log": no_log,
            **work.pop("keywords", {}),
        },
        environment=_environment(node),
        vars=own_vars,
        vars_files=vars_files,
        tags=node.tags,
        # The name of a play is the id of its node, which may start with a small letter.
        noqa=("name[casing]",) if node.id[:1].islower() else (),
        **work,
    )


def _environment(node: Node) -> Any:
    """Return the environment of the play: a list where the step has a template or a list."""
    written = with_lookups(node.environment)
    if isinstance(written, dict):
        return {**_ENVIRONMENT, **written}
    return [*(written if isinstance(written, list) else [written]), _ENVIRONMENT]


def _become_keywords(node: Node, patterns: HostPatterns) -> tuple[bool | str | None, str | None]:
    """Return ``become`` and its user: those of the step, else those of its hosts.

    Keywords, not variables: a variable would override a task's own ``become: false``. Where hosts
    differ, a host variable that only this keyword reads says so.
    """
    if node.become is not None:
        return node.become, node.become_user
    if node.become_user is not None:
        return True, node.become_user
    wanted = {patterns.host(name).ssh.become for name in node.hosts}
    users = {patterns.host(n).ssh.become_user for n in node.hosts if patterns.host(n).ssh.become}
    user = next((name for name in sorted(users) if name != "root"), None)
    if wanted == {True}:
        return True, user
    return (
        (f"{{{{ {BECOME_VARIABLE} | default(false) }}}}", user) if True in wanted else (None, None)
    )


def _max_fail_percentage(policy: Policy, hosts: int) -> int | None:
    """Return ``max_fail_percentage``; None without batches, where healthy hosts continue.

    Ansible compares it with the size of the batch, and stops when more than this share failed.
    """
    first = policy.serial[0] if isinstance(policy.serial, tuple) else policy.serial
    if first is None or has_template(str(first)):
        return None
    allowed = allowed_losses(policy.allowed_failures, hosts)
    batch = max(1, allowed_losses(first, hosts))
    return min(100, math.ceil(100 * allowed / batch))
