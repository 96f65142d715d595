"""Pass ``check``: the graph's role steps against the roles themselves; reversibility from them."""

from __future__ import annotations

from worldtree.ansible.inventory.variables import InventoryVariables
from worldtree.ansible.roles import RoleIndex, RoleInfo
from worldtree.compile.role_checks.context import CheckContext, called_by
from worldtree.compile.role_checks.existence import (
    check_role_names_differ,
    check_roles_exist,
    check_what_roles_bring,
)
from worldtree.compile.role_checks.reserved import check_reserved_names
from worldtree.compile.role_checks.unspecified import check_unspecified_roles
from worldtree.compile.role_checks.variables import check_role_variables
from worldtree.errors import Diagnostic
from worldtree.plan.execution_graph import ExecutionGraph
from worldtree.plan.node import Node, Reversibility

#: From "is it there" to "is it right"; a later check looks only at what an earlier one found.
_CHECKS = (
    check_roles_exist,
    check_what_roles_bring,
    check_role_names_differ,
    check_role_variables,
    check_unspecified_roles,
    check_reserved_names,
)

#: Entries that only look.
_READ_ONLY_ENTRIES = frozenset({"precheck", "verify"})
#: Entries that take something away themselves: no bundle holds a rollback of them.
_NEVER_UNDONE = frozenset({"remove", "rollback"})


def check(
    graph: ExecutionGraph, roles: RoleIndex, inventory: InventoryVariables
) -> list[Diagnostic]:
    """Return everything that is wrong with the graph's role steps, each problem once."""
    context = CheckContext(graph, roles, inventory)
    found = (diagnostic for part in _CHECKS for diagnostic in part(context))
    return list(dict.fromkeys(found))


def with_reversibility(graph: ExecutionGraph, roles: RoleIndex) -> ExecutionGraph:
    """Return the graph with the reversibility of its role steps filled in from the roles.

    Steps of built-in kinds keep what their kind said.
    """
    nodes = {name: _judged(node, roles) for name, node in graph.nodes.items()}
    return graph.model_copy(update={"nodes": nodes})


def _judged(node: Node, roles: RoleIndex) -> Node:
    role = called_by(node, roles)
    if role is None or node.reversibility == "read-only":
        return node
    wanted = reversibility_of(role, node.entry)
    return (
        node if node.reversibility == wanted else node.model_copy(update={"reversibility": wanted})
    )


def reversibility_of(role: RoleInfo, entry: str) -> Reversibility:
    """Return whether an entry of ``role`` can be undone: by its ``rollback``, or not at all."""
    if entry in _READ_ONLY_ENTRIES:
        return "read-only"
    if entry in _NEVER_UNDONE:
        return "irreversible"
    return "compensable" if role.has_rollback else "irreversible"
