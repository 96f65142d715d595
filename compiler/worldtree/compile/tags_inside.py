"""Finds the steps that have a tag only inside: on a role of a play, or on a task of Ansible."""

from __future__ import annotations

from worldtree.ansible.content.roles import RoleIndex
from worldtree.compile.role_checks.context import called_role
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Node


def nodes_with_tag_inside(graph: ExecutionGraph, roles: RoleIndex, tag: str) -> tuple[str, ...]:
    """Return the nodes of which a role, a task or a task of a role has ``tag``."""
    return tuple(name for name, node in graph.nodes.items() if _has_inside(node, roles, tag))


def _has_inside(node: Node, roles: RoleIndex, tag: str) -> bool:
    if node.play is not None and any(tag in one.tags for one in node.play.roles):
        return True
    role = called_role(node, roles)
    return role is not None and any(
        tag in member.tasks.tags for member in roles.closure_of(role).roles
    )
