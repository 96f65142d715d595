"""Pass ``check_mode``: which nodes can report what they would change, without changing it."""

from __future__ import annotations

from dataclasses import replace

from worldtree.ansible import steps as step_kinds
from worldtree.ansible.content.roles import RoleIndex
from worldtree.compile.role_checks.context import called_role
from worldtree.compile.state import CompileState
from worldtree.core.errors import DiagnosticBag
from worldtree.plan.node import Node


def check_mode(state: CompileState, _bag: DiagnosticBag) -> CompileState:
    """Fill in ``check_mode`` of every node.

    A built-in kind declares it. A role supports it when all that Ansible needs to start exists: the
    tasks that check mode cannot show are left out when it runs (``runner/inside/check_mode.py``).
    """
    kinds = step_kinds.kinds()
    nodes = {
        name: node.model_copy(
            update={
                "check_mode": _can_check(node, state.roles)
                if node.calls_team_code
                else kinds[node.kind].check_mode
            }
        )
        for name, node in state.graph.nodes.items()
    }
    return replace(state, graph=state.graph.model_copy(update={"nodes": nodes}))


def _can_check(node: Node, roles: RoleIndex) -> bool:
    role = called_role(node, roles)
    return role is not None and not roles.check_mode(role, node.entry).cannot_start
