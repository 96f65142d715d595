"""Which nodes can tell what they would change, without changing it: Ansible's check mode."""

from __future__ import annotations

from worldtree.ansible import steps as step_kinds
from worldtree.ansible.content.roles import RoleIndex
from worldtree.compile.role_checks.context import called_role
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Node


def with_check_mode(graph: ExecutionGraph, roles: RoleIndex) -> ExecutionGraph:
    """Return the graph with ``check_mode`` filled in.

    A built-in kind says it of itself. A role has it when nothing in it, nor in the roles that it
    brings in, is known to fare badly in it (``RoleInfo.check_mode``).
    Only for graphs that were checked.
    """
    kinds = step_kinds.kinds()
    nodes = {
        name: node.model_copy(
            update={
                "check_mode": _is_safe(node, roles)
                if node.kind == "role"
                else kinds[node.kind].check_mode
            }
        )
        for name, node in graph.nodes.items()
    }
    return graph.model_copy(update={"nodes": nodes})


def _is_safe(node: Node, roles: RoleIndex) -> bool:
    role = called_role(node, roles)
    if role is None:
        return False
    closure = roles.closure_of(role)
    return not closure.missing and all(one.check_mode == "safe" for one in closure.roles)
